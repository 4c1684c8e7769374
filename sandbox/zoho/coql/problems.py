"""Every way in which a query is refused (docs/vendor/zoho.md §3, "Errors")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.coql.tokens import Token

_BAD_ALIAS = (
    "column name or property name given in select columns without alias name "
    "cannot be an alias name for other select columns"
)


def missing_clause(clause: str) -> ZohoError:
    return ZohoError("SYNTAX_ERROR", {"clause": clause}, message="missing clause")


def unexpected(token: Token) -> ZohoError:
    where = {"line": token.line, "column": token.column, "near": token.source}
    return ZohoError("SYNTAX_ERROR", where, message="unexpected token")


def unparsable(token: Token) -> ZohoError:
    """Among others for three conditions in a row: they go in pairs."""
    return ZohoError("SYNTAX_ERROR", {"near": token.source}, message="error occured while parsing the query")


def unknown_operator(operator: str) -> ZohoError:
    return ZohoError("SYNTAX_ERROR", {"operator": operator}, message="operator not supported")


def no_select() -> ZohoError:
    return ZohoError("SYNTAX_ERROR", message="given coql query not supported")


def unknown_module() -> ZohoError:
    return ZohoError("INVALID_MODULE", message="the given module is not supported in api")


def unknown_view(cvid: str) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"cvid": cvid}, message="cvid given seems to be invalid")


def unknown_column(name: str) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"column_name": name}, message="column given seems to be invalid")


def unsupported_column(name: str) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"column_name": name}, message="unsupported column")


def unsupported_criteria(name: str, operator: str, value: str) -> ZohoError:
    details = {"cv_criteria": False, "column_name": name, "value": value, "operator": operator}
    return ZohoError("INVALID_QUERY", details, message="unsupported column in criteria")


def wrong_operator(name: str, operator: str) -> ZohoError:
    details = {"reason": "invalid operator found", "column_name": name, "operator": operator}
    return ZohoError("INVALID_QUERY", details)


def wrong_value(name: str, data_type: str) -> ZohoError:
    details = {"expected_data_type": data_type, "column_name": name}
    return ZohoError("INVALID_QUERY", details, message="value given seems to be invalid for the column")


def ungrouped() -> ZohoError:
    """A column beside an aggregate or GROUP BY that is in no group."""
    return ZohoError("INVALID_QUERY")


def wrong_number(clause: str, text: str) -> ZohoError:
    return ZohoError("INVALID_QUERY", {clause: text}, message=f"{clause} given seems to be invalid")


def limit_too_small() -> ZohoError:
    return ZohoError("INVALID_DATA", message="limit should be greater than 0")


def too_many(limit: int, message: str) -> ZohoError:
    return ZohoError("LIMIT_EXCEEDED", {"limit": limit}, message=message)


def twice(name: str, message: str) -> ZohoError:
    return ZohoError("DUPLICATE_DATA", {"column_name": name}, message=message)


def aggregate_twice(name: str, function: str) -> ZohoError:
    details = {"column_name": name, "aggregate": function}
    return ZohoError("DUPLICATE_DATA", details, message="duplicate aggregate function")


def many_columns(names: list[str]) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"column_name": names}, message="subquery should contains only one column")


def many_values(number: int, operator: str) -> ZohoError:
    details = {"sub_query_sequence": number, "operator": operator}
    message = "subquery return more than one values which is incompatible for the operator"
    return ZohoError("INVALID_QUERY", details, message=message)


def unknown_function(text: str) -> ZohoError:
    return ZohoError("INVALID_DATA", {"reason": "unsupported aggregate function", "column": text})


def empty_alias(name: str) -> ZohoError:
    return ZohoError("INVALID_ALIAS", {"column_name": name, "alias": ""})


def alias_twice(alias: str, columns: list[str]) -> ZohoError:
    return ZohoError("DUPLICATE_ALIAS", {"referred_columns": columns, "alias": alias})


def alias_is_column(name: str, alias: str) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"column_name": name, "alias": alias}, message=_BAD_ALIAS)


def no_query() -> ZohoError:
    return ZohoError("MANDATORY_NOT_FOUND", {"api_name": "select_query"}, message="mandatory key not found")


def wrong_body(expected: str, api_name: str, place: str, supported: list[str] | None = None) -> ZohoError:
    details: dict[str, Any] = {"expected_data_type": expected, "api_name": api_name, "json_path": place}
    return ZohoError("INVALID_DATA", details | ({"supported_values": supported} if supported else {}))


def unknown_meta(place: str, supported: list[str]) -> ZohoError:
    details = {"api_name": "include_meta", "json_path": place, "supported_values": supported}
    return ZohoError("INVALID_DATA", details)
