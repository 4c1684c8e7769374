"""What a mart is given and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Table, and_

from models.config import Config


@dataclass(frozen=True, slots=True)
class Context:
    """One mart's surroundings.

    Attributes:
        connection: In a transaction that the caller commits.
        config: The whole configuration.
        run_id: Stamped on the rows.
        now: The instant that the results are of, aware UTC. No mart reads a clock.
    """

    connection: Connection
    config: Config
    run_id: str
    now: datetime

    @property
    def today(self) -> date:
        """The local day of `now` in `reporting.timezone`."""
        return self.now.astimezone(ZoneInfo(self.config.reporting.timezone)).date()

    @property
    def sources(self) -> tuple[str, ...]:
        """The connections."""
        return tuple(self.config.connections)

    def existing(self, table: Table) -> ColumnElement[bool]:
        """Whether a row counts: it is not deleted, and the configuration has its connection (still)."""
        return and_(table.c.deleted_at.is_(None), table.c.source.in_(self.sources))

    @property
    def currency(self) -> str:
        return self.config.reporting.base_currency


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mart did.

    Attributes:
        rows: Rows that it answers for.
        changed: Those whose content differs from before, vanished ones included; who computed them and when is no content.
        warnings: One line each, for the summary of the run.
    """

    rows: int
    changed: int
    warnings: list[str] = field(default_factory=list)
