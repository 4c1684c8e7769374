"""Raw records of a CRM to rows of the warehouse, or to the reason why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from connectors.convert import EMPTY, IN_A_KEY
from models.errors import MappingError
from models.periods import midnight
from models.records import Raw, Reject, Row
from models.spec import Converter, Stream, Tenant
from models.warehouse.core import deals, moments
from models.warehouse.types import Id, Money, Ratio

_CENT_OF_CENT = Decimal("0.0001")
_MONEY_LIMIT = Decimal(10) ** 11  # SQLite holds amounts exactly below it (models.warehouse.types.Exact)
_CONVERSION_ERRORS = (ValueError, ArithmeticError, TypeError, AttributeError, LookupError)

Columns = dict[str, list[Any]]
"""Column → its values, one for each record of a page."""


class Normalizer:
    """Maps the records of one stream, a page at a time and column by column.

    Made once per run; converters that need the tenant are bound here.

    Args:
        source: Connection name.
        stream: What to map.
        tenant: From the CRM's metadata.
        known: API names that the metadata lists; of these, the unmapped ones go to `custom`.
        timezone: Of the local days.
        currency: Of amounts where the CRM names none.

    Attributes:
        known: API names that the metadata list.
        names: The same, those that are mapped, and the id's.
        lacking: Those that are mapped and that the metadata do not list.
        left_alone: Columns whose field the CRM has no more: what they hold is the last that was known, and stays.
        columns: What a row holds, in this order: `source_id`, `row_hash`, then what comes from the CRM or follows from
            it; the last is `custom`, as JSON text with its keys in order.
    """

    def __init__(
        self, source: str, stream: Stream, tenant: Tenant, *, known: set[str], timezone: tzinfo, currency: str | None
    ) -> None:
        self.source, self.stream = source, stream
        self._timezone = timezone
        self._currency = tenant.currency or currency
        self._fields = [(field.api_name, field.to, field.bound(tenant)) for field in stream.fields]
        made_for_tenant = any(not isinstance(field.convert, Converter) for field in stream.fields)
        self._metadata = (tenant.stages, sorted(tenant.statuses.items())) if made_for_tenant else ()
        self.names = frozenset(known) | {field.api_name for field in stream.fields} | {stream.key}
        self.lacking = self.names - known - {stream.key} if known else frozenset()
        self.left_alone: frozenset[str] = frozenset()
        self.known = frozenset(known)
        self._custom = frozenset(known) - {field.api_name for field in stream.fields} - {stream.key}
        columns = stream.table.columns
        mapped = {column for _, column, _ in self._fields} | stream.constants.keys()
        mapped |= {name for name in _FOLLOWS if name in columns}
        # Of an instant and its day the CRM tells one: the other follows.
        self._days = [(at, on) for at, on in moments(stream.table) if at in mapped and on not in mapped]
        self._midnights = [(at, on) for at, on in moments(stream.table) if on in mapped and at not in mapped]
        mapped |= {on for _, on in self._days} | {at for at, _ in self._midnights}
        self._content = [name for name in columns.keys() if name in mapped]  # noqa: SIM118 - a collection of columns
        self._money = [name for name in self._content if columns[name].type is Money]
        self._ratios = [name for name in self._content if columns[name].type is Ratio]
        # `stage`: of deal_stage_changes.
        self._in_keys = [name for name in self._content if columns[name].type is Id or name == "stage"]
        self.columns = ("source_id", "row_hash", *self._content, "custom")

    @property
    def basis(self) -> str:
        """A hash of what a row depends on beside the record: a row of another basis has to be made again.

        Behind a dash stands another one, of what is personal: it decides about more than the rows.
        """
        mapping = [(name, to, converter.name) for name, to, converter in self._fields]
        constants = sorted(self.stream.constants.items())
        parts = (mapping, constants, str(self._timezone), self._currency, self._metadata)
        personal = sorted(self.stream.personal.items())
        return _short_hash(parts) + (f"-{_short_hash(personal)}" if personal else "")

    def key(self, raw: Raw) -> str:
        """The record's id, '' if it has none that a key can hold; without the character that a database refuses."""
        value = raw.get(self.stream.key)
        if type(value) is not str:  # nearly never
            value = "" if value in EMPTY else str(value)
        return value.replace("\x00", "") if len(value) <= IN_A_KEY else ""

    def modified(self, raw: Raw) -> datetime | None:
        """When the record was changed last; None if that cannot be told, and whoever maps the record says why."""
        for name, column, converter in self._fields:
            if column == "modified_at" and (value := raw.get(name)) not in EMPTY:
                with suppress(*_CONVERSION_ERRORS):
                    found: datetime = converter.read(value)
                    return found
        return None

    def unknown(self, records: Sequence[Raw]) -> set[str]:
        """Where the records and the CRM's metadata disagree.

        Fields that records hold and the metadata do not list; mapped ones of which it is the other way round; and values to
        which the metadata would have to give a meaning.
        """
        if not self.known or not records:
            return set()
        held: set[str] = set().union(*records)
        found = held - self.names
        found |= {f"no {name}" for name, _, _ in self._fields if name in self.known and name not in held}
        for name, _, converter in self._fields:
            if knows := converter.knows:
                values = {str(value): value for record in records if (value := record.get(name)) not in EMPTY}
                for text, value in values.items():
                    with suppress(*_CONVERSION_ERRORS):  # what has no such meaning is refused when it is mapped
                        if not knows(value):
                            found.add(f"{name} {text}")
        return found

    def rows(self, records: Sequence[Raw]) -> tuple[list[Row], list[Reject]]:
        """The rows of a page, and the records that cannot be mapped, each with a reason that names the field."""
        try:
            return self._page(records), []
        except (MappingError, _UncleanError):  # then one by one: a bad record does not harm its neighbours
            pass
        rows: list[Row] = []
        rejects: list[Reject] = []
        for raw in records:
            try:
                rows.append(self.row(raw))
            except MappingError as error:
                rejects.append(Reject(self.key(raw), raw, str(error)))
        return rows, rejects

    def row(self, raw: Raw) -> Row:
        """One record alone.

        Raises:
            MappingError: Naming source, stream, id, field and cause.
        """
        try:
            return self._page([raw])[0]
        except _UncleanError:
            pass
        try:
            return self._page([_clean(raw)])[0]
        except _UncleanError as error:
            raise self._error([self.key(raw)], "custom", error.__cause__) from error

    def is_custom(self, field: str) -> bool:
        """Whether the field goes to `custom`."""
        return field in self._custom

    def again(self, stored: Mapping[str, Any], custom: Mapping[str, Any]) -> tuple[str, str | None]:
        """`row_hash` of a row of the table, and `custom` as text, if it held this in `custom`."""
        values = tuple(stored[name] for name in self._content)
        try:
            finished = _finished("", values, dict(custom))
        except _UncleanError:
            finished = _finished("", values, _clean(custom))
        return finished[1], finished[-1]

    def _page(self, records: Sequence[Raw]) -> list[Row]:
        """All of them.

        Raises:
            MappingError: One cannot be mapped; it is named rightly if it is the only one.
            _UncleanError: One holds characters that a database refuses.
        """
        if not records:
            return []
        ids = [self.key(record) for record in records]
        if not all(ids):
            raise MappingError(
                f"{self.source}/{self.stream.name}: a record has no {self.stream.key}, or one of more than "
                f"{IN_A_KEY} characters"
            )
        columns: Columns = {}
        for name, column, converter in self._fields:
            read = converter.read
            try:
                columns[column] = [
                    read(value) if (value := record.get(name)) or value == 0 else None for record in records
                ]
            except _CONVERSION_ERRORS as error:
                raise self._error(ids, name, error) from error
        self._derive(columns, ids)
        for column in self._money:
            try:
                columns[column] = [None if value is None else money(value) for value in columns[column]]
            except _CONVERSION_ERRORS as error:
                raise self._error(ids, column, error) from error
        self._refuse_misfits(columns, ids)
        content = zip(*(columns[name] for name in self._content), strict=True)
        return list(map(_finished, ids, content, map(self._unmapped, records)))

    def _refuse_misfits(self, columns: Columns, ids: Sequence[str]) -> None:
        """Make sure that the database takes what no conversion looked at."""
        for column in self._ratios:
            if any(value is not None and abs(value) >= _MONEY_LIMIT for value in columns[column]):
                raise self._error(ids, column, "the number has more than 11 digits before the point")
        for column in self._in_keys:
            if max(map(len, filter(None, columns[column])), default=0) > IN_A_KEY:
                raise self._error(ids, column, f"the value has more than {IN_A_KEY} characters")

    def _unmapped(self, raw: Raw) -> dict[str, Any]:
        custom = self._custom
        return {
            name: value for name, value in raw.items() if value is not None and name in custom and (value or value == 0)
        }

    def _derive(self, columns: Columns, ids: Sequence[str]) -> None:
        """Fill what no CRM sends: constants, local days, their midnights, the currency of a tenant that names none."""
        zone, nothing = self._timezone, [None] * len(ids)
        for column, constant in self.stream.constants.items():
            columns[column] = [constant] * len(ids)
        if "currency" in self._content:
            columns["currency"] = [named or self._currency for named in columns.get("currency") or nothing]
        if self.stream.table is deals:
            columns["closed_on"] = _closed_on(
                columns.get("stage_status") or nothing, columns.get("close_date") or nothing
            )
        column = ""
        try:
            for column, day in self._days:
                columns[day] = [None if at is None else at.astimezone(zone).date() for at in columns[column]]
            for at, column in self._midnights:
                columns[at] = [None if day is None else midnight(day, zone) for day in columns[column]]
        except (ValueError, OverflowError) as error:
            raise self._error(ids, column, error) from error

    def _error(self, ids: Sequence[str], field: str, cause: object) -> MappingError:
        """Of a field, or a column."""
        names = {field, *(name for name, column, _ in self._fields if column == field)}
        if names & {name.partition(".")[0] for name in self.stream.personal}:
            cause = "the value does not fit; it is not shown, since personal_data names the field"
        return MappingError(f"{self.source}/{self.stream.name} {ids[0]}: {field}: {cause}")


