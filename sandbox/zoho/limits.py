"""What an edition allows, and how Zoho refuses what is beyond (docs/vendor/zoho.md §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho.editions import EDITIONS
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.switches import Switches

SUB_CONCURRENCY = 10
# Told in the details where an org tells them at all; the figures are invented (§8.3).
_RETRY_S = 60


def daily_credits(switches: Switches) -> int:
    if switches.daily_credits is not None:
        return switches.daily_credits
    edition = EDITIONS[switches.edition]
    return int(min(edition.credits + edition.credits_per_user * switches.users_licensed, edition.most_credits))


def concurrent_calls(switches: Switches) -> int:
    return EDITIONS[switches.edition].concurrent


def exceeded(path: str, switches: Switches, limit: int, window: str) -> ZohoError:
    """The refusal of a call that is one too many; search has a code of its own (§8.3)."""
    code = "RATE_LIMIT_EXCEEDED" if path.endswith("/search") else "TOO_MANY_REQUESTS"
    if not switches.limit_details:
        return ZohoError(code)
    retry = switches.retry_after_s or _RETRY_S
    return ZohoError(code, {"trace_id": "sandbox", "retry_after": retry, "limit": limit, "window": window})


def headers_of(status: int, switches: Switches) -> dict[str, str]:
    """Zoho documents no Retry-After (§8.3)."""
    if status != 429 or switches.retry_after_s is None:
        return {}
    return {"Retry-After": str(switches.retry_after_s)}
