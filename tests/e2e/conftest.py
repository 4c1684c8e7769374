"""Small tenants, and a project that has been read, computed and is ready to be pushed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.harness import Crms, Project, make_project, thin_out

EVERY = 8


@pytest.fixture(scope="session")
def _small_crms() -> Iterator[Crms]:
    with Sandbox(seed=7, fxiaoke_limit=1_000_000) as running:
        thin_out(running, EVERY)
        crms = Crms(running)
        crms.keep()
        yield crms


@pytest.fixture(scope="session")
def _computed(_small_crms: Crms, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("computed") / "project", _small_crms.url)
    project.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
    _small_crms.restore()
    project.run("sync").expect(0)
    project.run("compute").expect(0)
    _small_crms.keep()  # with the tokens that the project holds
    return project


@pytest.fixture
def crms(_small_crms: Crms, _computed: Project) -> Iterator[Crms]:
    """Both CRMs with an eighth of the demo's data, as they were at the start of the session."""
    _small_crms.restore()
    yield _small_crms
    _small_crms.sandbox.site.faults.clear()


@pytest.fixture
def computed(crms: Crms, _computed: Project, tmp_path: Path) -> Project:
    """A project whose SQLite warehouse holds what the CRMs hold, and the marts; nothing is planned yet."""
    return _computed.copy_to(tmp_path / "project")


@pytest.fixture(scope="session")
def _planned(_small_crms: Crms, _computed: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    _small_crms.restore()
    project = _computed.copy_to(tmp_path_factory.mktemp("planned") / "project")
    project.run("push", "plan").expect(0)
    return project


@pytest.fixture
def planned(_planned: Project, crms: Crms, tmp_path: Path) -> Project:
    """A computed project with an open plan for each CRM; none of it is written yet."""
    return _planned.copy_to(tmp_path / "project")


@pytest.fixture
def fresh(crms: Crms, _computed: Project, tmp_path: Path) -> Project:
    """A project whose SQLite warehouse has its tables and no row."""
    project = _computed.copy_to(tmp_path / "fresh")
    for leftover in project.folder.glob("warehouse.db*"):
        leftover.unlink()
    project.run("migrate").expect(0)
    return project
