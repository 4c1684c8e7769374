"""Adaptive Cards as the flow's bot takes them: version 1.4 and the elements of it (docs/vendor/chat.md, Teams)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.chat.receiver import is_link

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_VERSION = (1, 4)

# Element → keys that it must have with their types, and the keys that hold further elements.
ELEMENTS: dict[str, tuple[dict[str, type], tuple[str, ...]]] = {
    "TextBlock": ({"text": str}, ()),
    "RichTextBlock": ({"inlines": list}, ()),
    "Image": ({"url": str}, ()),
    "ImageSet": ({"images": list}, ("images",)),
    "Container": ({"items": list}, ("items",)),
    "ColumnSet": ({"columns": list}, ("columns",)),
    "Column": ({}, ("items",)),
    "FactSet": ({"facts": list}, ()),
    "ActionSet": ({"actions": list}, ("actions",)),
    "Action.OpenUrl": ({"url": str}, ()),
    "Action.ShowCard": ({"card": dict}, ()),
    "Action.ToggleVisibility": ({"targetElements": list}, ()),
}
# Refused by the bot, or without effect in a flow's card.
NOT_SERVED = {
    "Table": "needs version 1.5",
    "Media": "is not shown in Teams",
    "Action.Submit": "has nobody to answer it",
    "Action.Execute": "has nobody to answer it",
}


def card_fault(card: Any) -> str | None:
    """The first thing that keeps a card from being posted, or None."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return "content is not an AdaptiveCard"
    version = _version(card.get("version"))
    if version is None or version > MAX_VERSION:
        return f"version {card.get('version')!r}, at most 1.4"
    if not card.get("body") and not card.get("actions"):
        return "the card is empty"
    try:
        fault = next(_faults(card, ("body", "actions")), None)
    except RecursionError:
        return "the card is nested too deep"
    return fault or _mention_fault(card)


def _faults(holder: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        children = holder.get(key, [])
        if not isinstance(children, list):
            yield f"{key} is to be a list"
            continue
        for number, child in enumerate(children):
            for fault in _element_faults(child, is_column=key == "columns"):
                yield f"{key}[{number}]: {fault}"


def _element_faults(element: Any, *, is_column: bool) -> Iterator[str]:
    # A column may leave out its type.
    kind = element.get("type", "Column" if is_column else None) if isinstance(element, dict) else None
    if not isinstance(kind, str) or kind not in ELEMENTS:
        yield f"{kind} {NOT_SERVED.get(str(kind), 'is no element of version 1.4')}"
        return
    needed, holds = ELEMENTS[kind]
    for key, form in needed.items():
        if not isinstance(element.get(key), form):
            yield f"{kind} needs {key}"
    if kind == "FactSet":
        yield from _fact_faults(element.get("facts"))
    if kind == "Action.OpenUrl" and not is_link(element.get("url")):
        yield "Action.OpenUrl needs a web address"
    if kind == "Action.ShowCard":
        yield from _faults(element.get("card") if isinstance(element.get("card"), dict) else {}, ("body", "actions"))
    yield from _faults(element, holds)


def _fact_faults(facts: Any) -> Iterator[str]:
    for fact in facts if isinstance(facts, list) else ():
        if not isinstance(fact, dict) or not all(isinstance(fact.get(key), str) for key in ("title", "value")):
            yield "a fact needs title and value"


def _mention_fault(card: dict[str, Any]) -> str | None:
    settings = card.get("msteams", {})
    entities = settings.get("entities", []) if isinstance(settings, dict) else None
    if not isinstance(entities, list):
        return "msteams.entities is to be a list"
    for entity in entities:
        whom = entity.get("mentioned") if isinstance(entity, dict) else None
        if not isinstance(whom, dict) or not whom.get("id") or not whom.get("name") or not entity.get("text"):
            return "a mention needs text, mentioned.id and mentioned.name"
    return None


def _version(value: Any) -> tuple[int, int] | None:
    major, _, minor = str(value).partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None
