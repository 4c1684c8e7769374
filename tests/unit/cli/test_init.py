"""What `crmsync init` writes: it loads once the secrets are filled in, and nobody else can read what is secret."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from cli.init import init_command
from cli.session import Options
from connectors import registry
from models.config import Config
from models.errors import ConfigError
from models.protocols import ConnectorSpec

ROOT = Path(__file__).parents[3]
CANARY = "canary-7f3a"


class AcmeSettings(BaseModel):
    """A third CRM's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str = Field(min_length=1, description="as in the address bar")
    region: str = Field(description="where the tenant lives")
    api_key: SecretStr = Field(description="from the console")
    signing_key: SecretStr | None = Field(None, description="only for signed calls")
    pages_at_once: int = Field(4, ge=1, description="pages that are read at the same time")
    proxy: str | None = Field(None, description="only in the lab")


ACME = ConnectorSpec("acme", AcmeSettings, (), lambda *_: None, lambda *_: None, {}, {"region": "on"})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def init(folder: Path, *connectors: str, warehouse: str | None = None, sandbox: str | None = None) -> Path:
    options = Options(folder / "config.yaml", json=False, quiet=True)
    init_command(options, sandbox=sandbox, warehouse=warehouse, connectors=connectors)
    return options.config


def filled(config: Path) -> Config:
    """The configuration after a person has written something behind every `=`."""
    secrets = config.with_name("secrets.env")
    secrets.write_text(re.sub(r"=$", "=x", secrets.read_text("utf-8"), flags=re.MULTILINE), encoding="utf-8")
    return registry.load_config(config)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("connectors", [*((name,) for name in registry.names()), registry.names()])
def test_what_is_written_loads_once_the_secrets_are_filled_in(tmp_path: Path, connectors: tuple[str, ...]) -> None:
    written = init(tmp_path, *connectors)
    with pytest.raises(ConfigError, match="set the environment variable CRMSYNC_"):
        registry.load_config(written)
    assert tuple(filled(written).connections) == connectors


def test_a_third_crm_needs_no_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "names", lambda: ("acme",))
    monkeypatch.setattr(registry, "spec", {"acme": ACME}.__getitem__)
    written = init(tmp_path, "acme")
    block = written.read_text("utf-8").partition("connections:\n")[2]
    assert (
        block
        == """\
  acme:
    connector: acme
    # as in the address bar
    tenant: YOUR_TENANT
    # where the tenant lives
    region: 'on'
    # pages that are read at the same time
    # pages_at_once: 4
    # of what is written into this CRM
    language: zh
    # may `run daily` write without being asked
    auto_apply: false
    # push: which results go into which fields; config.example.yaml shows it
"""
    )
    assert written.with_name("secrets.env").read_text("utf-8") == "CRMSYNC_ACME_API_KEY=\nCRMSYNC_ACME_SIGNING_KEY=\n"
    assert filled(written).connections["acme"].model_extra == {"tenant": "YOUR_TENANT", "region": "on"}


@pytest.mark.parametrize("connector", registry.names())
@pytest.mark.parametrize("ending", ["md", "zh.md"])
def test_the_guide_shows_what_is_written(tmp_path: Path, connector: str, ending: str) -> None:
    guide = (ROOT / "docs" / "how-to" / f"{connector}.{ending}").read_text(encoding="utf-8")
    shown = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)[0])["connections"]
    written = yaml.safe_load(init(tmp_path, connector).read_text("utf-8"))["connections"]
    assert written[connector].items() <= shown[connector].items()
    variables = (tmp_path / "secrets.env").read_text("utf-8").replace("=", "=…")
    assert f"```text\n{variables}```" in guide


@pytest.mark.parametrize(
    ("warehouse", "expected"),
    [
        (f"postgresql+psycopg://crm:{CANARY}@db.example/crm", 0o600),
        (f"postgresql+psycopg://crm@db.example/crm?password={CANARY}", 0o600),
        (f"postgresql+psycopg:/crm:{CANARY}@db.example/crm", 0o600),  # a typo hides nothing
        ("postgresql+psycopg://crm@db.example:5432/crm", 0o644),
        ("sqlite:///warehouse.db", 0o644),
        (None, 0o644),
    ],
)
def test_a_configuration_with_a_password_is_readable_by_its_owner_only(
    tmp_path: Path, warehouse: str | None, expected: int
) -> None:
    written = init(tmp_path, "zoho", warehouse=warehouse)
    assert mode(written) == expected
    assert mode(tmp_path / "secrets.env") == 0o600
    assert filled(written).warehouse.url == (warehouse or "sqlite:///warehouse.db")


def test_a_url_that_yaml_would_misread_is_quoted(tmp_path: Path) -> None:
    url = "sqlite:///my data #1: all.db"
    assert filled(init(tmp_path, "zoho", warehouse=url)).warehouse.url == url


def test_an_unknown_connector_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no connector is called 'zohoo'; did you mean zoho\?"):
        init(tmp_path, "zoho", "zohoo")
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_the_choices_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    with pytest.raises(ConfigError, match="--sandbox URL, or --connector fxiaoke, or --connector zoho$"):
        init(tmp_path)


def test_the_sandbox_works_with_nothing_filled_in(tmp_path: Path) -> None:
    written = init(tmp_path, sandbox="http://127.0.0.1:8900/")
    config = registry.load_config(written)
    found: dict[str, Any] = {name: one.model_extra for name, one in config.connections.items()}
    assert found["zoho"]["base_url"] == "http://127.0.0.1:8900/zoho"
    assert found["fxiaoke"]["base_url"] == "http://127.0.0.1:8900/fxiaoke"
    assert all(one.auto_apply and set(one.push) == {"tier", "score"} for one in config.connections.values())
    assert (tmp_path / "warehouse.db").exists()


def test_the_sandbox_is_read_with_its_own_objects_or_for_the_demo_without_what_no_metric_needs(tmp_path: Path) -> None:
    plain, lean = (Options(tmp_path / name / "config.yaml", json=False, quiet=True) for name in "ab")
    init_command(plain, sandbox="http://127.0.0.1:1", warehouse=None, connectors=None)
    init_command(lean, sandbox="http://127.0.0.1:1", warehouse=None, connectors=None, lean=True)
    streams = {
        key: set(registry.streams(registry.load_config(one.config))) for key, one in (("all", plain), ("few", lean))
    }
    assert streams["all"] > {("zoho", "payments"), ("zoho", "surveys"), ("fxiaoke", "surveys"), ("zoho", "calls")}
    few = ("users", "teams", "accounts", "contacts", "leads", "deals")
    assert streams["few"] == {(source, name) for source in ("zoho", "fxiaoke") for name in few}
