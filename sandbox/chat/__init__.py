"""Receivers that judge what they get as Slack, Teams and the others would (docs/vendor/chat.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.chat.dingtalk import DingTalkRules
from sandbox.chat.feishu import FeishuRules
from sandbox.chat.slack import SlackRules
from sandbox.chat.teams import TeamsRules
from sandbox.chat.wecom import WeComRules

if TYPE_CHECKING:
    from sandbox.chat.receiver import Rules
    from sandbox.chat.switches import Switches


def all_rules(switches: Switches) -> dict[str, Rules]:
    """The rules of every channel, with nothing remembered."""
    return {
        "slack": SlackRules(switches),
        "teams": TeamsRules(switches),
        "wecom": WeComRules(),
        "dingtalk": DingTalkRules(switches),
        "feishu": FeishuRules(switches),
    }
