"""Kept answers are given out for a day, and until somebody asks for new ones."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.warehouse.engine import Warehouse
from models.warehouse.kept import ops_metadata
from pipeline.sync.metadata import KeptAnswers
from tests.unit.sync.fake import START


def answers(warehouse: Warehouse, source: str = "crm", **later: float) -> KeptAnswers:
    return KeptAnswers(warehouse, source, now=START + timedelta(**later), run_id="run")


def test_an_answer_is_kept_for_a_day_as_it_came(warehouse: Warehouse) -> None:
    text = '{"b":1,"a":"客户 \\\\u0000","n":1e23}'.encode()
    first = answers(warehouse)
    first.put("GET /fields", text)
    assert first.get("GET /fields") == text
    assert answers(warehouse).get("GET /fields") is None  # not saved yet
    first.save()

    assert answers(warehouse, hours=23).get("GET /fields") == text
    assert answers(warehouse, hours=24).get("GET /fields") is None
    assert answers(warehouse, seconds=-1).get("GET /fields") is None
    assert answers(warehouse, "other").get("GET /fields") is None


def test_a_newer_answer_takes_the_place_of_the_former(warehouse: Warehouse) -> None:
    for hours, text in ((0, b"1"), (5, b"2")):
        found = answers(warehouse, hours=hours)
        found.put("key", text)
        found.save()
    assert answers(warehouse, hours=28).get("key") == b"2"


def test_other_credentials_are_told_anew_unless_no_crm_may_be_asked(warehouse: Warehouse) -> None:
    first = answers(warehouse)
    first.put("GET /fields", b"1", "former")
    first.save()

    second = answers(warehouse, hours=1)
    assert second.get("GET /fields", "former") == b"1"
    assert second.get("GET /fields", "later") is None
    silent = KeptAnswers(warehouse, "crm", now=START + timedelta(days=9), run_id="run", max_age=None)
    assert silent.get("GET /fields", "later") == b"1"

    second.put("GET /fields", b"2", "later")
    second.save()
    with warehouse.read() as connection:
        rows = connection.execute(select(ops_metadata.c.answer, ops_metadata.c.whose)).all()
    assert [tuple(row) for row in rows] == [("2", "later")]


def test_after_renewing_only_answers_of_this_run_are_given_out(warehouse: Warehouse) -> None:
    first = answers(warehouse)
    for key in ("one", "two"):
        first.put(key, b"1")
    first.save()

    second = answers(warehouse, hours=1)
    assert not second.renew()  # none was given out
    second = answers(warehouse, hours=1)
    assert second.get("one") == b"1"
    assert second.renew()
    assert second.get("one") is None
    second.put("one", b"2")
    assert (second.get("one"), second.renew()) == (b"2", False)
    second.save()
    assert answers(warehouse, hours=2).get("one") == b"2"


def test_a_name_is_news_once(warehouse: Warehouse) -> None:
    first = answers(warehouse)
    assert first.is_news("Deals", ["Currency"])
    first.save()
    second = answers(warehouse, hours=1)
    assert not second.is_news("Deals", ["Currency"])
    assert not second.is_news("Deals", [])
    assert second.is_news("Deals", ["Currency", "Region"])
    assert second.is_news("Accounts", ["Currency"])
