"""One sandbox for the whole suite, set back before each test, and a connector of each kind to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors import registry
from models.protocols import Connector
from tests.contract.cases import CASES, Case
from tests.contract.sandbox import Sandbox, running
from tests.unit.connectors.fakes import FakeTime

Connect = Callable[..., Connector]


@pytest.fixture(scope="session")
def _process() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


@pytest.fixture(params=registry.names())
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def sandbox(_process: Sandbox) -> Sandbox:
    """Data as they were made, no faults."""
    _process.restore()
    return _process


@pytest.fixture
def untouched(_process: Sandbox) -> None:
    """For tests that count calls: nobody has made one, and no token is there."""
    _process.restore(always=True)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def connect(
    case: Case, sandbox: Sandbox, time: FakeTime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connect]:
    """Makes connectors that share a token file but nothing else, as processes do."""
    folder = tmp_path_factory.getbasetemp() / f"tokens-{sandbox.resets}"
    folder.mkdir(exist_ok=True)
    made: list[Connector] = []

    def make(**changed: object) -> Connector:
        spec = registry.spec(case.name)
        settings = spec.settings(**{"base_url": f"{sandbox.url}/{case.name}", **case.keys, **changed})
        made.append(spec.connect("crm", settings, folder, time.timing))  # type: ignore[call-arg]
        return made[-1]

    yield make
    for connector in made:
        connector.close()


@pytest.fixture
def connector(connect: Connect) -> Connector:
    return connect()
