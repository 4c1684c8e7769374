"""Every connector reads everything there is, once a bound is given only what is newer, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

import pytest

from connectors import registry
from models.errors import ConfigError, ObjectUnavailableError
from models.protocols import Connector
from models.records import Page, Raw, Window
from models.spec import Converter, Stream, Tenant
from tests.contract.cases import Case
from tests.contract.conftest import Connect
from tests.contract.sandbox import Sandbox

NAMES = list(dict.fromkeys(stream.name for name in registry.names() for stream in registry.spec(name).streams))


def stream(connector: Connector, name: str) -> Stream:
    found = next((item for item in connector.streams if item.name == name), None)
    return found or pytest.skip("this CRM has no such stream")


def records(pages: Iterable[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def read(connector: Connector, name: str, since: datetime | None = None) -> list[Raw]:
    until = connector.clock() + timedelta(seconds=1)
    return records(connector.read(stream(connector, name), since=since, until=until, position=None))


def value(connector: Connector, name: str, column: str, record: Raw) -> object:
    """One column of a record, as the normaliser makes it."""
    field = next(item for item in stream(connector, name).fields if item.to == column)
    return bound(field.convert, connector.tenant()).read(record[field.api_name])


def bound(convert: object, tenant: Tenant) -> Converter:
    return convert if isinstance(convert, Converter) else convert(tenant)  # type: ignore[operator]


@pytest.mark.parametrize("name", NAMES)
def test_a_full_read_brings_each_record_once_and_ends(
    connector: Connector, case: Case, sandbox: Sandbox, name: str
) -> None:
    found = stream(connector, name)
    if found.object == "TaskObj":
        sandbox.edit("fxiaoke", "switches", "update", "", task_object=True)
    counts = sandbox.control("state")["counts"][case.name]
    ids = [str(record[found.key]) for record in read(connector, name)]
    expected = {"users": counts.get("PersonnelObj") or counts.get("users"), "teams": 5}.get(name) or counts[
        found.object
    ]
    assert len(ids) == len(set(ids)) == expected


# Zoho's roles (docs/vendor/zoho.md §9A.5).
NULL_IN_EVERY_SAMPLE = {"created_time__s", "modified_time__s"}


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_read_by_its_converter(connector: Connector, sandbox: Sandbox, name: str) -> None:
    found = stream(connector, name)
    if found.object == "TaskObj":
        sandbox.edit("fxiaoke", "switches", "update", "", task_object=True)
    known = connector.fields(found.object)
    declared = [field.fit(known) for field in found.fields]
    fields = [(field.api_name, field.bound(connector.tenant())) for field in declared]
    filled = set()
    for record in read(connector, name):
        for path, converter in fields:
            raw = record.get(path)
            if raw not in (None, "", [], {}) and converter.read(raw) is not None:
                filled.add(path)
    assert filled >= {field.api_name for field in declared if not field.optional} - NULL_IN_EVERY_SAMPLE


def test_deals_are_open_won_and_lost_in_all_three_ways(connector: Connector) -> None:
    statuses = {value(connector, "deals", "stage_status", record) for record in read(connector, "deals")}
    assert {"open", "won", "lost"} <= statuses <= {"open", "won", "lost", "void"}


def test_the_tenant_names_zone_and_stages_that_the_deals_use(connector: Connector) -> None:
    tenant = connector.tenant()
    assert str(tenant.timezone) == "Asia/Shanghai"
    known = {stage.stage for stage in tenant.stages}
    assert {value(connector, "deals", "stage", record) for record in read(connector, "deals")} <= known
    assert {stage.status for stage in tenant.stages} >= {"open", "won", "lost"}


def test_a_bound_brings_what_was_changed_since_and_little_else(
    connector: Connector, case: Case, sandbox: Sandbox
) -> None:
    accounts = stream(connector, "accounts")
    chosen = str(read(connector, "accounts")[7][accounts.key])
    sandbox.control("clock", {"advance_s": 3600})
    since = connector.clock()
    sandbox.edit(case.name, case.accounts, "update", chosen, **{case.reason: "edited"})
    assert [record[accounts.key] for record in read(connector, "accounts", since)] == [chosen]


def test_the_bound_itself_is_included(connector: Connector) -> None:
    key = stream(connector, "accounts").key
    every = read(connector, "accounts")
    newest = max(every, key=lambda record: str(value(connector, "accounts", "modified_at", record)))
    since = value(connector, "accounts", "modified_at", newest)
    assert isinstance(since, datetime)
    assert newest[key] in {record[key] for record in read(connector, "accounts", since)}


def test_nothing_newer_is_nothing(connector: Connector, sandbox: Sandbox) -> None:
    sandbox.control("clock", {"advance_s": 3600})
    assert read(connector, "accounts", connector.clock()) == []


@pytest.mark.parametrize("name", ["accounts", "deals"])
def test_another_process_goes_on_after_the_last_page_and_misses_nothing(connect: Connect, name: str) -> None:
    first = connect()
    found = stream(first, name)
    whole = {record[found.key] for record in read(first, name)}
    until = first.clock() + timedelta(seconds=1)
    page = next(iter(first.read(found, since=None, until=until, position=None)))
    begun = {record[found.key] for record in page.records}
    rest = records(connect().read(found, since=None, until=until, position=page.position))
    assert begun | {record[found.key] for record in rest} == whole
    assert len(rest) < len(whole)


def test_the_clock_is_that_of_the_crm(connector: Connector, sandbox: Sandbox) -> None:
    before = connector.clock()
    sandbox.control("clock", {"advance_s": 86_400})
    assert timedelta(hours=24) <= connector.clock() - before <= timedelta(hours=24, seconds=5)


@pytest.mark.usefixtures("untouched")
def test_usage_counts_what_the_crm_counts(connector: Connector, case: Case, sandbox: Sandbox) -> None:
    read(connector, "accounts")
    state = sandbox.control("state")
    assert connector.usage.by_path == state["calls"][case.name]
    assert connector.usage.calls == sum(state["calls"][case.name].values())
    assert connector.usage.credits == state["credits"][case.name]


def test_the_fields_come_from_the_metadata(connector: Connector, case: Case) -> None:
    fields = connector.fields(case.accounts)
    assert set(fields[case.tier].options) >= {"VIP", "A", "B", "C"}
    assert fields[case.tier].decimals is None
    scores = connector.fields(case.score_object)
    assert [scores[case.score].decimals, scores[case.rank].decimals] == [2, 0]


def test_a_mapped_field_that_the_crm_lacks_is_named_before_anything_is_read(connector: Connector) -> None:
    accounts = stream(connector, "accounts")
    name = next(field for field in accounts.fields if field.to == "name")
    misspelt = replace(name, api_name=f"{name.api_name}s", to="email")
    fields = tuple(field for field in accounts.fields if field.to != "email")
    broken = replace(accounts, fields=(*fields, misspelt))
    pages = connector.read(broken, since=None, until=connector.clock(), position=None)
    with pytest.raises(
        ConfigError, match=rf"crm/accounts: .* has no field '{name.api_name}s'.*did you mean {name.api_name}"
    ):
        next(iter(pages))


def test_an_object_that_the_crm_lacks_is_not_available(connector: Connector) -> None:
    with pytest.raises(ObjectUnavailableError, match="crm/Nothing__c: .*the CRM has no such object; check its name"):
        connector.fields("Nothing__c")


def test_a_scan_brings_every_record_of_a_custom_object_decoded(connector: Connector, case: Case) -> None:
    found = dict(connector.scan(case.score_object, [case.score, case.rank]))
    assert len(found) == 20
    assert all(set(values) == {case.score, case.rank} for values in found.values())


def test_ids_that_are_swept_rise_as_text_and_start_after_the_last(connector: Connector) -> None:
    accounts = stream(connector, "accounts")
    if accounts.deletes != "sweep":
        pytest.skip("this CRM lists what was deleted")
    swept = [record_id for page in connector.ids(accounts, after=None) for record_id in page]
    assert all(earlier < later for earlier, later in pairwise(swept))
    assert set(swept) == {record[accounts.key] for record in read(connector, "accounts")}
    assert [record_id for page in connector.ids(accounts, after=swept[59]) for record_id in page] == swept[60:]


@pytest.mark.parametrize("by", ["created", "modified"])
@pytest.mark.parametrize("name", ["accounts", "contacts", "leads", "deals"])
def test_a_window_brings_what_is_in_it_as_a_full_read_shows_it(
    connector: Connector, name: str, by: Literal["created", "modified"]
) -> None:
    everything = read(connector, name)
    moment = {
        record["id" if "id" in record else "_id"]: value(connector, name, f"{by}_at", record) for record in everything
    }
    times = sorted(moment.values())  # type: ignore[type-var]
    window = Window(by, times[len(times) // 3], times[2 * len(times) // 3])  # type: ignore[arg-type]
    found = list(connector.window(stream(connector, name), window, position=None))
    inside = [r for r in everything if window.start <= moment[r["id" if "id" in r else "_id"]] < window.end]  # type: ignore[operator]
    assert by_id(records(found)) == by_id(inside)
    assert len(records(found)) == len(inside) > 50
    rest = records(connector.window(stream(connector, name), window, position=found[len(found) // 2].position))
    assert by_id(rest).items() <= by_id(inside).items()
    assert by_id(records(found[: len(found) // 2 + 1])) | by_id(rest) == by_id(inside)


def by_id(found: Iterable[Raw]) -> dict[str, Raw]:
    return {record["id" if "id" in record else "_id"]: record for record in found}


def test_a_window_of_one_field_shows_it_as_a_full_read_does(connector: Connector) -> None:
    leads = stream(connector, "leads")
    everything = by_id(read(connector, "leads"))
    mapped = {field.api_name for field in leads.fields}
    held = {name for record in everything.values() for name, found in record.items() if found}
    names = sorted(held & connector.fields(leads.object).keys() - mapped - {"_id"})
    window = Window("created", datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    assert len(names) > 8
    for name in names[:16]:
        found = by_id(records(connector.window(leads, window, position=None, field=name)))
        assert {key: record.get(name) for key, record in found.items()} == {
            key: record.get(name) for key, record in everything.items()
        }
        assert all(value(connector, "leads", "modified_at", record) for record in found.values())
