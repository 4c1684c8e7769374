"""What publishing tells its caller; without what it takes to make a page, which is slow to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of one output.

    Attributes:
        kind: digest or report.
        target: The channel, or the path of the page.
        state: sent, already sent, refused, written, nothing to say or dry run.
        detail: For people: the answer, or with a dry run the words themselves.
    """

    kind: str
    target: str
    state: str
    detail: str = ""
