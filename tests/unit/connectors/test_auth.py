"""Access tokens are shared, kept safe, and asked for as seldom as can be."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.api import Request
from connectors.auth import Token, TokenAuth, renew_at
from models.errors import ConfigError
from tests.unit.connectors.fakes import FakeTime

CALL = Request("GET", "/deals", "deals")


class Crm:
    """Hands out numbered tokens of an hour."""

    def __init__(self, time: FakeTime) -> None:
        self.time, self.asked = time, 0

    def fetch(self) -> Token:
        self.asked += 1
        return Token(f"token-{self.asked}", self.time.seconds + 3540, {"ea": "demo"})

    def auth(self, folder: Path, key: str = "refresh") -> TokenAuth:
        return TokenAuth(
            folder, ("https://accounts.example.com", "client", key), fetch=self.fetch, attach=attach,
            timing=self.time.timing,
        )  # fmt: skip


def attach(request: Request, token: Token) -> Request:
    return replace(request, headers={"Authorization": token.value, **token.facts})


def sent(auth: TokenAuth) -> str:
    return auth.attach(CALL).headers["Authorization"]


def test_one_token_serves_many_calls_and_processes(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    first, second = crm.auth(tmp_path), crm.auth(tmp_path)
    assert [sent(first), sent(first), sent(second)] == ["token-1"] * 3
    assert crm.asked == 1


def test_what_came_with_the_token_is_kept_with_it(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    sent(crm.auth(tmp_path))
    assert crm.auth(tmp_path).attach(CALL).headers["ea"] == "demo"


def test_a_token_is_replaced_before_its_end(tmp_path: Path) -> None:
    time = FakeTime()
    auth = Crm(time).auth(tmp_path)
    sent(auth)
    time.seconds += 3539
    assert sent(auth) == "token-1"
    time.seconds += 1
    assert sent(auth) == "token-2"


def test_a_refused_token_is_replaced_unless_another_process_did_so_already(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    first, second = crm.auth(tmp_path), crm.auth(tmp_path)
    sent(first)
    sent(second)
    first.renew()
    second.renew()
    assert [sent(first), sent(second)] == ["token-2", "token-2"]


def test_readers_that_are_refused_the_same_token_ask_once_for_another(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    auth = crm.auth(tmp_path)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for reader in (one, other):
            reader.submit(sent, auth).result()
        for reader in (one, other):
            reader.submit(auth.renew).result()
    assert (sent(auth), crm.asked) == ("token-2", 2)


def test_two_that_start_together_ask_once(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    threads = [threading.Thread(target=sent, args=(crm.auth(tmp_path),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crm.asked == 1


def test_the_file_is_for_its_owner_only_and_names_no_secret(tmp_path: Path) -> None:
    sent(Crm(FakeTime()).auth(tmp_path, key="canary"))
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "canary" not in path.name
        assert b"canary" not in path.read_bytes()


def test_each_secret_has_a_token_of_its_own(tmp_path: Path) -> None:
    crm = Crm(FakeTime())
    assert [sent(crm.auth(tmp_path, "one")), sent(crm.auth(tmp_path, "two"))] == ["token-1", "token-2"]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"value": "old"}',
        '{"value": 5, "renew_at": 9e15, "facts": {}}',
        '{"value": "old", "renew_at": "x", "facts": {}}',
    ],
)
def test_a_damaged_file_costs_one_more_token(tmp_path: Path, content: str) -> None:
    crm = Crm(FakeTime())
    sent(crm.auth(tmp_path))
    for path in tmp_path.glob("*.json"):
        path.write_text(content)
    assert sent(crm.auth(tmp_path)) == "token-2"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing: No such file or directory; make the folder writable"):
        sent(Crm(FakeTime()).auth(tmp_path / "missing"))


def test_a_token_hides_in_its_repr() -> None:
    assert "canary" not in repr(Token("canary", 0.0))


@pytest.mark.parametrize(("life", "early", "expected"), [(3600, 60, 3540), (7084, 500, 6584), (30, 60, 15)])
def test_renewal_never_falls_into_the_first_half_of_a_life(life: float, early: float, expected: float) -> None:
    assert renew_at(0, life, early) == expected
