"""Pages read ahead: nothing is lost, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from models.records import Page, Raw
from pipeline.sync.batch import Batch
from pipeline.sync.pages import BATCH, Ahead


def prepare(records: Sequence[Raw]) -> Batch:
    return Batch({str(raw["id"]): (raw["id"], raw["version"]) for raw in records}, len(records))


def page(first: int, count: int, version: int = 1) -> Page:
    return Page([{"id": number, "version": version} for number in range(first, first + count)], {"after": first})


def test_full_batches_come_in_order_each_with_the_position_of_its_last_page() -> None:
    pages = (page(first, 1_000) for first in range(0, 5_000, 1_000))
    with Ahead(pages, prepare) as batches:
        taken = [(min(map(int, batch.ids)), batch.count, position) for batch, position in batches]
    assert BATCH == 2_000
    assert taken == [(0, 2_000, {"after": 1_000}), (2_000, 2_000, {"after": 3_000}), (4_000, 1_000, {"after": 4_000})]


def test_of_a_record_that_comes_twice_in_a_batch_the_later_one_counts() -> None:
    with Ahead(iter([page(0, 2, version=1), page(1, 1, version=2)]), prepare) as batches:
        ((batch, _),) = batches
    assert batch.found == {"0": (0, 1), "1": (1, 2)}
    assert batch.count == 3


@pytest.mark.parametrize("where", ["fetching", "mapping"])
def test_what_goes_wrong_ahead_comes_out_after_what_came_before_it(where: str) -> None:
    def pages() -> Iterator[Page]:
        yield page(0, 3)
        if where == "fetching":
            raise ConnectionError("gone")
        yield page(3, 1)

    def prepare_until_three(records: Sequence[Raw]) -> Batch:
        if records[0]["id"] == 3:
            raise ConnectionError("gone")
        return prepare(records)

    taken = []
    with Ahead(pages(), prepare_until_three) as batches, pytest.raises(ConnectionError, match="gone"):
        for batch, _ in batches:
            taken += batch.ids
    assert taken == ["0", "1", "2"]


def test_a_slow_crm_s_page_does_not_wait_for_a_full_batch() -> None:
    may_end = threading.Event()

    def pages() -> Iterator[Page]:
        yield page(0, 1)
        may_end.wait(30)

    with Ahead(pages(), prepare) as batches:
        batch, _ = next(batches)
        assert (batch.ids, may_end.is_set()) == (["0"], False)
        may_end.set()
        assert list(batches) == []


def test_leaving_early_ends_the_threads() -> None:
    def pages() -> Iterator[Page]:
        for first in range(0, 10**9, 1_000):
            yield page(first, 1_000)

    before = set(threading.enumerate())
    with Ahead(pages(), prepare) as batches:
        next(batches)
        ours = set(threading.enumerate()) - before
        assert {thread.name for thread in ours} == {"fetch", "map"}
    for thread in ours:
        thread.join(30)
    assert not any(thread.is_alive() for thread in ours)
