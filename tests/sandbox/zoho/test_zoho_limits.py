"""Credits and concurrency follow the edition, and what is beyond is refused."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho

TOO_MANY = {
    "code": "TOO_MANY_REQUESTS",
    "details": {},
    "message": "Too many requests: the limit of API calls is reached",
    "status": "error",
}
# Long enough for all calls of a test to arrive, on a busy machine too.
HOLD_MS = 2_000
SWITCHES = {
    "edition": "enterprise",
    "users_licensed": 25,
    "daily_credits": None,
    "retry_after_s": None,
    "limit_details": False,
}


@pytest.fixture(autouse=True)
def _restored(zoho: Zoho) -> Iterator[None]:
    yield
    zoho.edit("switches", "update", **SWITCHES)
    zoho.control("faults", [])


def held(zoho: Zoho, calls: int, call: Callable[[int], requests.Response]) -> Counter[int]:
    """How calls are answered that all arrive while a fault's delay holds the first of them."""
    gate = threading.Barrier(calls)

    def one(number: int) -> int:
        gate.wait()
        return call(number).status_code

    zoho.control("faults", [{"match": {"system": "zoho"}, "do": {"delay_ms": HOLD_MS}}])
    with ThreadPoolExecutor(calls) as pool:
        answers = Counter(pool.map(one, range(calls)))
    zoho.control("faults", [])
    return answers


@pytest.mark.parametrize(
    ("edition", "users", "credits_a_day", "paid"),
    [
        ("free", 25, 5_000, False),
        ("standard", 25, 56_250, True),
        ("standard", 500, 100_000, True),
        ("professional", 25, 62_500, True),
        ("professional", 6_000, 3_000_000, True),
        ("enterprise", 25, 75_000, True),
        ("enterprise", 5_000, 5_000_000, True),
        ("ultimate", 25, 100_000, True),
        ("ultimate", 9_000, 18_050_000, True),
    ],
)
def test_the_edition_and_its_users_set_the_credits(
    zoho: Zoho, edition: str, users: int, credits_a_day: int, *, paid: bool
) -> None:
    zoho.edit("switches", "update", edition=edition, users_licensed=users)
    bought = zoho.get("/org").json()["org"][0]["license_details"]
    assert (bought["paid"], bought["paid_type"], bought["users_license_purchased"]) == (paid, edition, users)
    used = zoho.sandbox.zoho.budget.used()
    zoho.sandbox.zoho.budget.spend(credits_a_day - used - 1)
    try:
        assert [zoho.get("/org").status_code for _ in range(2)] == [200, 429]
    finally:
        zoho.sandbox.zoho.budget.spend(used - credits_a_day)


def test_an_unknown_edition_is_refused(zoho: Zoho) -> None:
    order = {"system": "zoho", "module": "switches", "action": "update", "values": {"edition": "gold"}}
    answer = zoho.control("edit", order)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "switch edition takes one of enterprise, free, standard, professional, ultimate"},
    )


def test_what_is_left_of_the_credits_is_told_from_half_on(zoho: Zoho) -> None:
    assert "X-API-CREDITS-REMAINING" not in zoho.get("/org").headers
    used = zoho.sandbox.zoho.budget.used()
    zoho.edit("switches", "update", daily_credits=2 * used)
    assert zoho.get("/org").headers["X-API-CREDITS-REMAINING"] == str(used - 1)
    zoho.edit("switches", "update", daily_credits=used)
    refused = zoho.get("/org")
    assert (refused.status_code, refused.json()) == (429, TOO_MANY)
    assert "Retry-After" not in refused.headers
    zoho.control("clock", {"advance_s": 86_500})
    zoho.refresh()
    assert zoho.get("/org").status_code == 200


def test_answers_carry_the_headers_of_live_ones(zoho: Zoho) -> None:
    bulk.advance(zoho, 601)
    zoho.refresh()
    expiry = zoho.sandbox.world.now() + timedelta(hours=1)
    for path in ("/org", "/Leads/42?fields=id", "/nowhere"):
        headers = zoho.get(path).headers
        assert headers["server"] == "ZGS"
        reset = datetime.fromisoformat(headers["X-ACCESSTOKEN-RESET"])
        assert abs((reset - expiry).total_seconds()) < 60
        if path != "/Leads/42?fields=id":
            assert headers["content-type"] == "application/json;charset=UTF-8"
            assert headers["content-disposition"] == "attachment; filename=response.json"
    unknown = requests.get(f"{zoho.base}/crm/v8/org", timeout=10).headers
    assert (unknown["server"], unknown.get("X-ACCESSTOKEN-RESET")) == ("ZGS", None)


def test_switches_add_a_retry_after_and_details_to_a_429(zoho: Zoho) -> None:
    zoho.edit("switches", "update", daily_credits=1, retry_after_s=17, limit_details=True)
    zoho.get("/org")
    refused = zoho.get("/org")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "17")
    details = refused.json()["details"]
    assert details == {"trace_id": "sandbox", "retry_after": 17, "limit": 1, "window": "24 hours"}


def test_an_ordered_429_has_the_retry_after_as_well(zoho: Zoho) -> None:
    zoho.edit("switches", "update", retry_after_s=17)
    zoho.control("faults", [{"match": {"system": "zoho"}, "do": {"error_code": "TOO_MANY_REQUESTS"}}])
    refused = zoho.get("/org")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()) == (429, "17", TOO_MANY)


