"""A query as it was written: nothing in here is known to exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sandbox.zoho.coql.tokens import Token


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function of a column."""

    function: str
    name: str

    def __str__(self) -> str:
        return f"{self.function}({self.name})"


What: TypeAlias = str | Aggregate


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to select; a column is its dotted path."""

    what: What
    alias: str | None

    @property
    def key(self) -> str:
        """Its key in the answer."""
        return str(self.what) if self.alias is None else self.alias


@dataclass(frozen=True, slots=True)
class Condition:
    """A column, an operator in lower case (`=`, `not like`, `is null`, …) and its literals or a subquery for them."""

    name: str
    operator: str
    values: tuple[Token, ...]
    subquery: Statement | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operands around `and` or `or`."""

    word: str
    left: Criteria
    right: Criteria


Criteria: TypeAlias = Condition | Pair


@dataclass(frozen=True, slots=True)
class Ordering:
    what: What
    descending: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole query; limit and offset as they stand there."""

    items: tuple[Item, ...]
    module: str
    cvid: str | None
    where: Criteria
    group: tuple[str, ...]
    order: tuple[Ordering, ...]
    limit: str | None
    offset: str | None
