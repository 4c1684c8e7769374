"""Zoho's paging while people work, against a CRM whose page tokens are plain offsets: the least that they can be."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest
import responses
from pydantic import SecretStr

from connectors.zoho import connect, reading
from connectors.zoho.settings import ZohoSettings
from connectors.zoho.streams import STREAMS
from models.errors import FatalSyncError
from models.protocols import Connector
from tests.unit.connectors.fakes import FakeTime

ACCOUNTS = next(stream for stream in STREAMS if stream.name == "accounts")
API_URL = "https://www.zohoapis.eu/crm/v8"
PER_PAGE = 10
START = datetime(2026, 11, 1, tzinfo=UTC)

Told = set[tuple[str, str]]


@dataclass
class MovingCrm:
    """Accounts by id with the second of their last edit; `between` is called before each page."""

    seconds: dict[int, int]
    inclusive: bool = True
    cap: int = 1000
    now: int = 1000
    calls: int = 0
    tokens: int = 0
    between: Callable[[MovingCrm], None] = field(default=lambda _: None)

    def edit(self, account: int) -> None:
        self.now += 1
        self.seconds[account] = self.now

    def answer(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        self.calls += 1
        self.between(self)
        bound = request.headers.get("If-Modified-Since")
        since = (datetime.fromisoformat(bound) - START).total_seconds() if bound else -1
        found = [
            (second, account)
            for account, second in self.seconds.items()
            if second > since or (self.inclusive and second == since)
        ]
        offset = int(request.params.get("page_token", 0))
        self.tokens += offset > 0
        if offset >= self.cap:
            return 400, {}, orjson.dumps({"code": "PAGINATION_LIMIT_EXCEEDED", "status": "error"})
        chosen = list(islice(sorted(found), offset, offset + PER_PAGE))
        if not chosen:
            return 304, {}, b""
        more = offset + PER_PAGE < len(found)
        info = {"more_records": more, "next_page_token": str(offset + PER_PAGE) if more else None}
        data = [{"id": str(account), "Modified_Time": self.time(second)} for second, account in chosen]
        return 200, {}, orjson.dumps({"data": data, "info": info})

    @staticmethod
    def time(second: int) -> str:
        return (START + timedelta(seconds=second)).isoformat()

    def told(self) -> Told:
        return {(str(account), self.time(second)) for account, second in self.seconds.items()}


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(reading, "PER_PAGE", PER_PAGE)
    names = {item.api_name for item in ACCOUNTS.fields}
    fields = [{"api_name": name, "data_type": "text", "length": 255, "visible": True} for name in names]
    with responses.RequestsMock() as mock:
        mock.post("https://accounts.zoho.eu/oauth/v2/token", json={"access_token": "a", "expires_in": 3600})
        mock.get(f"{API_URL}/settings/fields", json={"fields": fields})
        yield mock


@pytest.fixture
def read(tmp_path: Path, http: responses.RequestsMock) -> Iterator[Callable[..., Iterator[Any]]]:
    settings = ZohoSettings(data_center="eu", client_id="c", client_secret=SecretStr("s"), refresh_token=SecretStr("r"))
    connector: Connector = connect("crm", settings, tmp_path, FakeTime().timing)

    def pages(crm: MovingCrm, position: dict[str, Any] | None = None) -> Iterator[Any]:
        http.upsert(responses.CallbackResponse("GET", f"{API_URL}/Accounts", callback=crm.answer))
        return connector.read(ACCOUNTS, since=None, until=START, position=position)

    yield pages
    connector.close()


def told(pages: Iterator[Any]) -> list[tuple[str, str]]:
    return [(record["id"], record["Modified_Time"]) for page in pages for record in page.records]


def spread(accounts: int, seconds: int, seed: int = 1) -> dict[int, int]:
    chance = random.Random(seed)  # noqa: S311 - data for a test
    return {account: chance.randrange(seconds) for account in range(accounts)}


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("seconds", [1, 3, 10, 100, 400])
def test_every_record_comes_once_however_many_share_a_second(
    read: Callable[..., Iterator[Any]], seconds: int, *, inclusive: bool
) -> None:
    crm = MovingCrm(spread(120, seconds), inclusive)
    found = told(read(crm))
    assert len(found) == 120
    assert set(found) == crm.told()


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("seconds", [1, 3, 10, 100, 400])
@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_while_records_are_edited_and_deleted_between_pages(
    read: Callable[..., Iterator[Any]], seconds: int, seed: int, *, inclusive: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 - people's edits in a test

    def work(crm: MovingCrm) -> None:
        for _ in range(chance.randrange(6) if crm.calls < 40 else 0):
            crm.edit(chance.choice(list(crm.seconds)))
        if crm.calls < 40 and chance.random() < 0.5:
            del crm.seconds[chance.choice(list(crm.seconds))]

    crm = MovingCrm(spread(120, seconds, seed), inclusive, between=work)
    found = set(told(read(crm)))
    assert crm.told() <= found


@pytest.mark.parametrize("seconds", [1, 3, 100])
@pytest.mark.parametrize("kept", range(1, 12))
def test_a_run_that_stops_anywhere_loses_nothing_either(
    read: Callable[..., Iterator[Any]], seconds: int, kept: int
) -> None:
    chance = random.Random(kept)  # noqa: S311 - people's edits in a test

    def work(crm: MovingCrm) -> None:
        if crm.calls < 20:
            crm.edit(chance.choice(list(crm.seconds)))

    crm = MovingCrm(spread(120, seconds), between=work)
    first = list(islice(read(crm), kept))
    rest = told(read(crm, first[-1].position))
    assert crm.told() <= {*told(iter(first)), *rest}


def test_records_that_are_spread_need_no_token_and_hardly_more_calls(read: Callable[..., Iterator[Any]]) -> None:
    crm = MovingCrm({account: 10 * account for account in range(91)})
    told(read(crm))
    assert (crm.calls, crm.tokens) == (10, 0)  # each page but the first begins with the last record of the former


def test_more_records_of_one_second_than_tokens_reach_stop_the_stream(read: Callable[..., Iterator[Any]]) -> None:
    crm = MovingCrm(dict.fromkeys(range(120), 5), cap=100)
    with pytest.raises(FatalSyncError, match="cannot get past 2026-11-01 00:00:05"):
        told(read(crm))


def test_a_token_that_is_refused_once_does_no_harm(read: Callable[..., Iterator[Any]]) -> None:
    def refuse_once(crm: MovingCrm) -> None:
        crm.cap = 20 if crm.calls <= 4 else 1000

    crm = MovingCrm(dict.fromkeys(range(120), 5), between=refuse_once)
    found = told(read(crm))
    assert set(found) == crm.told()
