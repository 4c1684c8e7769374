"""What is particular to Fxiaoke, against scripted answers in the forms of docs/vendor/fxiaoke.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses
from pydantic import SecretStr, ValidationError

from connectors.fxiaoke import connect
from connectors.fxiaoke.api import ERRORS, TOKEN_ERRORS
from connectors.fxiaoke.settings import FxiaokeSettings
from connectors.fxiaoke.streams import STREAMS, is_deleted, sales_status
from models.errors import AuthError, ConfigError, FatalSyncError, OutcomeUnknownError, RateLimitedError
from models.protocols import Connector
from models.records import Change
from models.spec import Converter
from tests.unit.connectors.fakes import FakeTime

HOST = "https://open.fxiaoke.com"
QUERY, UPDATE = f"{HOST}/cgi/crm/v2/data/query", f"{HOST}/cgi/crm/v2/data/update"
DEALS = next(stream for stream in STREAMS if stream.name == "deals")
LEADS = next(stream for stream in STREAMS if stream.name == "leads")
UNTIL = datetime(2026, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)

FIELDS = {
    "name": {"type": "text", "label": "名称", "max_length": 200},
    "score__c": {"type": "number", "label": "评分", "decimal_places": 2},
    "tier__c": {"type": "select_one", "label": "级别", "options": [{"label": "A", "value": "aB3dE5fG7"}]},
    "salesperson__c": {"type": "employee", "label": "销售"},
    "day__c": {"type": "date", "label": "日期"},
    "old__c": {"type": "text", "label": "旧", "is_active": False},
    "sum__c": {"type": "formula", "label": "合计"},
}


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{HOST}/oauth2.0/token", json=ok(accessToken="a", expiresIn=7084, ea="demo"))
        described = ok(data={"describe": {"fields": FIELDS}})
        mock.post(f"{HOST}/cgi/crm/v2/object/describe", json=described)
        yield mock


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make(tmp_path: Path, http: responses.RequestsMock, time: FakeTime) -> Iterator[Callable[..., Connector]]:
    made = []

    def connector(**more: Any) -> Connector:
        settings = FxiaokeSettings(app_id="FSAID_1", app_secret=SecretStr("s"), permanent_code=SecretStr("p"), **more)
        made.append(connect("crm", settings, tmp_path, time.timing))
        return made[-1]

    yield connector
    for item in made:
        item.close()


@pytest.fixture
def fxiaoke(make: Callable[..., Connector]) -> Connector:
    return make()


def ok(**more: Any) -> dict[str, Any]:
    return {"errorCode": 0, "errorMessage": "OK", "traceId": "E-O.1", **more}


def refused(code: int, message: str = "") -> dict[str, Any]:
    return {"errorCode": code, "errorMessage": message, "traceId": "E-O.2"}


def rows(*ids: str) -> dict[str, Any]:
    return ok(data={"total": 0, "dataList": [{"_id": item} for item in ids]})


def bodies(http: responses.RequestsMock, url: str) -> list[Any]:
    return [json.loads(call.request.body or "") for call in http.calls if str(call.request.url).startswith(url)]


def full(start: int) -> list[str]:
    return [f"{number:024x}" for number in range(start, start + 100)]


def swept(connector: Connector, after: str | None = None) -> list[list[str]]:
    return [list(page) for page in connector.ids(DEALS, after=after)]


def test_pages_follow_the_last_id_until_one_is_short(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    for answer in (rows(*full(1)), rows(*full(101)), rows()):
        http.post(QUERY, json=answer)
    assert swept(fxiaoke) == [full(1), full(101)]
    searches = [body["data"]["search_query_info"] for body in bodies(http, QUERY)]
    keys = [None, full(1)[-1], full(101)[-1]]
    assert [search["filters"] for search in searches] == [
        [{"field_name": "_id", "operator": "GT", "field_values": [key]}] if key else [] for key in keys
    ]
    assert {(search["limit"], search["offset"]) for search in searches} == {(100, 0)}
    assert searches[0]["orders"] == [{"fieldName": "_id", "isAsc": True}]
    assert searches[0]["fieldProjection"] == ["_id", "life_status", "is_deleted"]


def test_ids_of_invalid_records_are_not_among_those_that_exist(
    fxiaoke: Connector, http: responses.RequestsMock
) -> None:
    invalid = [{"_id": item, "life_status": "invalid"} for item in full(1)]
    mixed = [{"_id": "f1", "life_status": "normal"}, {"_id": "f2", "is_deleted": True}, {"_id": "f3"}]
    http.post(QUERY, json=ok(data={"dataList": invalid}))
    http.post(QUERY, json=ok(data={"dataList": mixed}))
    assert swept(fxiaoke) == [["f1", "f3"]]


def test_a_window_is_given_in_milliseconds_with_both_ends(make: Callable[..., Connector], http: Any) -> None:
    http.replace(
        responses.POST,
        f"{HOST}/cgi/crm/v2/object/describe",
        json=ok(data={"describe": {"fields": {item.api_name: {"type": "text"} for item in LEADS.fields}}}),
    )
    http.post(QUERY, json=rows("a", "b"))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    (page,) = make().read(LEADS, since=since, until=UNTIL, position={"after": "7"})
    assert page.position == {"after": "b"}
    data = bodies(http, QUERY)[0]["data"]
    assert data["dataObjectApiName"] == "LeadsObj"
    assert data["find_explicit_total_num"] is False
    assert data["search_query_info"]["filters"] == [
        {"field_name": "last_modified_time", "operator": "GTE", "field_values": [1767225600000]},
        {"field_name": "last_modified_time", "operator": "LTE", "field_values": [1767225601999]},
        {"field_name": "_id", "operator": "GT", "field_values": ["7"]},
    ]
    assert "fieldProjection" not in data["search_query_info"]


@pytest.mark.parametrize(
    "data", [None, {}, {"dataList": None}, {"dataList": {}}, {"dataList": ""}, {"dataList": "x"}, []]
)
def test_an_answer_without_a_list_is_not_taken_for_an_empty_one(
    fxiaoke: Connector, http: responses.RequestsMock, data: Any
) -> None:
    http.post(QUERY, json=ok(data=data))
    with pytest.raises(FatalSyncError, match="crm/deals: .* without data.dataList"):
        swept(fxiaoke)


def test_a_person_without_a_department_has_no_team() -> None:
    users = next(stream for stream in STREAMS if stream.name == "users")
    team = next(item.convert for item in users.fields if item.to == "team_id")
    assert isinstance(team, Converter)
    assert [team.read(value) for value in (1001, 0, "0")] == ["1001", None, None]


def test_an_order_that_is_not_kept_stops_the_stream(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    http.post(QUERY, json=rows(*full(1)))
    with pytest.raises(FatalSyncError, match="crm/deals: the CRM lists"):
        swept(fxiaoke)


def test_new_style_calls_carry_token_tenant_user_and_a_trace(fxiaoke: Connector, http: Any) -> None:
    http.post(QUERY, json=rows())
    swept(fxiaoke)
    login, call = (item.request for item in http.calls)
    assert json.loads(login.body) == {
        "appId": "FSAID_1", "appSecret": "s", "permanentCode": "p", "grantType": "app_secret"
    }  # fmt: skip
    assert (call.headers["Authorization"], call.headers["x-fs-ea"], call.headers["x-fs-userid"]) == (
        "Bearer a", "demo", "1000"
    )  # fmt: skip
    assert len({item.request.params["thirdTraceId"] for item in http.calls}) == 2


def test_legacy_calls_carry_it_all_in_the_body(make: Callable[..., Connector], http: responses.RequestsMock) -> None:
    token = ok(corpAccessToken="b", corpId="FSCID_1", expiresIn=7200)
    http.post(f"{HOST}/cgi/corpAccessToken/get/V2", json=token)
    http.post(QUERY, json=rows())
    connector = make(style="legacy", user_id="FSUID_1")
    swept(connector)
    body = bodies(http, QUERY)[0]
    keys = {"corpAccessToken": "b", "corpId": "FSCID_1", "currentOpenUserId": "FSUID_1"}
    assert keys.items() <= body.items()
    assert body["data"]["dataObjectApiName"] == "NewOpportunityObj"
    connector.fields("AccountObj")
    described = bodies(http, f"{HOST}/cgi/crm/v2/object/describe")[0]
    assert (described["apiName"], described["corpId"]) == ("AccountObj", "FSCID_1")


@pytest.mark.parametrize("code", [20016, 20005, 11014, 10013, 20017])
def test_an_old_token_is_renewed_once(fxiaoke: Connector, http: responses.RequestsMock, code: int) -> None:
    http.post(QUERY, json=refused(code))
    http.post(QUERY, json=rows("a"))
    assert swept(fxiaoke) == [["a"]]
    assert len(bodies(http, f"{HOST}/oauth2.0/token")) == 2


def test_a_token_that_stays_refused_stops_the_run(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    http.post(QUERY, json=refused(20016, "cropId / cropAccessToken or authorization is error"))
    with pytest.raises(AuthError, match="20016"):
        swept(fxiaoke)
    assert len(bodies(http, QUERY)) == 2


@pytest.mark.parametrize("code", [14001, 30004])
def test_too_many_calls_pause_for_a_window(
    fxiaoke: Connector, http: responses.RequestsMock, time: FakeTime, code: int
) -> None:
    http.post(QUERY, json=refused(code))
    http.post(QUERY, json=rows("a"))
    assert swept(fxiaoke) == [["a"]]
    assert time.slept == [20]


def test_our_own_limit_is_kept_before_the_crm_refuses(
    make: Callable[..., Connector], http: responses.RequestsMock, time: FakeTime
) -> None:
    for start in (1, 101, 201, 301):
        http.post(QUERY, json=rows(*full(start)))
    http.post(QUERY, json=rows())
    swept(make(calls_per_20_s=2))
    assert time.slept == pytest.approx([21, 21])


@pytest.mark.parametrize(
    ("code", "error", "words", "calls"),
    [
        (30002, RateLimitedError, "until midnight in China", 1),
        (30003, ConfigError, "no Open API quota", 1),
        (20021, ConfigError, "enable the app", 1),
        (20012, ConfigError, "connections.crm.user_id", 1),
        (99999, FatalSyncError, r"99999 .*\(trace E-O.2\)", 2),
    ],
)
def test_what_will_not_pass_is_not_repeated(
    fxiaoke: Connector, http: responses.RequestsMock, *, code: int, error: type[Exception], words: str, calls: int
) -> None:
    http.post(QUERY, json=refused(code, "说明"))
    with pytest.raises(error, match=words):
        swept(fxiaoke)
    assert len(bodies(http, QUERY)) == calls


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (10006, "CRMSYNC_CRM_APP_SECRET"),
        (20006, "CRMSYNC_CRM_APP_SECRET and connections.crm.app_id"),
        (20015, "CRMSYNC_CRM_PERMANENT_CODE"),
        (20022, "enable the app"),
        (12345, "check the app's credentials"),
    ],
)
def test_a_refused_login_names_what_to_check(
    fxiaoke: Connector, http: responses.RequestsMock, code: int, remedy: str
) -> None:
    http.replace(responses.POST, f"{HOST}/oauth2.0/token", json=refused(code))
    with pytest.raises(ConfigError, match=remedy):
        swept(fxiaoke)
    assert len(http.calls) == 1


def test_custom_objects_have_paths_of_their_own(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    http.post(f"{HOST}/cgi/crm/custom/v2/data/query", json=rows("a"))
    http.post(f"{HOST}/cgi/crm/custom/v2/data/update", json=ok())
    assert dict(fxiaoke.scan("performance__c", ["name"])) == {"a": {"name": None}}
    assert fxiaoke.write("performance__c", [Change("a", {"score__c": Decimal("87.50")})])[0].outcome == "applied"


def test_a_write_sends_texts_and_switches_automation_off(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    http.post(UPDATE, json=ok())
    values = {"score__c": Decimal("87.50"), "tier__c": "A", "salesperson__c": "1001", "day__c": date(2026, 4, 1)}
    cleared = dict.fromkeys(values)
    fxiaoke.write("AccountObj", [Change("a", values)])
    fxiaoke.write("AccountObj", [Change("a", cleared)])
    first, second = bodies(http, UPDATE)
    assert (first["triggerWorkFlow"], first["triggerApprovalFlow"]) == (False, False)
    identity = {"_id": "a", "dataObjectApiName": "AccountObj"}
    # 2026-04-01 00:00 in Shanghai.
    sent = {"score__c": "87.50", "tier__c": "aB3dE5fG7", "salesperson__c": ["1001"], "day__c": 1774972800000}
    assert first["data"]["object_data"] == {**identity, **sent}
    empty: dict[str, Any] = {"score__c": None, "tier__c": "", "salesperson__c": [], "day__c": None}
    assert second["data"]["object_data"] == {**identity, **empty}


@pytest.mark.parametrize("code", [50009, -1, -2, 500])
def test_a_write_that_may_have_happened_is_not_sent_again(
    fxiaoke: Connector, http: responses.RequestsMock, code: int
) -> None:
    http.post(UPDATE, json=refused(code, "服务超时"))
    with pytest.raises(OutcomeUnknownError, match=str(code)):
        fxiaoke.write("AccountObj", [Change("a", {"tier__c": "A"})])
    assert len(bodies(http, UPDATE)) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (50009, "不能进行[编辑]操作，以下这些数据已被锁定。"),
        (50009, "不能进行[编辑]操作，数据正在审批中。"),
        (50009, "不能进行[编辑]操作，请先领取该数据。"),
        (50009, "请先领取"),
        (50009, "The data is Locked."),
        (500, "The data does not exist or has been deleted"),
        (500, "无此操作的数据权限"),
        (201112011, "查找关联数据不存在"),
        (99999, "anything"),
    ],
)
def test_a_refusal_in_words_rejects_the_record(
    fxiaoke: Connector, http: responses.RequestsMock, code: int, message: str
) -> None:
    http.post(UPDATE, json=refused(code, message))
    (result,) = fxiaoke.write("AccountObj", [Change("a", {"tier__c": "A"})])
    assert (result.id, result.outcome) == ("a", "rejected")
    assert message in result.message
    assert str(code) in result.message


@pytest.mark.parametrize("message", ["审批服务超时", "approval service timeout", "锁定服务异常", "服务超时"])
def test_a_timeout_is_no_refusal_whatever_it_speaks_of(
    fxiaoke: Connector, http: responses.RequestsMock, message: str
) -> None:
    http.post(UPDATE, json=refused(50009, message))
    with pytest.raises(OutcomeUnknownError, match="50009"):
        fxiaoke.write("AccountObj", [Change("a", {"tier__c": "A"})])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "without errorCode"),
        ({"errorMessage": "OK"}, "without errorCode"),
        ([], "without errorCode"),
        (None, "something else than JSON"),
    ],
)
def test_an_answer_to_a_write_that_has_no_code_leaves_the_outcome_open(
    fxiaoke: Connector, http: responses.RequestsMock, body: Any, words: str
) -> None:
    http.post(UPDATE, json=body)
    with pytest.raises(OutcomeUnknownError, match=words):
        fxiaoke.write("AccountObj", [Change("a", {"tier__c": "A"})])
    assert len(bodies(http, UPDATE)) == 1


def test_invalid_records_are_shown_by_some_tenants_and_left_out_of_live_values(
    fxiaoke: Connector, http: responses.RequestsMock
) -> None:
    records: list[dict[str, Any]] = [
        {"_id": "a", "life_status": "normal", "is_deleted": False, "score__c": "1.50", "salesperson__c": ["1001"]},
        {"_id": "b", "life_status": "invalid"},
        {"_id": "c", "is_deleted": True},
    ]
    assert [is_deleted(record) for record in records] == [False, True, True]
    http.post(QUERY, json=ok(data={"dataList": records}))
    live = fxiaoke.get("AccountObj", ["a", "b", "c"], ["score__c", "salesperson__c", "tier__c"])
    assert live == {"a": {"score__c": Decimal("1.50"), "salesperson__c": "1001", "tier__c": None}}
    search = bodies(http, QUERY)[0]["data"]["search_query_info"]
    assert search["filters"] == [{"field_name": "_id", "operator": "IN", "field_values": ["a", "b", "c"]}]


def test_the_fields_are_those_in_use_with_their_options(fxiaoke: Connector) -> None:
    fields = fxiaoke.fields("AccountObj")
    assert set(fields) == set(FIELDS) - {"old__c"}
    assert (fields["tier__c"].options, fields["tier__c"].codes) == (("A",), {"A": "aB3dE5fG7"})
    assert (fields["score__c"].decimals, fields["name"].decimals, fields["name"].length) == (2, None, 200)
    assert [name for name, info in fields.items() if info.read_only] == ["sum__c"]


def test_the_tenant_has_the_vendors_zone_and_no_currency(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    options = [
        {"value": code, "label": label} for code, label in (("2", "需求确定"), ("5", "赢单"), ("aB3dE5fG7", "试用"))
    ]
    describe = ok(data={"describe": {"fields": {"sales_stage": {"type": "select_one", "options": options}}}})
    http.replace(responses.POST, f"{HOST}/cgi/crm/v2/object/describe", json=describe)
    tenant = fxiaoke.tenant()
    assert tenant.currency is None
    assert [(stage.stage, stage.status, stage.position) for stage in tenant.stages] == [
        ("2", "open", 1), ("5", "won", 2), ("aB3dE5fG7", "open", 3)
    ]  # fmt: skip


def described(http: responses.RequestsMock, **options: list[tuple[str, str]]) -> None:
    """The tenant's deals have these options."""
    fields = {
        name: {"type": "select_one", "options": [{"value": code, "label": label} for code, label in listed]}
        for name, listed in options.items()
    }
    describe = ok(data={"describe": {"fields": fields}})
    http.replace(responses.POST, f"{HOST}/cgi/crm/v2/object/describe", json=describe)


