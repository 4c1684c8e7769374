"""The digest as a Slack message (docs/vendor/chat.md, Slack)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from requests import Response

from pipeline.publish.digest import Digest, Link

_HEADER_LIMIT = 150
_TEXT_LIMIT = 3000


def render(digest: Digest) -> dict[str, Any]:
    """Blocks for the channel; `text` is what a notification shows, so it holds our own words only.

    CRM text goes into plain_text alone, where `* _ ~` mean nothing, and with `& < >` escaped, which disarms
    `<!channel>`. The link is ours.
    """
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(digest.title, _HEADER_LIMIT)}]
    blocks += [_section(line) for line in digest.changes]
    if digest.figures:
        blocks.append({"type": "section", "fields": [_figure(f.label, f.value, f.note) for f in digest.figures]})
    blocks += [_section(line) for line in (digest.top, digest.todo) if line]
    if digest.report:
        blocks.append({"type": "context", "elements": [_link(digest.report)]})
    return {"text": escape(digest.title), "blocks": blocks}


def accepted(response: Response) -> bool:
    return response.status_code == 200 and response.text.strip() == "ok"  # noqa: PLR2004 - HTTP


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, _TEXT_LIMIT)}


def _link(link: Link) -> dict[str, Any]:
    """What would end the address early is percent-encoded."""
    url = link.url.translate({ord(sign): quote(sign) for sign in "<>|"})
    return {"type": "mrkdwn", "text": f"<{escape(url)}|{escape(link.label)}>", "verbatim": True}


def _figure(label: str, value: str, note: str) -> dict[str, Any]:
    return _plain(f"{label}\n{value}\n{note}", 2000)


def _cut(text: str, limit: int) -> str:
    """Escaped and within the limit, which counts the escaped text; an escape is never cut in two."""
    while len(escape(text)) > limit:
        text = f"{text[:-2]}…"
    return escape(text)
