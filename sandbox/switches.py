"""Behaviours that nobody outside the vendors has confirmed: each fake serves the likely one, and the other on demand."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


class Switchboard:
    """Base of a dataclass whose fields are the switches, each with its likely setting.

    Set from outside by an edit of the module `switches`. One whose default is None takes a whole number or None.
    """

    def change(self, values: dict[str, Any]) -> None:
        """Set switches by name.

        Raises:
            ValueError: An unknown name or a value of the wrong type.
        """
        defaults = {field.name: field.default for field in fields(self)}  # type: ignore[arg-type]
        for name, value in values.items():
            if name not in defaults:
                raise ValueError(f"unknown switch {name!r}, there are {', '.join(defaults)}")
            optional = defaults[name] is None
            kind = int if optional else type(defaults[name])
            if type(value) is not kind and not (optional and value is None):
                raise ValueError(f"switch {name} takes a value of type {kind.__name__}")
        for name, value in values.items():
            setattr(self, name, value)
