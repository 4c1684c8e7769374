"""What SQLite and PostgreSQL do not share, as named constructs; with the loader the only place that knows dialects."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType, String

from models.warehouse.types import Money, Ratio


class money_sum(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """Exact sum of a NUMERIC(20,4) column; 0 over nothing. SQLite adds whole ten-thousandths, not binary fractions."""

    type = Money
    inherit_cache = True
    name = "money_sum"

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)


@compiles(money_sum, "sqlite")
def _money_sum_sqlite(element: money_sum, compiler: SQLCompiler, **kw: Any) -> str:
    inner = compiler.process(element.clauses, **kw)
    return f"(coalesce(sum(cast(round({inner} * 10000) AS INTEGER)), 0) / 10000.0)"


@compiles(money_sum, "postgresql")
def _money_sum_postgresql(element: money_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return f"coalesce(sum({compiler.process(element.clauses, **kw)}), 0)"


class ratio(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """Numerator ÷ denominator to six decimals; NULL for a denominator of zero."""

    type = Ratio
    inherit_cache = True
    name = "ratio"

    def __init__(self, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> None:
        super().__init__(numerator, denominator)


@compiles(ratio, "sqlite")
def _ratio_sqlite(element: ratio, compiler: SQLCompiler, **kw: Any) -> str:
    over, under = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"round(cast({over} AS REAL) / nullif({under}, 0), 6)"


@compiles(ratio, "postgresql")
def _ratio_postgresql(element: ratio, compiler: SQLCompiler, **kw: Any) -> str:
    over, under = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"round(cast({over} AS numeric) / nullif({under}, 0), 6)"


class one_of(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """Whether a text column holds one of many texts, given as one parameter: `IN` with thousands is slow to compile."""

    type = NullType()  # a Boolean would be compared with 1, and then SQLite uses no index
    inherit_cache = True
    name = "one_of"

    def __init__(self, column: ColumnElement[Any], texts: Collection[str]) -> None:
        super().__init__(column, literal(orjson.dumps(list(texts)).decode()))


@compiles(one_of, "sqlite")
def _one_of_sqlite(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - compiled by SQLAlchemy


@compiles(one_of, "postgresql")
def _one_of_postgresql(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT jsonb_array_elements_text(CAST({texts} AS JSONB)))"


class json_items(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """The texts of a JSON list, as rows with one column, `value`; the list is a text."""

    type = String()
    inherit_cache = True
    name = "json_items"

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)


@compiles(json_items, "sqlite")
def _json_items_sqlite(element: json_items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(json_items, "postgresql")
def _json_items_postgresql(element: json_items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSONB))"


class json_without(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """A JSON object without one of its keys."""

    type = NullType()
    inherit_cache = True
    name = "json_without"

    def __init__(self, column: ColumnElement[Any], key: str) -> None:
        super().__init__(column, literal(key))


@compiles(json_without, "sqlite")
def _json_without_sqlite(element: json_without, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_remove({column}, '$.\"' || {key} || '\"')"


@compiles(json_without, "postgresql")
def _json_without_postgresql(element: json_without, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} - CAST({key} AS TEXT))"


class json_text(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """What a JSON object holds under a key, as text: true and false in words, lists and objects as JSON."""

    type = String()
    inherit_cache = True
    name = "json_text"

    def __init__(self, column: ColumnElement[Any], key: str) -> None:
        super().__init__(column, literal(key))


@compiles(json_text, "sqlite")
def _json_text_sqlite(element: json_text, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    path = f"'$.\"' || {key} || '\"'"
    words = "WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    return f"CASE json_type({column}, {path}) {words} ELSE CAST(json_extract({column}, {path}) AS TEXT) END"


@compiles(json_text, "postgresql")
def _json_text_postgresql(element: json_text, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} ->> {key})"


class json_number(GenericFunction[Any]):  # noqa: N801 - a SQL function's name
    """What a JSON object holds under a key if it is a number; NULL if not."""

    type = Ratio
    inherit_cache = True
    name = "json_number"

    def __init__(self, column: ColumnElement[Any], key: str) -> None:
        super().__init__(column, literal(key))


@compiles(json_number, "sqlite")
def _json_number_sqlite(element: json_number, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    path = f"'$.\"' || {key} || '\"'"
    return f"CASE WHEN json_type({column}, {path}) IN ('integer', 'real') THEN json_extract({column}, {path}) END"


@compiles(json_number, "postgresql")
def _json_number_postgresql(element: json_number, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CASE WHEN jsonb_typeof({column} -> {key}) = 'number' THEN CAST({column} ->> {key} AS NUMERIC) END"
