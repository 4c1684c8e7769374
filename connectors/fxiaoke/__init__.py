"""纷享销客 (Fxiaoke, ShareCRM), Open API. What it really does stands in docs/vendor/fxiaoke.md, cited by section."""

from __future__ import annotations

from pathlib import Path

from connectors.fxiaoke.settings import FxiaokeSettings
from connectors.fxiaoke.streams import CONVERTERS, STREAMS, module
from connectors.timing import SYSTEM, Timing
from models.protocols import Connector, ConnectorSpec


def connect(name: str, settings: FxiaokeSettings, folder: Path, timing: Timing = SYSTEM) -> Connector:
    """The connector of one connection; `folder` keeps its access token."""
    from connectors.fxiaoke.connector import Fxiaoke  # noqa: PLC0415 - the HTTP stack is not needed to check a file

    return Fxiaoke(name, settings, folder, timing)


SPEC = ConnectorSpec(
    name="fxiaoke",
    settings=FxiaokeSettings,
    streams=STREAMS,
    connect=connect,
    module=module,
    converters=CONVERTERS,
    example={"host": "open.fxiaoke.com", "app_id": "FSAID_YOUR_APP", "user_id": "1000", "currency": "CNY"},
)
