"""What an org may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; the sections are those of docs/vendor/zoho.md."""

    since_inclusive: bool = True  # If-Modified-Since takes records of that very second too (§2)
    ignore_unknown_keys: bool = False  # a write's unknown field is passed over instead of refused (§6.3)
    all_failed_status: int = 400  # or 202: of a write whose items all failed (§6.2)
    coql_converted: bool = False  # COQL finds converted leads although no condition is about conversion (§3)
    coql_ignores_case: bool = False  # COQL compares and orders texts without regard to case (§3)
    coql_most_columns: int = 500  # or 200 or 50: of a COQL query's SELECT (§3)
