"""Zoho's error codes with status and wording, and the two shapes of an error body (docs/vendor/zoho.md §0, §2, §6)."""

from __future__ import annotations

from typing import Any

BAD_ID = "the id given seems to be invalid"

# code: (HTTP status, message)
CODES: dict[str, tuple[int, str]] = {
    "ALREADY_MODIFIED": (412, "the record has been modified already"),
    "AMBIGUITY_DURING_PROCESSING": (400, "ambiguity while processing the request"),
    "AUTHENTICATION_FAILURE": (401, "Authentication failed"),
    "AUTHORIZATION_FAILED": (400, "User does not have sufficient privilege to perform this operation"),
    "CURRENCIES_NOT_ENABLED": (403, "The multi currency feature is not enabled for this org"),
    "DEPENDENT_FIELD_MISSING": (400, "One or more dependent fields are missing"),
    "DEPENDENT_MISMATCH": (400, "the given value does not fit its dependent field"),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": (
        400,
        "You can only get the first 2000 records without using page_token param",
    ),
    "DUPLICATE_ALIAS": (400, "same alias cannot refer more than one column"),
    "DUPLICATE_DATA": (400, "duplicate data"),
    "EXPECTED_DEPENDENT_FIELD_MISSING": (400, "Either global_picklist or picklist values is expected"),
    "EXPECTED_FIELD_MISSING": (400, "One of the expected fields is missing"),
    "EXPECTED_PARAM_MISSING": (400, "One of the expected parameter is missing"),
    "EXPIRED_VALUE": (400, "the page_token has expired"),
    "FEATURE_NOT_SUPPORTED": (403, "the feature is not available in this edition"),
    "ID_ALREADY_CONVERTED": (400, "id already converted"),
    "INTERNAL_ERROR": (500, "Internal Server Error"),
    "INVALID_ALIAS": (400, "alias name cannot be an empty string"),
    "INVALID_DATA": (400, "invalid data"),
    "INVALID_HOST": (400, "the host is invalid for this account"),
    "INVALID_MODULE": (400, "the module name given seems to be invalid"),
    "INVALID_QUERY": (400, "Invalid query formed"),
    "INVALID_REFERENCE": (400, "the reference does not name a value of a sub-request that succeeded"),
    "INVALID_REQUEST_METHOD": (400, "The http request method type is not a valid one"),
    "INVALID_TOKEN": (401, "invalid oauth token"),
    "INVALID_URL_PATTERN": (404, "Please check if the URL trying to access is a correct one"),
    "LIMIT_EXCEEDED": (400, "limit exceeded"),
    "LIMIT_REACHED": (400, "Maximum response iteration limit reached"),
    "MANDATORY_NOT_FOUND": (400, "required field not found"),
    "MAPPING_MISMATCH": (400, "the stage does not belong to the pipeline"),
    "MULTIPLE_OR_MULTI_ERRORS": (400, "multiple errors found in the record"),
    "NOT_APPROVED": (400, "the record is waiting for approval"),
    "NOT_FOUND": (404, "no such job"),
    "NOT_REVIEWED": (400, "the record is waiting for review"),
    "NOT_ALLOWED": (400, "the action is not allowed"),
    "NO_RECORDS_FOUND": (400, "no record found to update"),
    "NOT_SUPPORTED": (400, "the call is not supported here"),
    "NO_PERMISSION": (403, "permission denied"),
    "OAUTH_SCOPE_MISMATCH": (401, "invalid oauth scope to access this URL"),
    "PAGINATION_LIMIT_EXCEEDED": (400, "You can only get the first 100000 records with the page_token param"),
    "PATTERN_NOT_MATCHED": (400, "Please check whether the input values are correct"),
    "PROCESSING_STOPPED": (400, "another sub-request has failed, so this one was not run"),
    "RATE_LIMIT_EXCEEDED": (429, "Too many requests: the limit of API calls is reached"),
    "RECORD_LOCKED": (400, "Sorry, you cannot perform this operation as the record is locked."),
    "REQUIRED_PARAM_MISSING": (400, "One of the expected parameter is missing"),
    "RESOURCE_NOT_FOUND": (404, "the requested resource is not found"),
    "ROLLBACK_PERFORMED": (400, "another sub-request has failed, so this one was rolled back"),
    "SYNTAX_ERROR": (400, "error occured while parsing the query"),
    "TOKEN_BOUND_DATA_MISMATCH": (400, "the given page_token does not belong to these parameters"),
    "TOO_MANY_REQUESTS": (429, "Too many requests: the limit of API calls is reached"),
}
# Of bulk read (§4): the first with their wording, the others in our own.
CODES |= {
    "MEDIA_TYPE_NOT_SUPPORTED": (415, "Media type is not supported."),
    "REQUEST_BODY_NOT_SUPPORTED": (400, "request body contains invalid format"),
    "AMBIGUOUS_CRITERIA": (400, "the criteria are both a group and a condition"),
    "AMBIGUOUS_GROUP_IN_CRITERIA": (400, "a group needs a group_operator and members"),
    "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE": (400, "the comparator does not take such a value"),
    "CRITERIA_LIMIT_EXCEEDED": (400, "the criteria have too many conditions"),
    "CVID_NOT_SUPPORTED": (400, "the cvid given is not supported"),
    "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE": (400, "the field does not take such a value"),
    "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED": (400, "the field does not take this comparator"),
    "FIELD_IN_CRITERIA_NOT_AVAILABLE": (400, "a field in the criteria is not available"),
    "FIELD_IN_CRITERIA_NOT_SUPPORTED": (400, "a field in the criteria is not supported"),
    "FIELD_NOT_AVAILABLE": (400, "the field is not available"),
    "GROUP_OPERATOR_NOT_SUPPORTED": (400, "the group operator is not supported"),
    "INVALID_CALLBACK_METHOD": (400, "the callback method is invalid"),
    "INVALID_CALLBACK_URL": (400, "the callback url is invalid"),
    "INVALID_CRITERIA": (400, "the criteria are invalid"),
    "MODULE_NOT_AVAILABLE": (400, "the module is not available"),
    "MODULE_NOT_SUPPORTED": (400, "the module is not supported"),
    "PAGE_RANGE_EXCEEDED": (400, "the page is out of range"),
    "REQUEST_BODY_IS_EMPTY": (400, "the request body is empty"),
    "REQUEST_BODY_NOT_READABLE": (400, "the request body cannot be read"),
    "VALUE_IN_CRITERIA_NOT_SUPPORTED": (400, "a value in the criteria is not supported"),
    "VALUE_LIMIT_EXCEEDED_IN_CRITERIA": (400, "a condition has too many values"),
    "VALUE_TYPE_NOT_SUPPORTED": (400, "the type of value is not supported"),
}


