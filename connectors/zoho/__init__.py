"""Zoho CRM, REST API v8. What it really does stands in docs/vendor/zoho.md, which the code cites by section."""

from __future__ import annotations

from pathlib import Path

from connectors.timing import SYSTEM, Timing
from connectors.zoho.settings import ZohoSettings
from connectors.zoho.streams import CONVERTERS, STREAMS, module
from models.protocols import Connector, ConnectorSpec


def connect(name: str, settings: ZohoSettings, folder: Path, timing: Timing = SYSTEM) -> Connector:
    """The connector of one connection; `folder` keeps its access token."""
    from connectors.zoho.connector import Zoho  # noqa: PLC0415 - the HTTP stack is not needed to check a configuration

    return Zoho(name, settings, folder, timing)


SPEC = ConnectorSpec(
    name="zoho",
    settings=ZohoSettings,
    streams=STREAMS,
    connect=connect,
    module=module,
    converters=CONVERTERS,
    example={"data_center": "cn", "client_id": "1000.YOUR_CLIENT_ID"},
)
