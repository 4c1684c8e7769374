"""Teams by a Power Automate flow, "Send webhook alerts to a channel" (docs/vendor/chat.md, Teams)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sandbox.chat.receiver import Verdict
from sandbox.chat.teams_card import card_fault

if TYPE_CHECKING:
    from sandbox.chat.receiver import Memory, Post
    from sandbox.chat.switches import Switches

# Refusals at once: code → HTTP status and message.
REFUSALS = {
    "WorkflowTriggerIsNotEnabled": (400, "Could not execute workflow because its trigger is not enabled."),
    "TriggerInputSchemaMismatch": (400, "The input body for trigger 'manual' did not match its schema definition."),
    "DirectApiAuthorizationRequired": (401, "The request must be authenticated by a shared access signature."),
    "WorkflowNotFound": (404, "The workflow could not be found."),
    "RequestEntityTooLarge": (413, "The request is larger than the limit."),
    "TooManyRequests": (429, "Rate limit is exceeded."),
    "internal": (500, "The server encountered an error. Please try again later."),
}
ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
MAX_BYTES = 28 * 1024


class TeamsRules:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.memory: Memory = {}

    def judge(self, post: Post) -> Verdict:
        # A real address carries its signature; the bare receiver asks for none.
        if "/workflows/" in post.path and not post.query.get("sig"):
            return self.refusal("DirectApiAuthorizationRequired", "the address lacks its sig")
        if post.method != "POST" or not isinstance(post.payload, dict):
            return self.refusal("TriggerInputSchemaMismatch", "not a POST with a JSON object")
        if not isinstance(post.payload.get("attachments", []), list):
            return self.refusal("TriggerInputSchemaMismatch", "attachments is to be a list")
        reason = _run_fault(post)
        if reason is not None and self._switches.teams_refuses_at_once:
            too_large = len(post.body) > MAX_BYTES
            return self.refusal("RequestEntityTooLarge" if too_large else "TriggerInputSchemaMismatch", reason)
        # The flow is only started by now: what is wrong with the card shows in its run, not here.
        return Verdict(202, "", accepted=reason is None, reason=reason)

    def refusal(self, code: str | int, reason: str) -> Verdict:
        status, message = REFUSALS.get(str(code), (400, str(code)))
        body = orjson.dumps({"error": {"code": str(code), "message": message}}).decode()
        return Verdict(status, body, reason=f"{code}: {reason}", media_type="application/json")


def _run_fault(post: Post) -> str | None:
    """Why the flow would fail to post, after it has answered 202."""
    if len(post.body) > MAX_BYTES:
        return f"Request Entity too large: {len(post.body)} bytes, at most {MAX_BYTES}"
    if post.payload.get("@type") == "MessageCard":
        return None
    attachments = post.payload.get("attachments")
    if not attachments:
        return "no attachments"
    for number, item in enumerate(attachments):
        fault = _attachment_fault(item)
        if fault:
            return f"attachments[{number}]: {fault}"
    return None


def _attachment_fault(item: Any) -> str | None:
    if not isinstance(item, dict) or item.get("contentType") != ADAPTIVE_CARD:
        return f"contentType is to be {ADAPTIVE_CARD}"
    return card_fault(item.get("content"))
