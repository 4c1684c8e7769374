"""The digest as an Adaptive Card for a Teams workflow (docs/vendor/chat.md, Teams).

Every text is a TextRun, which Teams shows literally: a TextBlock would read Markdown and mentions out of CRM text.
"""

from __future__ import annotations

from typing import Any

from requests import Response

from pipeline.publish.digest import Digest, Figure

CARD_VERSION = "1.4"  # the flow's bot refuses 1.5, whatever Microsoft's page says


def render(digest: Digest) -> dict[str, Any]:
    body = [_text(digest.title, weight="Bolder", size="Medium")]
    body += [_text(line) for line in digest.changes]
    body += [_figure(figure) for figure in digest.figures]
    body += [_text(line) for line in (digest.top, digest.todo) if line]
    card = {"type": "AdaptiveCard", "version": CARD_VERSION, "msteams": {"width": "Full"}, "body": body}
    if digest.report:
        card["actions"] = [{"type": "Action.OpenUrl", "title": digest.report.label, "url": digest.report.url}]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def accepted(response: Response) -> bool:
    """202 means taken, not shown: the flow may still fail, and tells nobody but its owner.

    The old connectors answered 200 to failures too, and said so in words.
    """
    if response.status_code == 202:  # noqa: PLR2004 - HTTP
        return True
    return response.status_code == 200 and "failed with error" not in response.text  # noqa: PLR2004 - HTTP


def _text(text: str, *, align: str = "Left", **run: Any) -> dict[str, Any]:
    return {
        "type": "RichTextBlock",
        "horizontalAlignment": align,
        "inlines": [{"type": "TextRun", "text": text, **run}],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    columns = [
        {"type": "Column", "width": 3, "items": [_text(figure.label)]},
        {"type": "Column", "width": 2, "items": [_text(figure.value, align="Right", weight="Bolder")]},
        {"type": "Column", "width": 5, "items": [_text(figure.note, isSubtle=True)]},
    ]
    return {"type": "ColumnSet", "columns": columns}