def _short_hash(parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


_FOLLOWS = ("closed_on", "currency")
"""Columns that are filled in every row of a table that has them, whether or not the CRM tells."""


def _closed_on(statuses: Sequence[str | None], days: Sequence[date | None]) -> list[date | None]:
    return [day if status in {"won", "lost"} else None for status, day in zip(statuses, days, strict=True)]


def money(value: Decimal) -> Decimal:
    """As a column holds it.

    Raises:
        ValueError, ArithmeticError: It cannot.
    """
    if abs(value) >= _MONEY_LIMIT:
        raise ValueError("the amount has more than 11 digits before the point")
    return value.quantize(_CENT_OF_CENT, ROUND_HALF_UP)


class _UncleanError(Exception):
    """A record holds characters that a database refuses."""


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character, as JSON escapes it; a text may hold a backslash before `u0000`, and JSON doubles that."""


def _finished(key: str, values: tuple[Any, ...], custom: dict[str, Any]) -> Row:
    """The id, `row_hash`, the values, and `custom` as text.

    Raises:
        _UncleanError: See there.
    """
    try:
        text = orjson.dumps(custom, option=orjson.OPT_SORT_KEYS) if custom else b""
        dumped = orjson.dumps(values, default=str) + text
    except TypeError as error:  # half of a surrogate pair is no text
        raise _UncleanError from error
    if b"\\" in dumped and _NUL.search(dumped):
        raise _UncleanError
    row_hash = hashlib.blake2b(dumped, digest_size=16).hexdigest()
    return (key, row_hash, *values, text.decode() or None)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
