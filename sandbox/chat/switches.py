"""What a chat tool may do either way, since nobody has confirmed it (docs/vendor/chat.md): one switch each."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; set by an edit of the system `chat`."""

    slack_rate_limit_body: str = "rate_limited"  # of a message too many (Slack)
    teams_refuses_at_once: bool = False  # a message whose run would fail gets 400, or 413 for its size (Teams)
    dingtalk_too_long_code: int = -1  # of more than 20,000 bytes (DingTalk)
    feishu_bad_request_status: int = 200  # or 400: of code 9499 (Feishu)
