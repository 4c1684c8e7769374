"""The warehouse's types, functions and locks mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import insert, literal, select, text
from sqlalchemy.exc import OperationalError

from models.errors import ConfigError, FatalSyncError, SourceBusyError
from models.warehouse.core import deals
from models.warehouse.engine import Warehouse
from models.warehouse.functions import money_sum, ratio

NOW = datetime(2026, 11, 24, 22, 33, 45, 123456, tzinfo=UTC)


def _deal(number: int, **values: object) -> dict[str, object]:
    row = {"source": "zoho", "source_id": str(number), "row_hash": "", "run_id": "r"}
    return row | {"first_seen_at": NOW, "synced_at": NOW} | values


def test_instants_come_back_as_utc_whatever_zone_they_had(warehouse: Warehouse) -> None:
    shanghai = datetime(2026, 11, 25, 6, 33, 45, 123456, tzinfo=timezone(timedelta(hours=8)))
    with warehouse.begin() as connection:
        connection.execute(insert(deals), [_deal(1, created_at=shanghai)])
        assert connection.scalar(select(deals.c.created_at)) == NOW


def test_sqlite_keeps_instants_in_the_form_that_bi_tools_compare(tmp_path: object) -> None:
    warehouse = Warehouse(f"sqlite:///{tmp_path}/w.db")
    deals.create(warehouse.engine)
    with warehouse.begin() as connection:
        connection.execute(insert(deals), [_deal(1, created_at=NOW)])
        assert connection.scalar(text("SELECT created_at FROM deals")) == "2026-11-24 22:33:45.123456"
    warehouse.close()


def test_an_instant_without_a_zone_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(Exception, match="has no time zone"), warehouse.begin() as connection:
        connection.execute(insert(deals), [_deal(1, created_at=datetime(2026, 1, 1))])  # noqa: DTZ001 - the point


def test_sums_of_money_are_exact(warehouse: Warehouse) -> None:
    cents = [Decimal("0.10"), Decimal("0.20"), Decimal("1234567890.1234")]
    with warehouse.begin() as connection:
        connection.execute(insert(deals), [_deal(n, amount=amount) for n, amount in enumerate(cents)])
        assert connection.scalar(select(money_sum(deals.c.amount))) == Decimal("1234567890.4234")


def test_a_sum_over_nothing_is_zero(warehouse: Warehouse) -> None:
    with warehouse.read() as connection:
        assert connection.scalar(select(money_sum(deals.c.amount))) == 0


def test_a_ratio_with_nothing_below_is_null_and_never_integer_division(warehouse: Warehouse) -> None:
    with warehouse.read() as connection:
        assert connection.scalar(select(ratio(literal(1), literal(3)))) == Decimal("0.333333")
        assert connection.scalar(select(ratio(literal(1), literal(0)))) is None


def test_a_lock_is_held_once_and_free_again_afterwards(warehouse: Warehouse) -> None:
    with warehouse.lock("zoho"):
        with warehouse.lock("fxiaoke"):
            pass
        with pytest.raises(SourceBusyError), warehouse.lock("zoho"):
            pass
    with warehouse.lock("zoho"):
        pass


def test_who_loses_the_session_that_holds_its_locks_writes_no_more(postgres_url: str) -> None:
    first, second = Warehouse(postgres_url), Warehouse(postgres_url)
    with first.lock("zoho"), first.lock("fxiaoke"):
        with first.begin() as connection:
            connection.execute(text("CREATE TABLE public.mark (number integer)"))
            holder = connection.scalar(text("SELECT pg_backend_pid()"))
        with second.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": holder})
        with second.lock("zoho"):
            with pytest.raises(OperationalError), first.begin() as connection:
                connection.execute(text("INSERT INTO public.mark VALUES (1)"))
            with pytest.raises(FatalSyncError, match="the locks; run this again"), first.begin():
                pass
    with first.lock("zoho"), first.begin() as connection:  # all is well with a new session
        assert connection.scalar(text("SELECT count(*) FROM public.mark")) == 0
    first.close()
    second.close()


def test_a_reader_sees_one_state_however_much_is_written_meanwhile(warehouse: Warehouse) -> None:
    with warehouse.read() as reading:
        assert reading.execute(select(deals.c.source_id)).all() == []
        with warehouse.begin() as connection:
            connection.execute(insert(deals), [_deal(1)])
        assert reading.execute(select(deals.c.source_id)).all() == []
    with warehouse.read() as reading:
        assert reading.scalar(select(deals.c.source_id)) == "1"


def test_a_failed_transaction_leaves_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError), warehouse.begin() as connection:
        connection.execute(insert(deals), [_deal(1)])
        raise RuntimeError
    with warehouse.read() as connection:
        assert connection.execute(select(deals)).all() == []


@pytest.mark.parametrize("url", ["warehouse.db", "mysql://x/y"])
def test_a_wrong_database_url_says_what_to_write(url: str) -> None:
    with pytest.raises(ConfigError, match=r"warehouse\.url.*sqlite:///"):
        Warehouse(url)
