"""What Slack takes in `blocks`: a table of block types, each with its check and its limits (docs/vendor/chat.md, Slack)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.chat.receiver import is_link

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BLOCKS = 50
MAX_BLOCK_ID = 255
MAX_HEADER = 150
MAX_TEXT = 3000
MAX_FIELDS, MAX_FIELD = 10, 2000
MAX_CONTEXT = 10
MAX_ACTIONS = 25
MAX_TABLES, MAX_ROWS, MAX_CELLS, MAX_TABLE_TEXT = 1, 100, 20, 10_000

# Kind of text object → keys that it may have.
TEXT_KEYS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}


class Bad(Exception):  # noqa: N818 - it ends in a word of Slack's, not in an error of ours
    """Why the blocks are refused."""


def check_blocks(blocks: Any) -> None:
    """Raises `Bad` at the first block or limit that Slack would refuse."""
    _demand(isinstance(blocks, list), "blocks is to be a list")
    _demand(len(blocks) <= MAX_BLOCKS, f"{len(blocks)} blocks, at most {MAX_BLOCKS}")
    ids: set[str] = set()
    for number, block in enumerate(blocks):
        try:
            _check_block(block, ids)
        except Bad as bad:
            raise Bad(f"blocks[{number}]: {bad}") from None
    tables = sum(block["type"] == "table" for block in blocks)
    _demand(tables <= MAX_TABLES, f"{tables} tables, at most {MAX_TABLES} a message")


def _check_block(block: Any, ids: set[str]) -> None:
    _demand(isinstance(block, dict), "an object is expected")
    kind = block.get("type")
    _demand(isinstance(kind, str) and kind in BLOCKS, f"unknown type {kind!r}")
    allowed, check = BLOCKS[kind]
    unknown = sorted(block.keys() - allowed - {"type", "block_id"})
    _demand(not unknown, f"{kind} has no {', '.join(unknown)}")
    block_id = block.get("block_id")
    if block_id is not None:
        _demand(
            isinstance(block_id, str) and 0 < len(block_id) <= MAX_BLOCK_ID, f"block_id: 1 to {MAX_BLOCK_ID} characters"
        )
        _demand(block_id not in ids, f"block_id {block_id!r} twice")
        ids.add(block_id)
    check(block)


def _text(value: Any, where: str, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    _demand(isinstance(value, dict), f"{where}: a text object is expected")
    kind, text = value.get("type"), value.get("text")
    _demand(kind in kinds, f"{where}: type is to be {' or '.join(kinds)}")
    _demand(isinstance(text, str) and 1 <= len(text) <= limit, f"{where}: 1 to {limit} characters")
    unknown = sorted(value.keys() - TEXT_KEYS[kind])
    _demand(not unknown, f"{where}: {kind} has no {', '.join(unknown)}")


def _items(block: dict[str, Any], key: str, limit: int) -> list[dict[str, Any]]:
    items = block.get(key)
    _demand(
        isinstance(items, list) and 1 <= len(items) <= limit and all(isinstance(item, dict) for item in items),
        f"{key}: 1 to {limit} objects are expected",
    )
    return list(items or ())


def _header(block: dict[str, Any]) -> None:
    _text(block.get("text"), "text", MAX_HEADER, ("plain_text",))


def _section(block: dict[str, Any]) -> None:
    _demand("text" in block or "fields" in block, "section needs text or fields")
    if "text" in block:
        _text(block["text"], "text", MAX_TEXT)
    if "fields" in block:
        for number, item in enumerate(_items(block, "fields", MAX_FIELDS)):
            _text(item, f"fields[{number}]", MAX_FIELD)
    if "accessory" in block:
        _demand(
            isinstance(block["accessory"], dict) and "type" in block["accessory"], "accessory: an element is expected"
        )


def _context(block: dict[str, Any]) -> None:
    for number, item in enumerate(_items(block, "elements", MAX_CONTEXT)):
        if item.get("type") == "image":
            _image(item)
        else:
            _text(item, f"elements[{number}]", MAX_TEXT)


def _actions(block: dict[str, Any]) -> None:
    for number, item in enumerate(_items(block, "elements", MAX_ACTIONS)):
        _demand(isinstance(item.get("type"), str), f"elements[{number}]: type is missing")
        if item["type"] == "button":
            _text(item.get("text"), f"elements[{number}].text", MAX_TEXT, ("plain_text",))
            _demand("url" not in item or is_link(item["url"]), f"elements[{number}].url: a web address is expected")


def _image(block: dict[str, Any]) -> None:
    _demand(is_link(block.get("image_url")) or "slack_file" in block, "image_url: a web address is expected")
    _demand(isinstance(block.get("alt_text"), str) and bool(block["alt_text"]), "alt_text is missing")


def _table(block: dict[str, Any]) -> None:
    rows = block.get("rows")
    _demand(isinstance(rows, list) and 1 <= len(rows) <= MAX_ROWS, f"rows: 1 to {MAX_ROWS} are expected")
    length = 0
    for number, row in enumerate(rows or ()):
        _demand(
            isinstance(row, list) and 1 <= len(row) <= MAX_CELLS, f"rows[{number}]: 1 to {MAX_CELLS} cells are expected"
        )
        for cell in row:
            length += _cell(cell, f"rows[{number}]")
    _demand(length <= MAX_TABLE_TEXT, f"{length} characters in the table, at most {MAX_TABLE_TEXT}")


def _cell(cell: Any, where: str) -> int:
    _demand(isinstance(cell, dict), f"{where}: a cell is an object")
    if cell.get("type") == "rich_text":
        return len(str(cell.get("elements")))
    text = cell.get("text")
    _demand(
        cell.get("type") == "raw_text" and isinstance(text, str) and bool(text),
        f"{where}: an empty cell, or no raw_text",
    )
    return len(text)


def _rich_text(block: dict[str, Any]) -> None:
    _demand(isinstance(block.get("elements"), list), "elements: a list is expected")


def _nothing_more(_: dict[str, Any]) -> None:
    """No further keys, so no further checks."""


def _demand(fits: bool, else_reason: str) -> None:  # noqa: FBT001 - the condition is the call's whole sense
    if not fits:
        raise Bad(else_reason)


# Type → keys that it may have, and its check.
BLOCKS: dict[str, tuple[set[str], Callable[[dict[str, Any]], None]]] = {
    "header": ({"text"}, _header),
    "section": ({"text", "fields", "accessory", "expand"}, _section),
    "divider": (set(), _nothing_more),
    "context": ({"elements"}, _context),
    "actions": ({"elements"}, _actions),
    "image": ({"image_url", "slack_file", "alt_text", "title"}, _image),
    "table": ({"rows", "column_settings"}, _table),
    "rich_text": ({"elements"}, _rich_text),
}
