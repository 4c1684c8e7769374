"""Behaviours that nobody outside the vendors has confirmed: each fake serves the likely one, and the other on demand."""

from __future__ import annotations

from dataclasses import asdict, field, fields
from typing import Any

# What is counted by it stays a number that JSON writers take.
MOST = 10**9


def choice(likely: str, *others: str) -> Any:
    """A switch with a few named settings, the likely one first."""
    return field(default=likely, metadata={"choices": tuple(dict.fromkeys((likely, *others)))})


class Switchboard:
    """Base of a dataclass whose fields are the switches, each with its likely setting.

    Set from outside by an edit of the module `switches`. One whose default is None takes a whole number or None; one
    made by `choice` takes those settings only.
    """

    def act(self, action: str, values: dict[str, Any]) -> dict[str, Any]:
        """An edit of the module `switches`; returns all of them.

        Raises:
            ValueError: Another action than update, an unknown switch or a value of the wrong type.
        """
        if action != "update":
            raise ValueError(f"unknown action {action!r} of switches, there is update")
        self.change(values)
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # those who inherit are dataclasses

    def change(self, values: dict[str, Any]) -> None:
        """Set switches by name.

        Raises:
            ValueError: An unknown name, a value of the wrong type, or none of the settings.
        """
        known = {found.name: found for found in fields(self)}  # type: ignore[arg-type]
        defaults = {name: found.default for name, found in known.items()}
        for name, value in values.items():
            if name not in defaults:
                raise ValueError(f"unknown switch {name!r}, there are {', '.join(defaults)}")
            optional = defaults[name] is None
            kind = int if optional else type(defaults[name])
            if type(value) is not kind and not (optional and value is None):
                raise ValueError(f"switch {name} takes a value of type {kind.__name__}")
            if isinstance(value, int) and abs(value) > MOST:
                raise ValueError(f"switch {name} takes a number up to {MOST:,}")
            settings = known[name].metadata.get("choices", (value,))
            if value not in settings:
                raise ValueError(f"switch {name} takes one of {', '.join(settings)}")
        for name, value in values.items():
            setattr(self, name, value)
