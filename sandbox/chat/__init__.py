"""Receivers that judge what they get as Slack, Teams and the others would (docs/vendor/chat.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.chat.slack import SlackRules
from sandbox.chat.teams import TeamsRules

if TYPE_CHECKING:
    from sandbox.chat.receiver import Rules


def all_rules() -> dict[str, Rules]:
    """The rules of every channel, with nothing remembered."""
    return {"slack": SlackRules(), "teams": TeamsRules()}
