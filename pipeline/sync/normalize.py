"""One raw record of a CRM to one row of the warehouse, or to the reason why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from connectors.convert import EMPTY
from models.errors import MappingError
from models.records import Raw, Row
from models.spec import Converter, Stream, Tenant
from models.warehouse.core import ENTITIES
from models.warehouse.types import Exact

_CENT_OF_CENT = Decimal("0.0001")
_MONEY_LIMIT = Decimal(10) ** 11  # SQLite holds amounts exactly below it (models.warehouse.types.Exact)


class Normalizer:
    """Maps the records of one stream. Made once per run; converters that need the tenant are bound here.

    Args:
        source: Connection name.
        stream: What to map.
        tenant: From the CRM's metadata.
        known: API names that the metadata lists; of these, the unmapped ones go to `custom`.
        timezone: Of the local days.
        currency: Of amounts where the CRM names none.
    """

    def __init__(
        self, source: str, stream: Stream, tenant: Tenant, *, known: set[str], timezone: tzinfo, currency: str | None
    ) -> None:
        self.source, self.stream = source, stream
        self._timezone = timezone
        self._currency = tenant.currency or currency
        self._fields = [
            (
                field.api_name,
                field.to,
                field.convert if isinstance(field.convert, Converter) else field.convert(tenant),
            )
            for field in stream.fields
        ]
        made_for_tenant = any(not isinstance(field.convert, Converter) for field in stream.fields)
        self._metadata = (tenant.stages, sorted(tenant.statuses.items())) if made_for_tenant else ()
        self._custom = frozenset(known) - {field.api_name for field in stream.fields} - {stream.key}
        columns = ENTITIES[stream.name].columns
        self._money = [column.name for column in columns if isinstance(column.type, Exact) and column.type.scale == 4]  # noqa: PLR2004

    @property
    def basis(self) -> str:
        """A hash of what a row depends on beside the record: a row of another basis has to be made again."""
        mapping = [(name, to, converter.name) for name, to, converter in self._fields]
        parts = (mapping, str(self._timezone), self._currency, self._metadata)
        return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def key(self, raw: Raw) -> str:
        """The record's id, '' if it has none."""
        value = raw.get(self.stream.key)
        return "" if value in EMPTY else str(value)

    def row(self, raw: Raw) -> Row:
        """All columns that come from the CRM, with `custom` and `row_hash`.

        Raises:
            MappingError: Naming source, stream, id, field and cause.
        """
        source_id = self.key(raw)
        if not source_id:
            raise MappingError(f"{self.source}/{self.stream.name}: a record has no {self.stream.key}")
        row: Row = {}
        for name, column, converter in self._fields:
            value = raw.get(name)
            try:
                row[column] = None if value in EMPTY else converter.read(value)
            except (ValueError, OverflowError, ArithmeticError, TypeError, KeyError) as error:
                raise self._error(source_id, name, error) from error
        row["custom"] = {key: raw[key] for key in raw if key in self._custom and raw[key] not in EMPTY} or None
        try:
            _derive(row, self.stream.name, self._timezone, self._currency)
        except (ValueError, OverflowError) as error:
            raise self._error(source_id, "created_at or close_date", error) from error
        for column in self._money:
            if row.get(column) is None:
                continue
            if abs(row[column]) >= _MONEY_LIMIT:
                raise self._error(source_id, column, "the amount has more than 11 digits before the point")
            row[column] = row[column].quantize(_CENT_OF_CENT, ROUND_HALF_UP)
        row, row["row_hash"] = _hashed(row)
        row["source"], row["source_id"] = self.source, source_id
        return row

    def _error(self, source_id: str, field: str, cause: object) -> MappingError:
        return MappingError(f"{self.source}/{self.stream.name} {source_id}: {field}: {cause}")


def _derive(row: Row, entity: str, timezone: tzinfo, currency: str | None) -> None:
    """Fill what no CRM sends: local days, the closing instant, the currency of a tenant that names none."""
    created_at: datetime | None = row.get("created_at")
    row["created_on"] = created_at.astimezone(timezone).date() if created_at else None
    derive = _DERIVE.get(entity)
    if derive:
        derive(row, timezone, currency)


def _derive_deal(row: Row, timezone: tzinfo, currency: str | None) -> None:
    closed = row.get("stage_status") in {"won", "lost"} and row.get("close_date")
    row["closed_on"] = row["close_date"] if closed else None
    row["closed_at"] = datetime.combine(row["close_date"], time(), timezone).astimezone(UTC) if closed else None
    row["currency"] = row.get("currency") or currency


_DERIVE: dict[str, Callable[[Row, tzinfo, str | None], None]] = {"deals": _derive_deal}


def _hashed(row: Row) -> tuple[Row, str]:
    """The row, free of characters that a database refuses, and the hash of its content."""
    try:
        dumped = _dump(row)
        if b"\\u0000" in dumped:
            row = _clean(row)
            dumped = _dump(row)
    except TypeError:  # half of a surrogate pair is no text
        row = _clean(row)
        dumped = _dump(row)
    return row, hashlib.blake2b(dumped, digest_size=16).hexdigest()


def _dump(row: Row) -> bytes:
    return orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