def test_search_is_refused_by_a_code_of_its_own(zoho: Zoho) -> None:
    zoho.edit("switches", "update", edition="free")
    zoho.control("faults", [{"match": {"system": "zoho", "path": "*/org"}, "do": {"delay_ms": HOLD_MS}}])
    with ThreadPoolExecutor(5) as pool:
        busy = [pool.submit(zoho.get, "/org") for _ in range(5)]
        answer = wait_for_429(lambda: zoho.get("/Leads/search", word="x"))
        assert [future.result().status_code for future in busy] == [200] * 5
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")


def wait_for_429(call: Callable[[], requests.Response]) -> requests.Response:
    for _ in range(1_000):
        answer = call()
        if answer.status_code == 429:
            return answer
    raise AssertionError("no 429")


@pytest.mark.parametrize(
    ("edition", "most"), [("free", 5), ("standard", 10), ("professional", 15), ("enterprise", 20), ("ultimate", 25)]
)
def test_an_app_has_so_many_calls_under_way(zoho: Zoho, edition: str, most: int) -> None:
    zoho.edit("switches", "update", edition=edition)
    assert held(zoho, most + 3, lambda _: zoho.get("/org")) == {200: most, 429: 3}


def test_each_app_has_its_own_share(zoho: Zoho) -> None:
    zoho.edit("switches", "update", edition="free")
    client = {"client_id": "sandbox-client-2", "client_secret": "sandbox-secret-2"}
    code = zoho.edit("grants", "create", scope="ZohoCRM.org.READ", client_id="sandbox-client-2")["code"]
    made = requests.post(
        f"{zoho.base}/oauth/v2/token", data=client | {"grant_type": "authorization_code", "code": code}, timeout=10
    ).json()
    other = Zoho(zoho.sandbox, CREDENTIALS | client | {"refresh_token": made["refresh_token"]})
    assert held(zoho, 10, lambda number: (zoho, other)[number % 2].get("/org")) == {200: 10}


NAMED = {"fields": "Last_Name"}
ELEVEN = {"data": [{"id": str(number)} for number in range(11)]}
TEN = {"data": ELEVEN["data"][:10]}


@pytest.mark.parametrize(
    ("call", "passed"),
    [
        (lambda zoho: zoho.get("/Leads", **NAMED, sort_by="Modified_Time"), 10),
        (lambda zoho: zoho.get("/Leads", **NAMED, cvid="1"), 10),
        (lambda zoho: zoho.get("/Leads", **NAMED), 12),
        (lambda zoho: zoho.get("/Leads/search", word="x"), 10),
        (lambda zoho: zoho.put("/Leads", ELEVEN), 10),
        (lambda zoho: zoho.put("/Leads", TEN), 12),
        (lambda zoho: zoho.post("/Tasks", ELEVEN), 10),
        (lambda zoho: zoho.post("/Leads/upsert", ELEVEN), 10),
        (lambda zoho: zoho.post("/Leads/1/Notes", ELEVEN), 10),
        (lambda zoho: zoho.post("/coql", {"select_query": "select id from Leads"}), 10),
        (lambda zoho: zoho.post("/Leads/1/actions/convert", {"data": []}), 10),
    ],
    ids=[
        "sorted",
        "viewed",
        "plain",
        "search",
        "update 11",
        "update 10",
        "insert 11",
        "upsert 11",
        "notes 11",
        "coql",
        "convert",
    ],
)
def test_heavy_calls_have_a_limit_of_ten(zoho: Zoho, call: Callable[[Zoho], requests.Response], passed: int) -> None:
    answers = held(zoho, 12, lambda _: call(zoho))
    assert answers[429] == 12 - passed


def test_a_composite_request_takes_five_places(zoho: Zoho) -> None:
    sub = {"method": "GET", "uri": "/crm/v8/org"}
    assert held(zoho, 6, lambda _: zoho.post("/__composite_requests", {"__composite_requests": [sub]})) == {
        200: 4,
        429: 2,
    }
    assert held(zoho, 4, lambda _: zoho.post("/__composite_requests", {"__composite_requests": [sub]})) == {200: 4}


def test_latency_holds_calls_under_way_too() -> None:
    with Sandbox(only="zoho", latency_ms=HOLD_MS) as running:
        zoho = Zoho(running)
        zoho.edit("switches", "update", edition="free")
        with ThreadPoolExecutor(7) as pool:
            answers: list[Any] = list(pool.map(lambda _: zoho.get("/org").status_code, range(7)))
        assert Counter(answers) == {200: 5, 429: 2}


def test_a_place_is_free_again_once_the_answer_is_sent(zoho: Zoho) -> None:
    zoho.edit("switches", "update", edition="free")
    assert held(zoho, 8, lambda _: zoho.get("/org"))[429] == 3
    assert held(zoho, 5, lambda _: zoho.get("/org")) == {200: 5}


def test_calls_without_a_token_take_no_place(zoho: Zoho) -> None:
    zoho.edit("switches", "update", edition="free")
    url = f"{zoho.base}/crm/v8/org"
    assert held(zoho, 8, lambda _: requests.get(url, timeout=10)) == {401: 8}


def test_a_caller_that_hangs_up_in_mid_body_takes_no_place_and_changes_nothing(zoho: Zoho) -> None:
    zoho.edit("switches", "update", edition="free")
    writes = len(zoho.writes())
    host, port = zoho.sandbox.url.removeprefix("http://").split(":")
    for _ in range(6):
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(
                b"POST /zoho/crm/v8/Leads HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
                + f"Authorization: {zoho.session.headers['Authorization']!s}\r\n\r\n".encode()
                + b'{"data":'
            )
    assert held(zoho, 5, lambda _: zoho.get("/org")) == {200: 5}
    assert len(zoho.writes()) == writes
