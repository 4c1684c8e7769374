"""Every connector tells what is gone, by the way that its streams declare."""

from __future__ import annotations

from models.protocols import Connector
from tests.contract.cases import Case
from tests.contract.sandbox import Sandbox
from tests.contract.test_reading import read, stream


def test_a_deleted_record_is_listed_or_missing_and_cannot_be_got(
    connector: Connector, case: Case, sandbox: Sandbox
) -> None:
    deals = stream(connector, "deals")
    gone, kept = (str(record[deals.key]) for record in read(connector, "deals")[3:5])
    sandbox.control("clock", {"advance_s": 60})
    since = connector.clock()
    sandbox.edit(case.name, deals.object, "delete", gone)
    if deals.deletes == "feed":
        listed = [item for page in connector.deleted(deals, since=since) for item in page]
        assert [item.source_id for item in listed] == [gone]
        assert listed[0].deleted_at is not None
        assert listed[0].deleted_at >= since
    else:
        swept = {record_id for page in connector.ids(deals, after=None) for record_id in page}
        assert gone not in swept
        assert kept in swept
    assert set(connector.get(deals.object, [gone, kept], [deals.key])) == {kept}


def test_nothing_deleted_is_nothing(connector: Connector) -> None:
    deals = stream(connector, "deals")
    if deals.deletes == "feed":
        assert list(connector.deleted(deals, since=connector.clock())) == []
    assert connector.get(deals.object, ["5000000000000000009"], [deals.key]) == {}


def test_a_converted_lead_is_not_a_deleted_one(connector: Connector) -> None:
    leads = stream(connector, "leads")
    field = next(item for item in leads.fields if item.to == "converted_at")
    converted = [str(record[leads.key]) for record in read(connector, "leads") if record.get(field.api_name)][:5]
    assert len(converted) == 5
    assert set(connector.get(leads.object, converted, [leads.key])) == set(converted)