def test_what_a_deals_status_means_goes_by_its_label(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    described(http, sales_status=[("1", "进行中"), ("3", "赢单"), ("aB3dE5fG7", "输单"), ("9", "无效"), ("4", "Dead")])
    convert = sales_status(fxiaoke.tenant())
    assert [convert.read(code) for code in ("1", "3", "aB3dE5fG7", "9")] == ["open", "won", "lost", "void"]
    assert [convert.read("2"), convert.read("4")] == ["won", "void"]  # unknown labels: as the codes mean by default
    with pytest.raises(ValueError, match="'8' is none of"):
        convert.read("8")


def test_what_a_stage_means_goes_by_its_label_too(fxiaoke: Connector, http: responses.RequestsMock) -> None:
    described(http, sales_stage=[("xY1zA2bC3", "赢单"), ("5", "合同"), ("6", "输单"), ("7", "进行中"), ("8", "试用")])
    statuses = [stage.status for stage in fxiaoke.tenant().stages]
    assert statuses == ["won", "won", "lost", "open", "open"]


@pytest.mark.parametrize(
    ("host", "cause"), [("www.fxiaoke.com", "not an API host"), ("https://open.fxiaoke.com", "is not a host name")]
)
def test_a_host_that_cannot_be_one_is_refused(host: str, cause: str) -> None:
    with pytest.raises(ValidationError, match=cause):
        FxiaokeSettings.model_validate({"host": host, "app_id": "a", "app_secret": "s", "permanent_code": "p"})


def test_every_remedy_can_be_filled_in() -> None:
    rules = [*ERRORS.values(), *TOKEN_ERRORS.values()]
    assert all(rule.remedy.format(connection="crm", secrets="CRMSYNC_CRM") is not None for rule in rules)