class ZohoError(Exception):
    """The whole request is refused.

    With `inside_data` the object stands in `data[]`: the URL decides (§0).
    """

    def __init__(
        self,
        code: str,
        details: dict[str, Any] | None = None,
        *,
        message: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status or CODES[code][0]
        self.code = code
        self.details = details or {}
        self.message = message
        self.inside_data = False

    def body(self) -> dict[str, Any]:
        found = problem(self.code, self.details, message=self.message)
        return {"data": [found]} if self.inside_data else found


class Refused(Exception):  # noqa: N818 - not an error of ours
    """One part of a call cannot be done, with its error object: `name` is what is wrong, at a JSON path below `place`."""

    def __init__(self, code: str, place: str, name: str, *, message: str | None = None, **details: Any) -> None:
        super().__init__(code)
        self.problem = problem(code, details | {"api_name": name, "json_path": f"{place}.{name}"}, message=message)


def problem(code: str, details: dict[str, Any] | None = None, *, message: str | None = None) -> dict[str, Any]:
    """One error object; a code that is not in the table gets its own name as wording."""
    wording = message or CODES.get(code, (0, code.replace("_", " ").lower()))[1]
    return {"code": code, "details": details or {}, "message": wording, "status": "error"}


def unknown_id(details: dict[str, Any]) -> dict[str, Any]:
    """The item of a record that never was, or was deleted (§6.3)."""
    return problem("INVALID_DATA", details, message=BAD_ID)


def unknown_id_in_path(index: int) -> ZohoError:
    return ZohoError("INVALID_DATA", {"resource_path_index": index}, message=BAD_ID)
