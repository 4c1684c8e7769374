"""The rate limits that we keep ourselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.quota import Limit, Quota, SlidingWindow
from tests.unit.connectors.fakes import FakeTime


def test_the_call_after_a_full_window_waits_until_its_first_call_is_old_enough() -> None:
    time = FakeTime()
    window = SlidingWindow(Limit(2, 20), time.read)
    assert window.reserve() == 0
    time.seconds += 5
    assert window.reserve() == 0
    time.seconds += 5
    assert window.reserve() == 10


@given(st.integers(1, 5), st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_no_window_ever_holds_more_calls_than_the_limit(calls: int, pauses: list[float]) -> None:
    time = FakeTime(seconds=0)
    window = SlidingWindow(Limit(calls, 20), time.read)
    sent = []
    for pause in pauses:
        time.seconds += pause
        time.seconds += window.reserve()
        sent.append(time.seconds)
    assert all(later - earlier >= 20 - 1e-6 for earlier, later in zip(sent, sent[calls:], strict=False))


def test_each_path_has_a_window_of_its_own_and_some_a_special_one() -> None:
    quota = Quota(Limit(1, 20), {"/token": Limit(1, 60)}, FakeTime().read)
    assert [quota.of("/query").reserve(), quota.of("/update").reserve(), quota.of("/token").reserve()] == [0, 0, 0]
    assert quota.of("/query").reserve() == 20
    assert quota.of("/token").reserve() == 60
