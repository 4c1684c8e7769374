"""Input that nobody means to send, and what every answer must be all the same (docs/vendor/zoho.md §0, §6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

LEAD, ACCOUNT, DEAL = "5000000600000001", "5000000200000001", "5000000400000001"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")
HUGE = "9" * 5_000
# What stands for a variable part of a path.
PARTS: dict[str, tuple[str, ...]] = {
    "id": (LEAD, ACCOUNT, "0", "99999999999999999999"),
    "name": ("Leads", "Quoted_Items", "nowhere"),
    "list": ("Tasks", "Notes", "Nowhere"),
    "lock": (LEAD, "0"),
}
TEXTS = (
    "", " ", "0", "-1", "1", "1.5", "true", "null", HUGE, "١", "²", "\0", "\ufffd", "'", '"', "\\", "(((", "%", "%00", "a,b",
    "id,id", ",,,", "Owner.name", "x" * 5_000, "((Last_Name:equals:" + "\\" * 9, "(" * 2_000 + ")" * 2_000, "NaN", "1e999",
    "2026-10-01T00:00:00+05:30", "2026-10-01", "0000-00-00", "9999-12-31T23:59:59+99:99", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00", "-271821-04-20T00:00:00Z", LEAD, DEAL, "All", "asc", "Leads", "🦀", "Leads#1", "${EMPTY}",
)  # fmt: skip
PARAMS = (
    "fields", "per_page", "page", "page_token", "sort_by", "sort_order", "ids", "cvid", "converted", "approved", "type",
    "territory_id", "include_child", "criteria", "email", "phone", "word", "module", "layout_id", "job_id", "token",
    "grant_type", "client_id", "client_secret", "refresh_token", "code", "wf_trigger",
)  # fmt: skip
HEADERS = (
    "If-Modified-Since",
    "If-Unmodified-Since",
    "Content-Type",
    "X-EXTERNAL",
    "Accept",
    "Cookie",
    "Authorization",
)
KINDS = ("application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data", "a/b; =;=", "\xff")
BODIES: tuple[bytes, ...] = (
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"1e999",
    b"NaN",
    b"\xff\xfe{\x00}\x00",
    b'{"data":"\xff"}',
    b'\xef\xbb\xbf{"data":[]}',
    b'{"data":[{"Last_Name":"\\ud800"}]}',
    b'{"\\u0000":[{"\\u0000":"\\u0000"}]}',
    b"[" * 100_000,
    b'{"data":' * 20_000,
    b'{"data":[' + b"[" * 500 + b"]" * 500 + b"]}",
    b'{"data":[' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"]}",
    b'{"data":[' + b"{}," * 10_000 + b"{}]}",
    b'{"data":[{"Last_Name":"' + b"x" * 1_000_000 + b'"}]}',
    b'{"data":[{"id":' + HUGE.encode() + b"}]}",
    b"data=%5B%5D&ids=1",
    b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n[]\r\n--x--\r\n',
)
# Values that a part of a good body is replaced by.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, -1e-300, 2**53 + 1, 2**63 - 1, 2**64 - 1, "", " ", "x", "x" * 256, "x" * 40_000,
    HUGE, "1", "-5", "\0", "🦀", "2026-10-01", "2026-13-41", "2026-10-01T00:00:00+05:30", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00", LEAD, ACCOUNT, DEAL, "Leads", "id", "Email", "Owner.last_name", "${EMPTY}", "@{1:$.data[0]}",
    "@{1:$" + "[0]" * 500 + "}", "select", [], {}, [None], [[]], [{}], [1, "x", None], [""], {"": ""}, {"id": None},
    {"id": LEAD}, {"id": int(ACCOUNT)}, {"id": []}, {"name": "x"}, {"api_name": "Leads"}, {"api_name": []}, [{"id": LEAD}],
    ["Email"], [LEAD, LEAD], [{"name": []}], {"data": [{}]}, {"a": {"a": {"a": [[[]]]}}},
)  # fmt: skip
_FIELDS: dict[str, Any] = {
    "Last_Name": "Rao", "Company": "Zeta", "Email": "a@b.example", "Owner": {"id": "5000000000000201"}, "Phone": "1",
    "Annual_Revenue": 5, "No_of_Employees": 5, "Email_Opt_Out": False, "Description": "x", "Website": "b.example",
    "Account_Name": {"id": ACCOUNT}, "Deal_Name": "D", "Stage": "Qualification", "Closing_Date": "2026-12-01",
    "Subject": "S", "What_Id": {"id": ACCOUNT}, "$se_module": "Accounts", "Tag": [{"name": "a"}], "Layout": {"id": "1"},
    "Call_Start_Time": "2026-10-01T00:00:00+05:30", "Call_Type": "Outbound", "Call_Duration": "12:30",
    "Participants": [{"type": "email", "participant": "a@b.example"}], "$append_values": {"Languages": True},
    "Quoted_Items": [{"Product_Name": {"id": "1"}, "Quantity": 2, "List_Price": 1, "Discount": 0, "Line_Tax": [{"name": "V", "percentage": 5}]}],
    "Parent_Id": {"id": ACCOUNT, "module": {"api_name": "Accounts"}}, "Note_Content": "x", "Event_Title": "E",
    "Start_DateTime": "2026-10-01T00:00:00+05:30", "End_DateTime": "2026-10-01T01:00:00+05:30", "Record_Image": "x",
    "Created_Time": "2026-10-01T00:00:00+05:30", "Remind_At": {"ALARM": "x"}, "Currency": "EUR", "Exchange_Rate": 1,
}  # fmt: skip
_BULK: dict[str, Any] = {
    "query": {
        "module": {"api_name": "Leads"},
        "fields": ["Last_Name", "Owner.last_name"],
        "criteria": {
            "group_operator": "and",
            "group": [
                {"field": {"api_name": "Modified_Time"}, "comparator": "between", "value": ["2026-10-01T00:00:00+00:00"] * 2},
                {"field": {"api_name": "Lead_Status"}, "comparator": "in", "value": ["Contacted"], "type": "value"},
            ],
        },
        "page": 1,
        "page_token": "x",
    },
    "callback": {"url": "https://me.example/cb", "method": "post"},
    "file_type": "csv",
}  # fmt: skip
_QUERY = (
    "select Last_Name, Owner.role.name as r, Account_Name.Owner.email from Contacts where ((Last_Name like 'a%' or id in "
    "('5000000300000001')) and Modified_Time between '2026-01-01T00:00:00+05:30' and '2027-01-01T00:00:00+05:30') "
    "order by id limit 1, 5"
)
# Good bodies by the end of the path; whatever is not here gets the first.
GOOD: dict[str, Any] = {
    "": {
        "data": [_FIELDS, {"id": LEAD} | _FIELDS],
        "trigger": ["workflow"],
        "duplicate_check_fields": ["Email"],
        "skip_feature_execution": [{"name": "cadences", "action": "insert"}],
        "apply_feature_execution": [{"name": "layout_rules"}],
    },
    "/coql": {"select_query": _QUERY, "include_meta": ["fields"]},
    "/read": _BULK,
    "/settings/fields": {
        "fields": [
            {"field_label": "Mood", "data_type": "picklist", "pick_list_values": [{"display_value": "a", "actual_value": "a"}]},
            {"field_label": "Sum", "data_type": "double", "length": 5, "decimal_place": 2, "unique": {"case_sensitive": False}},
            {"field_label": "Text", "data_type": "textarea", "textarea": {"type": "small"}, "tooltip": {"name": "info_icon", "value": "x"}},
        ]
    },
    "/actions/convert": {
        "data": [
            {
                "overwrite": False, "notify_lead_owner": False, "assign_to": {"id": "5000000000000201"},
                "Accounts": {"id": ACCOUNT}, "Contacts": {"id": "5000000300000001"},
                "Deals": {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Standard", "Closing_Date": "2026-12-01"},
                "carry_over_tags": {"Deals": ["hot"]},
            }
        ]
    },
    "/actions/merge": {"merge": [{"data": [{"id": "5000000200000002", "_fields": [{"api_name": "Phone"}]}]}]},
    "/actions/mass_update": {"data": [{"Company": "x"}], "ids": [LEAD], "cvid": "1", "over_write": False},
    "/actions/add_tags": {"tags": [{"name": "hot", "id": "1"}], "ids": [LEAD], "over_write": False},
    "/actions/remove_tags": {"tags": [{"name": "hot"}], "ids": [LEAD]},
    "/Locking_Information__s": {"data": [{"Locked_Reason__s": "x"}]},
    "/__composite_requests": {
        "__composite_requests": [
            {"sub_request_id": "1", "method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [{"Last_Name": "x"}]}},
            {"method": "GET", "uri": "/crm/v8/Leads/@{1:$.data[0].details.id}", "params": {"fields": "id"}, "headers": {"a": "b"}},
        ],
        "rollback_on_fail": True,
        "parallel_execution": False,
    },
}  # fmt: skip
# Every code of the page that a call served here may answer; INTERNAL_ERROR would be a bug.
CODES = frozenset(
    """
    ADDED_SUCCESSFULLY ALREADY_MODIFIED AMBIGUITY_DURING_PROCESSING AMBIGUOUS_CRITERIA AMBIGUOUS_GROUP_IN_CRITERIA
    AUTHENTICATION_FAILURE AUTHORIZATION_FAILED COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE CRITERIA_LIMIT_EXCEEDED
    CURRENCIES_NOT_ENABLED CVID_NOT_SUPPORTED DEPENDENT_FIELD_MISSING DEPENDENT_MISMATCH
    DISCRETE_PAGINATION_LIMIT_EXCEEDED DUPLICATE_ALIAS DUPLICATE_DATA EXPECTED_DEPENDENT_FIELD_MISSING
    EXPECTED_FIELD_MISSING EXPECTED_PARAM_MISSING EXPIRED_VALUE FEATURE_NOT_SUPPORTED
    FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE
    FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED FIELD_IN_CRITERIA_NOT_AVAILABLE FIELD_IN_CRITERIA_NOT_SUPPORTED
    FIELD_NOT_AVAILABLE GROUP_OPERATOR_NOT_SUPPORTED ID_ALREADY_CONVERTED INVALID_ALIAS INVALID_CALLBACK_METHOD
    INVALID_CALLBACK_URL INVALID_CRITERIA INVALID_DATA INVALID_MODULE INVALID_QUERY INVALID_REFERENCE
    INVALID_REQUEST_METHOD INVALID_TOKEN INVALID_URL_PATTERN LIMIT_EXCEEDED LIMIT_REACHED MANDATORY_NOT_FOUND
    MAPPING_MISMATCH MEDIA_TYPE_NOT_SUPPORTED MODULE_NOT_AVAILABLE MODULE_NOT_SUPPORTED MULTIPLE_OR_MULTI_ERRORS
    NOT_ALLOWED NOT_APPROVED NOT_FOUND NOT_SUPPORTED NO_PERMISSION NO_RECORDS_FOUND OAUTH_SCOPE_MISMATCH
    PAGE_RANGE_EXCEEDED PAGINATION_LIMIT_EXCEEDED PATTERN_NOT_MATCHED PROCESSING_STOPPED RECORD_LOCKED
    REQUEST_BODY_IS_EMPTY REQUEST_BODY_NOT_READABLE REQUEST_BODY_NOT_SUPPORTED REQUIRED_PARAM_MISSING RESOURCE_NOT_FOUND
    ROLLBACK_PERFORMED SCHEDULED SUCCESS SYNTAX_ERROR TOKEN_BOUND_DATA_MISMATCH TOO_MANY_REQUESTS
    VALUE_IN_CRITERIA_NOT_SUPPORTED VALUE_LIMIT_EXCEEDED_IN_CRITERIA VALUE_TYPE_NOT_SUPPORTED
    """.split()  # noqa: SIM905 - a list that people read
)
_ENVELOPES = (
    "data", "users", "org", "currencies", "roles", "modules", "fields", "layouts", "pipeline", "related_lists", "count",
    "merge", "__composite_requests",
)  # fmt: skip
_STATUSES = (200, 201, 202, 207, 400, 401, 403, 404, 412, 415, 429)
_OF_TOKENS = ("invalid_client", "invalid_client_secret", "invalid_code", "Access Denied")


def complaint(answer: requests.Response) -> str | None:
    """What is not the vendor's in an answer; None if all is."""
    if answer.request.method == "HEAD" or answer.status_code in (204, 304):
        return "a body" if answer.content else None
    if answer.status_code not in _STATUSES:
        return f"status {answer.status_code}"
    return None if answer.headers["Content-Type"] == "application/x-download" else _of_body(answer)


def _of_body(answer: requests.Response) -> str | None:
    body = answer.json()
    if body.keys() == {"code", "details", "message", "status"}:
        return _of_item(body) if answer.status_code >= 400 else "an error with a good status"
    if "/oauth/" in answer.url:
        return None if "access_token" in body or body.get("error") in _OF_TOKENS else "no answer of the token call"
    items = next((body[key] for key in _ENVELOPES if key in body), None)
    if items is None:
        return f"envelope {sorted(body)}"
    return next((found for found in map(_of_item, items) if found), None) if isinstance(items, list) else None


def _of_item(item: dict[str, Any]) -> str | None:
    """Items of reads have no code."""
    if "code" not in item or "status" not in item:
        return None
    good = item["code"] in CODES and isinstance(item["message"], str) and isinstance(item["details"], dict)
    return None if good and item["status"] in ("success", "error") else f"item {item}"
