"""Answers that no vendor documents end one source with one line, never a run in a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from connectors.guard import Guard
from models.errors import ConfigError, FatalSyncError, OutcomeUnknownError
from models.protocols import Connector
from models.records import Change, Page, Usage
from models.spec import Stream

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DEALS = Stream("deals", "Deals", ())


class Odd:
    """A connector that stumbles over what it got."""

    name, streams, usage, write_batch, read_batch = "crm", (DEALS,), Usage(), 1, 100
    list_batch, list_credits, numeric_ids = 100, 1, False

    def __init__(self, records: list[Any]) -> None:
        self.records = records

    def fields(self, object_name: str) -> Any:
        raise ConfigError(f"no object {object_name}")

    def tenant(self) -> Any:
        return dict[str, Any]()["time_zone"]

    def read(self, *_: object, **__: object) -> Iterator[Page]:
        for record in self.records:
            yield Page([record], {"after": record["id"]})

    def ids(self, *_: object, **__: object) -> Iterator[list[str]]:
        for record in self.records:
            yield [record["id"]]

    def listing(self, *_: object, **__: object) -> Iterator[list[Any]]:
        for record in self.records:
            yield [record["id"]]

    def fetch(self, *_: object) -> list[Any]:
        return self.records

    def write(self, *_: object) -> Any:
        return int("many")


def guarded(*records: Any) -> Guard:
    return Guard(cast("Connector", Odd(list(records))))


def test_pages_before_the_odd_one_arrive() -> None:
    pages = guarded({"id": "1"}, {"name": "x"}).read(DEALS, since=None, until=NOW, position=None)
    assert next(pages).records == [{"id": "1"}]
    place = r"\(KeyError: 'id', test_guard\.py:\d+\)"
    with pytest.raises(
        FatalSyncError, match=rf"crm/deals: an answer of the CRM cannot be understood {place}; run again"
    ):
        next(pages)


@pytest.mark.parametrize("odd", [7, None, "x", []])
def test_what_is_no_record_is_refused_as_well(odd: Any) -> None:
    with pytest.raises(FatalSyncError, match="crm/deals: an answer"):
        list(guarded(odd).read(DEALS, since=None, until=NOW, position=None))
    with pytest.raises(FatalSyncError, match="crm/deals: an answer"):
        list(guarded(odd).ids(DEALS, after=None))
    with pytest.raises(FatalSyncError, match="crm/deals: an answer"):
        list(guarded(odd).listing(DEALS, [], after=None))
    with pytest.raises(FatalSyncError, match="crm/deals: an answer"):
        guarded(odd).fetch(DEALS, ["1"])


def test_an_answer_without_what_the_connector_needs_names_the_subject() -> None:
    with pytest.raises(FatalSyncError, match=r"crm/organisation: .*KeyError: 'time_zone'"):
        guarded().tenant()


def test_an_odd_answer_to_a_write_may_have_had_its_effect() -> None:
    with pytest.raises(OutcomeUnknownError, match="crm/Deals: an answer"):
        guarded().write("Deals", [Change("1", {})])


def test_errors_that_say_what_to_do_pass_as_they_are() -> None:
    with pytest.raises(ConfigError, match="no object Deals"):
        guarded().fields("Deals")
