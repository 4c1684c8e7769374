"""What a tenant may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Switches:
    """Set from tests, or from outside by an edit of the module `switches`."""

    limit: int = 100  # calls in 20 s and path (§8)
    limit_code: int = 14001  # or 30004 (§8)
    daily_quota: int | None = None  # calls a day, then 30002 (§8)
    clamp_limit: bool = False  # a page size over 100 is cut to 100 instead of refused (§4.1)
    show_invalid: bool = False  # invalid records come back from query and get (§4.4)
    standard_on_custom_path: bool = True  # /custom/v2/ serves standard objects too (§4.1)
    expired_code: int = 20016  # or 20005 (§1.4)
    simulate_approval: bool = False  # a write that triggers approval leaves the record under_review (§5.1)

    def change(self, values: dict[str, Any]) -> None:
        """Set switches by name.

        Raises:
            ValueError: An unknown name or a value of the wrong type.
        """
        kinds = {field.name: type(getattr(Switches(), field.name)) for field in fields(self)}
        kinds["daily_quota"] = int
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"unknown switch {name!r}, there are {', '.join(kinds)}")
            if type(value) is not kinds[name] and not (name == "daily_quota" and value is None):
                raise ValueError(f"switch {name} takes a value of type {kinds[name].__name__}")
        for name, value in values.items():
            setattr(self, name, value)
