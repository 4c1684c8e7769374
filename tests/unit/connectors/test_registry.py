"""The registry finds every connector, lazily, and its declarations keep their promises."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import registry
from models import config as configuration
from models.errors import ConfigError
from models.spec import Stream
from models.warehouse.core import NEEDED

SECRETS = "CRMSYNC_CRM_CLIENT_SECRET=s\nCRMSYNC_CRM_REFRESH_TOKEN=r\n"


def load(folder: Path, keys: str) -> configuration.Config:
    (folder / "config.yaml").write_text(f"connections:\n  crm:\n    connector: zoho\n    client_id: c\n{keys}")
    secrets = folder / configuration.SECRETS_FILE
    secrets.write_text(SECRETS)
    secrets.chmod(0o600)
    return registry.load_config(folder / "config.yaml")


def test_both_connectors_are_found_in_order() -> None:
    assert registry.names() == ("fxiaoke", "zoho")


@pytest.mark.parametrize("name", registry.names())
def test_each_connector_fills_the_six_entities_that_metrics_stand_on_and_is_called_as_its_folder(name: str) -> None:
    spec = registry.spec(name)
    assert spec.name == name
    assert [stream.name for stream in spec.streams if not stream.optional] == [table.name for table in NEEDED]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (Stream("accounts", "More", ()), "zoho: two streams are called accounts"),
        (Stream("more", "More", (), entity="accounts"), "zoho: accounts and more would mark each other's rows as gone"),
    ],
)
def test_streams_that_would_get_in_each_other_s_way_are_refused(more: Stream, message: str) -> None:
    spec = registry.spec("zoho")
    with pytest.raises(ValueError, match=message):
        replace(spec, streams=(*spec.streams, more))


@pytest.mark.parametrize("name", registry.names())
def test_every_setting_is_explained(name: str) -> None:
    fields = registry.spec(name).settings.model_fields
    assert [key for key, info in fields.items() if not info.description] == []


def test_naming_the_connectors_imports_none_of_them() -> None:
    code = "import sys; from connectors import registry; registry.names(); print('connectors.zoho' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_checking_a_configuration_loads_no_http_stack() -> None:
    code = "import sys; from connectors import registry; registry.spec('zoho'); print('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_typo_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"did you mean zoho\?; there are: fxiaoke, zoho"):
        registry.spec("zohoo")


def test_a_configured_connection_is_made_without_a_call(tmp_path: Path) -> None:
    connector = registry.connect(load(tmp_path, "    data_center: eu\n"), "crm")
    assert connector.name == "crm"
    assert connector.usage.calls == 0
    connector.close()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "    data_center: uz\n",
            r"connections.crm: data_center: no data centre is called 'uz'.*there are: us, eu, in",
        ),
        ("", "data_center: say where the organisation lives; there are: us"),
        ("    base_url: http://crm.example.com\n", "base_url: plain http is for this machine only"),
        ("    data_center: us\n    enviroment: sandbox\n", "did you mean environment"),
        ("    data_center: us\n    refresh_token: r\n", "set the environment variable CRMSYNC_CRM_REFRESH_TOKEN"),
    ],
)
def test_wrong_settings_are_refused_with_the_key_and_the_remedy(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, keys)
