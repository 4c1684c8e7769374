"""Every connector writes what it is given, no more, quietly, and says what became of each record."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.errors import ConfigError, OutcomeUnknownError, RateLimitedError
from models.protocols import Connector
from models.records import Change
from tests.contract.cases import Case
from tests.contract.sandbox import Sandbox
from tests.contract.test_reading import read, stream


@pytest.fixture
def account_ids(connector: Connector) -> list[str]:
    accounts = stream(connector, "accounts")
    return [str(record[accounts.key]) for record in read(connector, "accounts")[:3]]


def test_what_is_written_can_be_got_back_and_cleared(connector: Connector, case: Case, account_ids: list[str]) -> None:
    fields, chosen = [case.tier, case.reason], account_ids[0]
    for values in (
        {case.tier: "A", case.reason: "赢单 ¥1.20M"},
        {case.tier: "B"},
        {case.tier: None, case.reason: None},
    ):
        before = connector.get(case.accounts, [chosen], fields)[chosen]
        (result,) = connector.write(case.accounts, [Change(chosen, values)])
        assert (result.id, result.outcome) == (chosen, "applied")
        assert connector.get(case.accounts, [chosen], fields)[chosen] == {**before, **values}


def test_numbers_keep_their_decimals(connector: Connector, case: Case) -> None:
    chosen = next(iter(connector.scan(case.score_object, [case.score])))[0]
    for score, rank in ((Decimal("87.50"), 3), (Decimal("0.05"), 20), (Decimal(100), 1)):
        (result,) = connector.write(case.score_object, [Change(chosen, {case.score: score, case.rank: Decimal(rank)})])
        assert result.outcome == "applied"
        live = connector.get(case.score_object, [chosen], [case.score, case.rank])[chosen]
        assert live == {case.score: score, case.rank: Decimal(rank)}


def test_a_write_touches_only_its_fields_and_starts_no_automation(
    connector: Connector, case: Case, sandbox: Sandbox, account_ids: list[str]
) -> None:
    for record_id in account_ids:
        connector.write(case.accounts, [Change(record_id, {case.tier: "VIP"})])
    writes = sandbox.control("writes")["writes"]
    assert [write["automation"] for write in writes] == [False] * 3
    assert {(item["id"], item["field"]) for write in writes for item in write["records"]} == {
        (record_id, case.tier) for record_id in account_ids
    }


def test_a_refused_record_does_not_harm_its_neighbours(
    connector: Connector, case: Case, sandbox: Sandbox, account_ids: list[str]
) -> None:
    locked = account_ids[1]
    sandbox.edit(case.name, case.accounts, "lock", locked)
    changes = [Change(record_id, {case.tier: "C"}) for record_id in account_ids]
    size = connector.write_batch
    batches = [changes[start : start + size] for start in range(0, len(changes), size)]
    results = [result for batch in batches for result in connector.write(case.accounts, batch)]
    assert [(result.id, result.outcome) for result in results] == [
        (account_ids[0], "applied"),
        (locked, "rejected"),
        (account_ids[2], "applied"),
    ]
    assert "lock" in results[1].message.lower() or "锁定" in results[1].message


def test_a_record_that_is_not_there_is_rejected_with_the_reason(connector: Connector, case: Case) -> None:
    (result,) = connector.write(case.accounts, [Change("5000000000000000009", {case.tier: "A"})])
    assert result.outcome == "rejected"
    assert result.message


def test_a_field_that_is_not_there_is_named(connector: Connector, case: Case, account_ids: list[str]) -> None:
    with pytest.raises(ConfigError, match=f"has no field '{case.tier}s'.*did you mean"):
        connector.write(case.accounts, [Change(account_ids[0], {f"{case.tier}s": "A"})])


@pytest.mark.parametrize(("moment", "written"), [("before", False), ("after", True)])
def test_a_write_whose_answer_is_lost_is_sent_once_and_read_back(
    connector: Connector, case: Case, sandbox: Sandbox, account_ids: list[str], *, moment: str, written: bool
) -> None:
    sandbox.fault({"method": case.write_method, "path": case.write_path, "times": 1}, {"disconnect": moment})
    with pytest.raises(OutcomeUnknownError, match="crm/"):
        connector.write(case.accounts, [Change(account_ids[0], {case.reason: "once"})])
    assert len(sandbox.control("writes")["writes"]) == int(written)
    live = connector.get(case.accounts, account_ids[:1], [case.reason])[account_ids[0]]
    assert (live[case.reason] == "once") is written


def test_a_write_refused_for_its_rate_had_no_effect_and_goes_through_once_ready(
    connector: Connector, case: Case, sandbox: Sandbox, account_ids: list[str]
) -> None:
    sandbox.fault({"method": case.write_method, "path": case.write_path, "times": 1}, {"error_code": case.too_often})
    change = Change(account_ids[0], {case.tier: "A"})
    before = connector.get(case.accounts, [account_ids[0]], [case.tier])
    with pytest.raises(RateLimitedError) as caught:
        connector.write(case.accounts, [change])
    assert caught.value.retry_after_s
    assert connector.get(case.accounts, [account_ids[0]], [case.tier]) == before
    connector.ready(case.accounts)
    assert connector.usage.waited_s > 0
    (result,) = connector.write(case.accounts, [change])
    assert result.outcome == "applied"
