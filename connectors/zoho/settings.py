"""The keys of a Zoho connection, and the hosts that they lead to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from connectors import hosts
from models.config import near_names

DATA_CENTERS: dict[str, tuple[str, str]] = {
    "us": ("accounts.zoho.com", "zohoapis.com"),
    "eu": ("accounts.zoho.eu", "zohoapis.eu"),
    "in": ("accounts.zoho.in", "zohoapis.in"),
    "au": ("accounts.zoho.com.au", "zohoapis.com.au"),
    "jp": ("accounts.zoho.jp", "zohoapis.jp"),
    "cn": ("accounts.zoho.com.cn", "zohoapis.com.cn"),
    "ca": ("accounts.zohocloud.ca", "zohoapis.ca"),
    "sa": ("accounts.zoho.sa", "zohoapis.sa"),
}
"""Code → accounts server, domain of the API (docs/vendor/zoho.md §1.1)."""

_SUBDOMAIN = {"production": "www", "sandbox": "sandbox", "developer": "developer"}


class ZohoSettings(BaseModel):
    """One connection to one Zoho organisation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: Annotated[str, AfterValidator(hosts.base_url)] | None = Field(
        None, description="accounts server and API in one, for a local sandbox; data_center is not needed then"
    )
    data_center: str | None = Field(
        None, validate_default=True, description=f"where the organisation lives: {', '.join(DATA_CENTERS)}"
    )
    environment: Literal["production", "sandbox", "developer"] = Field(
        "production", description="which of the organisation's environments the refresh token is for"
    )
    client_id: str = Field(min_length=1, description="of the self client in Zoho's API console")
    client_secret: SecretStr = Field(description="of the same self client")
    refresh_token: SecretStr = Field(description="got once for the self client's grant code; lasts until revoked")

    @field_validator("data_center")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        there_are = f"there are: {', '.join(DATA_CENTERS)}"
        if value is None and info.data.get("base_url") is None:
            raise ValueError(f"say where the organisation lives; {there_are}")
        if value is not None and value not in DATA_CENTERS:
            raise ValueError(f"no data centre is called {value!r}{near_names(value, tuple(DATA_CENTERS))}; {there_are}")
        return value

    @property
    def accounts_url(self) -> str:
        return self.base_url or f"https://{DATA_CENTERS[self.data_center or ''][0]}"

    @property
    def api_url(self) -> str:
        """Not the `api_domain` of the token's answer: a token goes only to hosts that we name (§10.1)."""
        return self.base_url or f"https://{_SUBDOMAIN[self.environment]}.{DATA_CENTERS[self.data_center or ''][1]}"
