"""Every connector lives through what passes, and says what to do about what does not."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr

from models.errors import ConfigError, ServiceUnavailableError
from models.protocols import Connector
from tests.contract.cases import CASES, Case
from tests.contract.conftest import Connect
from tests.contract.sandbox import Sandbox
from tests.contract.test_reading import read
from tests.unit.connectors.fakes import FakeTime

SECRETS = [(case, key) for case in CASES.values() for key in case.wrong_secrets]


@pytest.mark.usefixtures("untouched")
def test_a_token_that_ends_in_the_middle_of_a_read_is_renewed(
    connector: Connector, case: Case, sandbox: Sandbox
) -> None:
    whole = len(read(connector, "accounts"))
    sandbox.fault({"path": case.data_path, "nth": 2, "times": 1}, {"error_code": case.expired})
    assert len(read(connector, "accounts")) == whole
    assert connector.usage.by_path[f"POST {case.login_path}"] == 2


def test_a_refusal_for_the_rate_is_waited_out(
    connector: Connector, case: Case, sandbox: Sandbox, time: FakeTime
) -> None:
    whole = len(read(connector, "accounts"))
    sandbox.fault({"path": case.data_path, "nth": 2, "times": 2}, {"error_code": case.too_often})
    assert len(read(connector, "accounts")) == whole
    assert len(time.slept) == 2
    assert connector.usage.waited_s == sum(time.slept)


@pytest.mark.parametrize("accident", [{"status": 503}, {"disconnect": "before"}, {"truncate": 20}])
def test_a_read_is_repeated_after_an_accident(
    connector: Connector, case: Case, sandbox: Sandbox, accident: dict[str, object]
) -> None:
    whole = len(read(connector, "accounts"))
    sandbox.fault({"path": case.data_path, "nth": 2, "times": 1}, accident)
    assert len(read(connector, "accounts")) == whole


@pytest.mark.usefixtures("untouched")
def test_one_token_is_enough_for_two_processes(connect: Connect, sandbox: Sandbox, case: Case) -> None:
    for connector in (connect(), connect()):
        connector.clock()
    assert sandbox.control("state")["calls"][case.name][f"POST {case.login_path}"] == 1


@pytest.mark.parametrize(("case", "key"), SECRETS, ids=[f"{case.name}-{key}" for case, key in SECRETS])
def test_a_wrong_secret_is_named_by_its_variable(connect: Connect, case: Case, key: str) -> None:
    connector = connect(**{key: SecretStr("canary")})
    with pytest.raises(ConfigError, match=f"CRMSYNC_CRM_{case.wrong_secrets[key]}") as caught:
        connector.clock()
    assert "canary" not in str(caught.value)


def test_a_host_that_does_not_answer_is_named(connect: Connect) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connector = connect(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(
            ServiceUnavailableError, match=r"no answer from 127.0.0.1: it refuses the connection; check"
        ):
            connector.clock()
