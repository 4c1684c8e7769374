"""The keys of a Fxiaoke connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from connectors import hosts

HOSTS = (
    "open.fxiaoke.com",
    "open-hwcloud.fxiaoke.com",
    "open-ale.fxiaoke.com",
    "open-ksc.sharecrm.com",
    "open-hws.fxiaoke.com",
    "open-na.sharecrm.com",
)
"""The public clouds (docs/vendor/fxiaoke.md §1.6); a private one has `open-` before its login domain."""


def _api_host(text: str) -> str:
    if hosts.host_name(text).startswith("www."):
        raise ValueError(f"{text} is the web site, not an API host; there are: {', '.join(HOSTS)}")
    return text


class FxiaokeSettings(BaseModel):
    """One connection to one Fxiaoke tenant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(_api_host)] = Field(
        HOSTS[0], description=f"of the tenant's cloud: {', '.join(HOSTS)}, or open-<login domain> for a private one"
    )
    base_url: Annotated[str, AfterValidator(hosts.base_url)] | None = Field(
        None, description="in place of the host, for a local sandbox"
    )
    style: Literal["oauth", "legacy"] = Field(
        "oauth", description="legacy: corpAccessToken in the body and FSUID ids, for tenants without the new login"
    )
    app_id: str = Field(min_length=1, description="of the self-built app, FSAID_…")
    app_secret: SecretStr = Field(description="of the same app")
    permanent_code: SecretStr = Field(description="of the same app; the admin console shows it")
    user_id: str = Field("1000", min_length=1, description="employee who acts; rows that he may not see are not read")
    calls_per_20_s: int = Field(90, ge=1, description="of each path; the CRM allows a tenant 100")

    @property
    def api_url(self) -> str:
        return self.base_url or f"https://{self.host}"
