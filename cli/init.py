"""`crmsync init` and `crmsync migrate`: write a configuration, its secrets file, and the tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cli.output import Output
from cli.session import Options, opened
from connectors import registry
from connectors.hosts import base_url
from models.config import SECRETS_FILE, Language, near_names
from models.errors import ConfigError
from models.warehouse.migrate import migrate

_HEAD = """\
# crmsync configuration. Every key is explained in config.example.yaml; secrets stand in {secrets}.
warehouse:
  url: {warehouse}
reporting:
  timezone: Asia/Shanghai
  base_currency: CNY
  language: {language}
connections:
"""

_ZOHO = """\
  zoho:
    connector: zoho
    {where}
    client_id: {client_id}
    language: en
    auto_apply: {auto_apply}
{push}"""

_ZOHO_PUSH = """\
    push:
      tier:
        object: Accounts
        fields: {tier: Customer_Tier, reason: Tier_Reason}
      score:
        object: Sales_Performance
        match: Salesperson
        fields: {score: Score, rank: Rank, period: Period}
"""

_FXIAOKE = """\
  fxiaoke:
    connector: fxiaoke
    {where}
    app_id: {app_id}
    user_id: "1000"
    language: zh
    currency: CNY
    auto_apply: {auto_apply}
{push}"""

_FXIAOKE_PUSH = """\
    push:
      tier:
        object: AccountObj
        fields: {tier: customer_tier__c, reason: tier_reason__c}
      score:
        object: performance__c
        match: salesperson__c
        fields: {score: score__c, rank: rank__c, period: period__c}
"""

_NO_PUSH = "    # push: which results go into which fields; config.example.yaml shows it\n"

_SANDBOX_SECRETS = {
    "CRMSYNC_ZOHO_CLIENT_SECRET": "sandbox-secret",
    "CRMSYNC_ZOHO_REFRESH_TOKEN": "sandbox-refresh",
    "CRMSYNC_FXIAOKE_APP_SECRET": "sandbox-secret",
    "CRMSYNC_FXIAOKE_PERMANENT_CODE": "sandbox-code",
    "CRMSYNC_SLACK_WEBHOOK_URL": "{url}/slack/services/T0SANDBOX/B0SANDBOX/sandbox",
    "CRMSYNC_TEAMS_WEBHOOK_URL": "{url}/teams/workflows/sandbox/triggers/manual/paths/invoke?sig=sandbox",
}

_SECRETS_OF = {
    "zoho": ("CRMSYNC_ZOHO_CLIENT_SECRET", "CRMSYNC_ZOHO_REFRESH_TOKEN"),
    "fxiaoke": ("CRMSYNC_FXIAOKE_APP_SECRET", "CRMSYNC_FXIAOKE_PERMANENT_CODE"),
}


def init_command(
    options: Options,
    *,
    sandbox: str | None,
    warehouse: str | None,
    connectors: Sequence[str] | None,
    language: Language = "zh",
) -> None:
    """Write the files, then the tables. Nothing that exists is overwritten."""
    path = options.config
    secrets = path.parent / SECRETS_FILE
    for existing in (path, secrets):
        if existing.exists():
            raise ConfigError(f"{existing} exists already; choose another place with --config, or remove it")
    url = warehouse or "sqlite:///warehouse.db"
    if sandbox:
        text, values = _for_sandbox(sandbox, url, language)
    else:
        text, values = _for_tenants(_chosen(connectors), url, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(secrets, "".join(f"{name}={value}\n" for name, value in values.items()))
    path.write_text(text, encoding="utf-8")
    out = Output(options.json, options.quiet)
    out.line(f"Wrote {path} and {secrets} (readable by you only).")
    following = f"crmsync run daily --config {path}"
    if sandbox:
        migrate_command(options, document=False)
    else:
        following = f"fill in {path} and {secrets}, then: crmsync migrate --config {path}"
    out.line(f"Next: {following}")
    out.document({"config": str(path), "secrets": str(secrets)})


def migrate_command(options: Options, *, document: bool = True) -> None:
    with opened(options, check=False) as session:
        before, after = migrate(session.warehouse)
        if before == after:
            session.out.line(f"Warehouse {session.warehouse.url} is at version {after} already.")
        else:
            session.out.line(f"Warehouse {session.warehouse.url}: version {before or 'none'} → {after}.")
        if document:
            session.out.document({"warehouse": session.warehouse.url, "before": before, "after": after})


def _for_sandbox(url: str, warehouse: str, language: Language) -> tuple[str, dict[str, str]]:
    try:
        url = base_url(url)
    except ValueError as error:
        raise ConfigError(f"--sandbox: {error}") from None
    text = _HEAD.format(secrets=SECRETS_FILE, warehouse=warehouse, language=language)
    text += _ZOHO.format(where=f"base_url: {url}/zoho", client_id="sandbox-client", auto_apply="true", push=_ZOHO_PUSH)
    text += _FXIAOKE.format(
        where=f"base_url: {url}/fxiaoke", app_id="FSAID_sandbox", auto_apply="true", push=_FXIAOKE_PUSH
    )
    text += "publish:\n  channels: [slack, teams]\n"
    return text, {name: value.format(url=url) for name, value in _SANDBOX_SECRETS.items()}


def _for_tenants(connectors: Sequence[str], warehouse: str, language: Language) -> tuple[str, dict[str, str]]:
    blocks = {
        "zoho": _ZOHO.format(
            where="data_center: cn  # or us, eu, in, au, jp, ca, sa",
            client_id="1000.YOUR_CLIENT_ID",
            auto_apply="false",
            push=_NO_PUSH,
        ),
        "fxiaoke": _FXIAOKE.format(
            where="host: open.fxiaoke.com", app_id="FSAID_YOUR_APP", auto_apply="false", push=_NO_PUSH
        ),
    }
    head = _HEAD.format(secrets=SECRETS_FILE, warehouse=warehouse, language=language)
    return head + "".join(blocks[name] for name in connectors), {
        variable: "" for name in connectors for variable in _SECRETS_OF[name]
    }


def _chosen(connectors: Sequence[str] | None) -> list[str]:
    if not connectors:
        if not sys.stdin.isatty():
            raise ConfigError("say what to connect to: --sandbox URL, or --connector zoho, or --connector fxiaoke")
        answer = typer.prompt(f"Which CRMs do you use? ({', '.join(registry.names())})", default="zoho")
        connectors = answer.replace(",", " ").split()
    for name in connectors:
        if name not in _SECRETS_OF:
            near = near_names(name, registry.names()) or f"; there are: {', '.join(registry.names())}"
            raise ConfigError(f"no connector is called {name!r}{near}")
    return list(dict.fromkeys(connectors))


def _write_private(path: Path, text: str) -> None:
    """Created readable by its owner only: it is never open to others, not even for a moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
