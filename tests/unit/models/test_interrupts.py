"""A signal never breaks a transaction, nor a connection amid its commit."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from models.warehouse.engine import Warehouse
from models.warehouse.kept import ops_seen


class _StopError(KeyboardInterrupt):
    pass


def _stop(*_: object) -> None:
    raise _StopError


@pytest.fixture(autouse=True)
def _raised() -> Iterator[None]:
    former = signal.signal(signal.SIGTERM, _stop)
    yield
    signal.signal(signal.SIGTERM, former)


def _signal() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _add(connection: Any, key: str) -> None:
    connection.execute(insert(ops_seen), {"source": "crm", "stream": "leads", "ids": key})


def _count(warehouse: Warehouse) -> int:
    with warehouse.begin() as connection:  # no lock is left that it would wait for
        return connection.scalar(select(func.count()).select_from(ops_seen)) or 0


def test_a_signal_waits_for_the_end_of_the_transaction(warehouse: Warehouse) -> None:
    with pytest.raises(_StopError), warehouse.begin() as connection:
        _add(connection, "1")
        _signal()
        _add(connection, "2")

    assert _count(warehouse) == 2


def test_a_signal_amid_the_commit_leaves_a_whole_commit_and_a_free_connection(warehouse: Warehouse) -> None:
    event.listen(warehouse.engine, "commit", lambda _: _signal(), once=True)
    with pytest.raises(_StopError), warehouse.begin() as connection:
        _add(connection, "1")

    assert _count(warehouse) == 1
    assert "Checked out connections: 0" in warehouse.engine.pool.status()


def test_a_second_signal_does_not_wait_and_nothing_of_the_transaction_is_kept(warehouse: Warehouse) -> None:
    with pytest.raises(_StopError), warehouse.begin() as connection:
        _add(connection, "1")
        _signal()
        _signal()
        raise AssertionError("not reached")

    assert _count(warehouse) == 0


def test_a_signal_ends_a_read_at_once(warehouse: Warehouse) -> None:
    with pytest.raises(_StopError), warehouse.read():
        _signal()
        raise AssertionError("not reached")

    assert "Checked out connections: 0" in warehouse.engine.pool.status()


def test_a_signal_that_is_ignored_or_ends_the_process_stays_so(warehouse: Warehouse) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with warehouse.begin() as connection:
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        _signal()
        _add(connection, "1")

    assert _count(warehouse) == 1


def test_after_a_transaction_the_handlers_are_those_from_before(warehouse: Warehouse) -> None:
    with warehouse.begin():
        assert signal.getsignal(signal.SIGTERM) is not _stop
    assert signal.getsignal(signal.SIGTERM) is _stop
