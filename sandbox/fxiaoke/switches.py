"""What a tenant may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; the sections are those of docs/vendor/fxiaoke.md."""

    limit: int = 100  # calls in 20 s and path (§8)
    limit_code: int = 14001  # or 30004 (§8)
    daily_quota: int | None = None  # calls a day, then 30002 (§8)
    clamp_limit: bool = False  # a page size over 100 is cut to 100 instead of refused (§4.1)
    show_invalid: bool = False  # invalid records come back from query and get (§4.4)
    standard_on_custom_path: bool = True  # /custom/v2/ serves standard objects too (§4.1)
    expired_code: int = 20016  # or 20005 (§1.4)
    simulate_approval: bool = False  # a write that triggers approval leaves the record under_review (§5.1)
