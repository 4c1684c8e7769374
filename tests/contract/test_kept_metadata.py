"""What a CRM says of itself is asked once where its answers are kept, and anew before anything is refused for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from models.errors import ConfigError
from models.protocols import Connector
from tests.contract.cases import Case
from tests.contract.conftest import Connect
from tests.contract.sandbox import Sandbox

METADATA = {
    "zoho": ("/crm/v8/settings/fields", "/crm/v8/settings/layouts", "/crm/v8/settings/pipeline", "/crm/v8/org"),
    "fxiaoke": ("/cgi/crm/v2/object/describe",),
}


@dataclass
class Shelf:
    """Answers of a former run, by request; what is put there now is of this run."""

    former: dict[str, bytes] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)
    is_used: bool = False

    def get(self, key: str, whose: str) -> bytes | None:
        key = f"{key} {whose}"
        if key in self.former and key not in self.new:
            self.is_used = True
        return self.new.get(key, self.former.get(key))

    def put(self, key: str, answer: bytes, whose: str) -> None:
        self.new[f"{key} {whose}"] = answer

    def renew(self) -> bool:
        was_used, self.is_used, self.former = self.is_used, False, {}
        return was_used

    def later(self) -> Shelf:
        return Shelf(self.former | self.new)


def asked(sandbox: Sandbox, case: Case) -> int:
    calls: Mapping[str, int] = sandbox.control("state")["calls"][case.name]
    return sum(number for call, number in calls.items() if call.split()[1] in METADATA[case.name])


def test_a_second_connector_asks_nothing_and_knows_the_same(connect: Connect, case: Case, sandbox: Sandbox) -> None:
    first, shelf = connect(), Shelf()
    first.remember(shelf)
    before = asked(sandbox, case)
    told = first.tenant(), first.fields(case.accounts), first.fields(case.score_object)
    calls = asked(sandbox, case)
    assert calls > before

    second = connect()
    second.remember(shelf.later())

    assert (second.tenant(), second.fields(case.accounts), second.fields(case.score_object)) == told
    assert asked(sandbox, case) == calls
    assert (second.usage.calls, second.usage.credits) == (0, 0)


def test_without_a_place_to_keep_them_every_connector_asks(connect: Connect, case: Case, sandbox: Sandbox) -> None:
    connect().fields(case.accounts)
    calls = asked(sandbox, case)
    connect().fields(case.accounts)
    assert asked(sandbox, case) == calls + 1


def test_the_clock_is_never_a_kept_one(connect: Connect, sandbox: Sandbox) -> None:
    shelf = Shelf()
    connector = connect()
    connector.remember(shelf)
    connector.tenant()
    before = connector.clock()
    sandbox.control("clock", {"advance_s": 3600})
    later = connect()
    later.remember(shelf.later())
    assert (later.clock() - before).total_seconds() >= 3600


def test_a_field_that_kept_metadata_lack_is_asked_for_once_before_it_is_refused(
    connect: Connect, case: Case, sandbox: Sandbox
) -> None:
    path = METADATA[case.name][0]
    sandbox.fault({"path": path}, {"alter": {"which": {"api_name": case.tier}, "drop": True}})
    first, shelf = connect(), Shelf()
    first.remember(shelf)
    assert case.tier not in first.fields(case.accounts)
    sandbox.control("faults", [])

    second = connect()
    second.remember(shelf.later())
    stream = next(item for item in second.streams if item.name == "accounts")
    field = next(item for item in stream.fields if item.to == "name")
    mapped = replace(stream, fields=(replace(field, api_name=case.tier),))
    until = second.clock()
    next(iter(second.read(mapped, since=None, until=until, position=None)))

    wrong, calls = replace(stream, fields=(replace(field, api_name="Nothing_At_All"),)), asked(sandbox, case)
    with pytest.raises(ConfigError, match="no field 'Nothing_At_All'"):
        next(iter(second.read(wrong, since=None, until=until, position=None)))
    assert asked(sandbox, case) == calls


def test_what_is_kept_holds_no_secret(connect: Connect, case: Case) -> None:
    shelf = Shelf()
    connector = connect()
    connector.remember(shelf)
    connector.tenant()
    connector.fields(case.accounts)
    kept = repr(shelf.new)
    assert shelf.new
    for secret in ("sandbox-secret", "sandbox-refresh", "sandbox-code", "Zoho-oauthtoken", "Bearer", "corpAccessToken"):
        assert secret not in kept


def test_another_user_s_answers_are_not_used(connect: Connect, case: Case, sandbox: Sandbox) -> None:
    other = {"zoho": {"client_id": "another"}, "fxiaoke": {"user_id": "1001"}}
    first, shelf = connect(), Shelf()
    first.remember(shelf)
    first.fields(case.accounts)
    changed = connect(**other[case.name])
    changed.remember(again := shelf.later())
    with (
        pytest.raises(ConfigError) if case.name == "zoho" else _nothing()
    ):  # Zoho's accounts server knows no such client
        changed.fields(case.accounts)
    assert not again.is_used


class _nothing:  # noqa: N801 - reads as a word in a with statement
    def __enter__(self) -> None: ...

    def __exit__(self, *_error: object) -> None: ...


def test_where_no_kept_stage_closes_a_deal_the_stages_are_asked_for_anew(
    connect: Connect, case: Case, sandbox: Sandbox
) -> None:
    if case.name != "zoho":
        pytest.skip("Fxiaoke's describe call refuses nothing for its stages")
    shelf = Shelf()
    keeper: Connector = connect()
    keeper.remember(shelf)
    keeper.tenant()
    blind = shelf.later()
    for key in blind.former:
        if "layouts" in key or "pipeline" in key:
            blind.former[key] = b"null"
    connector = connect()
    connector.remember(blind)
    assert {stage.status for stage in connector.tenant().stages} == {"open", "won", "lost"}
