"""The vendor's own Python SDK, pointed at a running sandbox as docs/vendor/zoho.md §10 tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store.file_store import FileStore
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox


def connect(sandbox: Sandbox, folder: Path, **token: Any) -> None:
    """Make the SDK, which has one connection for the whole process, talk to this sandbox."""
    base = f"{sandbox.url}/zoho"
    token = {"refresh_token": "sandbox-refresh", "find_user": False} | token
    Initializer.initialize(
        environment=DataCenter.Environment(base, f"{base}/oauth/v2/token", base),
        token=OAuthToken(client_id="sandbox-client", client_secret="sandbox-secret", **token),  # noqa: S106 - public
        store=FileStore(str(folder / "tokens.txt")),
        sdk_config=SDKConfig(
            auto_refresh_fields=False,
            pick_list_validation=False,
            update_api_domain=False,
            connect_timeout=30.0,
            read_timeout=30.0,
        ),
        resource_path=str(folder),
    )


def parameters(*pairs: tuple[Any, Any]) -> Any:
    made = ParameterMap()
    for parameter, value in pairs:
        made.add(parameter, value)
    return made
