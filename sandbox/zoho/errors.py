"""Zoho's error codes with status and wording, and the two shapes of an error body (docs/vendor/zoho.md §0, §2, §6)."""

from __future__ import annotations

from typing import Any

_BAD_ID = "the id given seems to be invalid"

# code: (HTTP status, message)
CODES: dict[str, tuple[int, str]] = {
    "ALREADY_MODIFIED": (412, "the record has been modified already"),
    "AMBIGUITY_DURING_PROCESSING": (400, "ambiguity while processing the request"),
    "AUTHENTICATION_FAILURE": (401, "Authentication failed"),
    "AUTHORIZATION_FAILED": (400, "User does not have sufficient privilege to perform this operation"),
    "CURRENCIES_NOT_ENABLED": (403, "The multi currency feature is not enabled for this org"),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": (
        400,
        "You can only get the first 2000 records without using page_token param",
    ),
    "DUPLICATE_ALIAS": (400, "same alias cannot refer more than one column"),
    "DUPLICATE_DATA": (400, "duplicate data"),
    "EXPIRED_VALUE": (400, "the page_token has expired"),
    "INTERNAL_ERROR": (500, "Internal Server Error"),
    "INVALID_ALIAS": (400, "alias name cannot be an empty string"),
    "INVALID_DATA": (400, "invalid data"),
    "INVALID_HOST": (400, "the host is invalid for this account"),
    "INVALID_MODULE": (400, "the module name given seems to be invalid"),
    "INVALID_QUERY": (400, "Invalid query formed"),
    "INVALID_REQUEST_METHOD": (400, "The http request method type is not a valid one"),
    "INVALID_TOKEN": (401, "invalid oauth token"),
    "INVALID_URL_PATTERN": (404, "Please check if the URL trying to access is a correct one"),
    "LIMIT_EXCEEDED": (400, "limit exceeded"),
    "MANDATORY_NOT_FOUND": (400, "required field not found"),
    "MULTIPLE_OR_MULTI_ERRORS": (400, "multiple errors found in the record"),
    "NOT_APPROVED": (400, "the record is waiting for approval"),
    "NOT_REVIEWED": (400, "the record is waiting for review"),
    "NO_PERMISSION": (403, "permission denied"),
    "OAUTH_SCOPE_MISMATCH": (401, "invalid oauth scope to access this URL"),
    "PAGINATION_LIMIT_EXCEEDED": (400, "You can only get the first 100000 records with the page_token param"),
    "PATTERN_NOT_MATCHED": (400, "Please check whether the input values are correct"),
    "RECORD_LOCKED": (400, "Sorry, you cannot perform this operation as the record is locked."),
    "REQUIRED_PARAM_MISSING": (400, "One of the expected parameter is missing"),
    "RESOURCE_NOT_FOUND": (404, "the requested resource is not found"),
    "SYNTAX_ERROR": (400, "error occured while parsing the query"),
    "TOKEN_BOUND_DATA_MISMATCH": (400, "the given page_token does not belong to these parameters"),
    "TOO_MANY_REQUESTS": (429, "Too many requests: the limit of API calls is reached"),
}


class ZohoError(Exception):
    """The whole request is refused.

    With `inside_data` the object stands in `data[]`: the URL decides (§0).
    """

    def __init__(self, code: str, details: dict[str, Any] | None = None, *, message: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details or {}
        self.message = message
        self.inside_data = False

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    def body(self) -> dict[str, Any]:
        found = problem(self.code, self.details, message=self.message)
        return {"data": [found]} if self.inside_data else found


def problem(code: str, details: dict[str, Any] | None = None, *, message: str | None = None) -> dict[str, Any]:
    """One error object; a code that is not in the table gets its own name as wording."""
    wording = message or CODES.get(code, (0, code.replace("_", " ").lower()))[1]
    return {"code": code, "details": details or {}, "message": wording, "status": "error"}


def unknown_id(details: dict[str, Any]) -> dict[str, Any]:
    """The item of a record that never was, or was deleted (§6.3)."""
    return problem("INVALID_DATA", details, message=_BAD_ID)


def unknown_id_in_path(index: int) -> ZohoError:
    return ZohoError("INVALID_DATA", {"resource_path_index": index}, message=_BAD_ID)
