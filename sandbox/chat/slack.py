"""Slack's incoming webhooks (docs/vendor/chat.md, Slack)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.chat.receiver import Pace, Verdict
from sandbox.chat.slack_blocks import Bad, check_blocks

if TYPE_CHECKING:
    from sandbox.chat.receiver import Memory, Post
    from sandbox.chat.switches import Switches

# Refusal → HTTP status; the body is the bare word.
STATUS = {
    "invalid_payload": 400,
    "user_not_found": 400,
    "invalid_blocks": 400,
    "no_text": 400,
    "missing_text_or_fallback_or_attachments": 400,
    "too_many_attachments": 400,
    "posting_to_general_channel_denied": 400,
    "action_prohibited": 403,
    "invalid_token": 403,
    "team_disabled": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "no_active_hooks": 404,
    "no_team": 404,
    "channel_is_archived": 410,
    "rate_limited": 429,
    "rollup_error": 500,
    "internal": 500,
}
RETRY_AFTER_S = 30
MAX_TEXT = 40_000
MAX_ATTACHMENTS = 100
# One a second, with short bursts; their length is not documented.
BURST, PER_S = 20, 1.0


class SlackRules:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.memory: Memory = {"pace": {}}
        self._pace = Pace(BURST, PER_S, self.memory["pace"])

    def judge(self, post: Post) -> Verdict:
        if not self._pace.allows(post.path, post.at):
            return self.refusal("rate_limited", "more than one message a second to this URL")
        if post.method != "POST" or not isinstance(post.payload, dict):
            return self.refusal("invalid_payload", "not a POST with a JSON object")
        code, reason = _fault(post.payload)
        return self.refusal(code, reason) if code else Verdict(200, "ok", accepted=True)

    def refusal(self, code: str | int, reason: str) -> Verdict:
        word = str(code)
        status = STATUS.get(word, 400)
        headers = {"retry-after": str(RETRY_AFTER_S)} if status == 429 else {}
        body = self._switches.slack_rate_limit_body if status == 429 else word
        return Verdict(status, body, reason=f"{word}: {reason}", headers=headers)


def _fault(payload: dict[str, Any]) -> tuple[str, str]:
    text, blocks, attachments = (payload.get(key) for key in ("text", "blocks", "attachments"))
    if not isinstance(text, str | None) or len(text or "") > MAX_TEXT:
        return "invalid_payload", f"text is to be a text of at most {MAX_TEXT} characters"
    if blocks is not None:
        try:
            check_blocks(blocks)
        except Bad as bad:
            return "invalid_blocks", str(bad)
    if attachments is not None:
        return _fault_of_attachments(attachments, has_more=bool(text or blocks))
    return ("", "") if text or blocks else ("no_text", "neither text nor blocks nor attachments")


def _fault_of_attachments(attachments: Any, *, has_more: bool) -> tuple[str, str]:
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        return "invalid_payload", "attachments is to be a list of objects"
    if len(attachments) > MAX_ATTACHMENTS:
        return "too_many_attachments", f"{len(attachments)} attachments, at most {MAX_ATTACHMENTS}"
    for item in attachments:
        if "blocks" in item:
            try:
                check_blocks(item["blocks"])
            except Bad as bad:
                return "invalid_blocks", f"attachment: {bad}"
    shown = any(item.get("text") or item.get("fallback") or item.get("blocks") for item in attachments)
    if not shown and not has_more:
        return "missing_text_or_fallback_or_attachments", "no attachment has text, fallback or blocks"
    return "", ""
