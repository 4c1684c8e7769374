"""The configuration: the example is complete and right, and every mistake is one line with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from connectors import registry
from models.config import Config, ConnectionConfig, settings
from models.errors import ConfigError

ROOT = Path(__file__).parents[3]
EXAMPLE = yaml.safe_load((ROOT / "config.example.yaml").read_text(encoding="utf-8"))
SECRETS = "\n".join(
    f"CRMSYNC_{name}=x"
    for name in ("ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN", "FXIAOKE_APP_SECRET", "FXIAOKE_PERMANENT_CODE")
)


def read(tmp_path: Path, raw: Any, secrets: str = SECRETS, mode: int = 0o600) -> Config:
    (tmp_path / "secrets.env").write_text(secrets, encoding="utf-8")
    (tmp_path / "secrets.env").chmod(mode)
    text = raw if isinstance(raw, str) else yaml.safe_dump(raw, allow_unicode=True)
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    return registry.load_config(tmp_path / "config.yaml")


def changed(*path: str, value: Any) -> dict[str, Any]:
    """The example with one value set, or taken out if it is None."""
    raw: dict[str, Any] = yaml.safe_load(yaml.safe_dump(EXAMPLE))
    place = raw
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return raw


def test_the_example_is_a_configuration_and_shows_every_default(tmp_path: Path) -> None:
    config = read(tmp_path, EXAMPLE)
    defaults = Config.model_validate({"connections": {"x": {"connector": "zoho"}}, "folder": tmp_path})
    for section in ("warehouse", "reporting", "compute", "schedule"):
        assert getattr(config, section) == getattr(defaults, section)


def test_the_example_explains_every_key() -> None:
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    models: list[type[BaseModel]] = [ConnectionConfig, *(registry.spec(name).settings for name in registry.names())]
    for model in [*models, *_sections(Config)]:
        for name, info in model.model_fields.items():
            if name in {"folder", "secrets"}:
                continue
            key = info.alias or name
            assert f"{key}:" in text or key.upper() in text, f"config.example.yaml does not show {key}"


def _sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for info in model.model_fields.values():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _sections(info.annotation)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (changed("reporting", "timezon", value="UTC"), "unknown key reporting.timezon; did you mean timezone?"),
        (changed("warehous", value={}), "unknown key warehous; did you mean warehouse?"),
        (
            changed("reporting", "timezone", value="Asia/Shangai"),
            "reporting.timezone: 'Asia/Shangai' is not a time zone",
        ),
        (
            changed("connections", "zoho", "data_centre", value="cn"),
            "unknown key data_centre; did you mean data_center?",
        ),
        (
            changed("connections", "zoho", "data_center", value="cm"),
            "no data centre is called 'cm'; there are: us, eu, in, au, jp, cn",
        ),
        (
            changed("connections", "zoho", "connector", value="zohoo"),
            "no connector is called 'zohoo'; did you mean zoho?",
        ),
        (changed("connections", "zoho", "client_id", value=None), "connections.zoho: client_id is missing"),
        (changed("connections", "zoho", "client_secret", value="s"), "secrets do not belong in the configuration file"),
        (changed("connections", "zoho", "push", "tier", "object", value=None), "push.tier.object is missing"),
        (changed("connections", value={}), "connections"),
        (changed("compute", "tier", "value_cuts", value=[1, 2]), "value_cuts must fall from left to right"),
        (changed("compute", "tier", "matrix", value=[["A"]]), "matrix needs 3 rows of 3 tiers"),
        (changed("publish", "channels", value=["slak"]), "publish.channels.0"),
        (changed("publish", "report", value="a\0b"), "publish.report: it holds a control character"),
        (changed("schedule", value={"daily": "99 6 * * *"}), "schedule.daily: '99 6 * * *' is no cron line"),
        (
            changed("connections", "fxiaoke", "base_url", value="http://127.0.0.1:99999"),
            "connections.fxiaoke: base_url",
        ),
        ("a: [", "is not YAML"),
        ("warehouse:\n  url: sqlite:///a.db\n  url: sqlite:///b.db\n", "line 3 is not YAML: url stands twice"),
        ("? [a]\n: 1\n", "is not YAML"),
        ("a: 2026-13-45\n", "is not YAML"),
        ("[" * 3000, "is not YAML"),
        ("a: &a {url: x}\nwarehouse:\n  <<: *a\n  url: y\n", "unknown key a"),
        ("", "holds no configuration"),
        ({"folder": "/x"} | EXAMPLE, "folder is not a key of the configuration"),
    ],
)
def test_a_mistake_is_one_line_with_its_key_and_remedy(tmp_path: Path, raw: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, raw)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_credential_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="set the environment variable CRMSYNC_ZOHO_CLIENT_SECRET"):
        read(
            tmp_path,
            EXAMPLE,
            secrets="CRMSYNC_FXIAOKE_APP_SECRET=x\nCRMSYNC_FXIAOKE_PERMANENT_CODE=x\nCRMSYNC_ZOHO_CLIENT_SECRET=",
        )


def test_a_secrets_file_written_for_a_shell_is_read_as_the_shell_would(tmp_path: Path) -> None:
    names = ("CRMSYNC_ZOHO_CLIENT_SECRET", "CRMSYNC_ZOHO_REFRESH_TOKEN")
    others = "CRMSYNC_FXIAOKE_APP_SECRET=x\nCRMSYNC_FXIAOKE_PERMANENT_CODE=x\n"
    config = read(tmp_path, EXAMPLE, secrets=f"\ufeffexport {names[0]}='a b'\n{names[1]}=\"c'\n{others}")
    assert [config.secrets[name].get_secret_value() for name in names] == ["a b", "\"c'"]


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMSYNC_ZOHO_CLIENT_SECRET", "from environment")
    config = read(tmp_path, EXAMPLE)
    model = registry.spec("zoho").settings
    assert model is not None
    found = settings(config, "zoho", model).model_dump()
    assert found["client_secret"].get_secret_value() == "from environment"
    assert found["refresh_token"].get_secret_value() == "x"


def test_a_secrets_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        read(tmp_path, EXAMPLE, mode=0o644)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="crmsync init"):
        registry.load_config(tmp_path / "none.yaml")


def test_no_secret_shows_when_the_configuration_is_printed(tmp_path: Path) -> None:
    config = read(tmp_path, EXAMPLE, secrets=SECRETS.replace("=x", "=canary-7f3a"))
    assert "canary-7f3a" not in f"{config!r} {config} {config.model_dump_json()}"
