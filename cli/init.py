"""`crmsync init` and `crmsync migrate`: write a configuration, its secrets file, and the tables."""

from __future__ import annotations

import math
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
import yaml
from pydantic_core import to_jsonable_python
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from cli.output import Output
from cli.session import Options, opened
from connectors import registry
from connectors.hosts import base_url
from models.config import SECRETS_FILE, ConnectionConfig, Language, secret_variables
from models.errors import ConfigError
from models.protocols import ConnectorSpec
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

_SANDBOX = """\
  zoho:
    connector: zoho
    base_url: {url}/zoho
    client_id: sandbox-client
    language: en
    auto_apply: true
    push:
      tier:
        object: Accounts
        fields: {{tier: Customer_Tier, reason: Tier_Reason}}
      score:
        object: Sales_Performance
        match: Salesperson
        fields: {{score: Score, rank: Rank, period: Period}}
{zoho_more}  fxiaoke:
    connector: fxiaoke
    base_url: {url}/fxiaoke
    calls_per_20_s: 100  # all that it takes: the sandbox is yours alone
    app_id: FSAID_sandbox
    user_id: "1000"
    language: zh
    currency: CNY
    auto_apply: true
    push:
      tier:
        object: AccountObj
        fields: {{tier: customer_tier__c, reason: tier_reason__c}}
      score:
        object: performance__c
        match: salesperson__c
        fields: {{score: score__c, rank: rank__c, period: period__c}}
{fxiaoke_more}publish:
  channels: [slack, teams]
"""

_SANDBOX_OWN = {
    "zoho": """\
    streams:
      payment_plans:
        entity: payment_plans
        object: Payment_Plans
        fields:
          {name: Name, account_id: Account, deal_id: Deal, order_id: Sales_Order, due_on: Due_Date, amount: Amount,
            status: Status}
      payments:
        entity: payments
        object: Payments
        fields:
          {name: Name, account_id: Account, deal_id: Deal, order_id: Sales_Order, plan_id: Payment_Plan,
            paid_on: Paid_On, amount: Amount, method: Method, status: Status}
      surveys:
        entity: feedback
        object: Customer_Feedback
        fields:
          {kind: Kind, account_id: Account, contact_id: Contact, case_id: Case, rating: Score, happened_at: Answered_At,
            text: Comment}
        constants: {from_kind: customer, scale: 10}
""",
    "fxiaoke": """\
    streams:
      surveys:
        entity: feedback
        object: object_f7B2k__c
        fields:
          {account_id: account_id__c, contact_id: contact_id__c, rating: score__c, happened_at: surveyed_time__c,
            text: comment__c}
        constants: {kind: nps, from_kind: customer, scale: 10}
""",
}
"""What tenants of these CRMs add themselves: modules for payments, surveys."""

_SANDBOX_SECRETS = {
    "CRMSYNC_ZOHO_CLIENT_SECRET": "sandbox-secret",
    "CRMSYNC_ZOHO_REFRESH_TOKEN": "sandbox-refresh",
    "CRMSYNC_FXIAOKE_APP_SECRET": "sandbox-secret",
    "CRMSYNC_FXIAOKE_PERMANENT_CODE": "sandbox-code",
    "CRMSYNC_SLACK_WEBHOOK_URL": "{url}/slack/services/T0SANDBOX/B0SANDBOX/sandbox",
    "CRMSYNC_TEAMS_WEBHOOK_URL": "{url}/teams/workflows/sandbox/triggers/manual/paths/invoke?sig=sandbox",
}

_COMMON = ("language", "currency", "auto_apply")
_WIDTH = 112


def init_command(
    options: Options,
    *,
    sandbox: str | None,
    warehouse: str | None,
    connectors: Sequence[str] | None,
    language: Language = "zh",
    lean: bool = False,
) -> None:
    """Write the files, then the tables. Nothing that exists is overwritten.

    `lean` leaves out the streams of the sandbox on which no metric stands.
    """
    path = options.config
    secrets = path.parent / SECRETS_FILE
    for existing in (path, secrets):
        if existing.exists():
            raise ConfigError(f"{existing} exists already; choose another place with --config, or remove it")
    url = warehouse or "sqlite:///warehouse.db"
    if sandbox:
        text, values = _for_sandbox(sandbox, url, language, lean=lean)
    else:
        text, values = _for_tenants(_chosen(connectors), url, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(secrets, "".join(f"{name}={value}\n" for name, value in values.items()))
    if _holds_password(url):
        _write_private(path, text)
    else:
        path.write_text(text, encoding="utf-8")
    out = Output(options.json, options.quiet)
    out.line(f"Wrote {path} and {secrets} (readable by you only).")
    following = options.command("run daily")
    if sandbox:
        migrate_command(options, document=False)
    else:
        following = f"fill in {path} and {secrets}, then: {options.command('migrate')}"
    out.line(f"Next: {following}")
    out.document({"config": str(path), "secrets": str(secrets)})


def migrate_command(options: Options, *, document: bool = True) -> None:
    with opened(options, check=False) as session:
        before, after = migrate(session.warehouse, session.config.bi)
        if before == after:
            session.out.line(
                f"Warehouse {session.warehouse.url} is at version {after} already; its views were made anew."
            )
        else:
            session.out.line(f"Warehouse {session.warehouse.url}: version {before or 'none'} → {after}.")
        if document:
            session.out.document({"warehouse": session.warehouse.url, "before": before, "after": after})


def _head(warehouse: str, language: Language) -> str:
    return _HEAD.format(secrets=SECRETS_FILE, warehouse=_scalar(warehouse), language=language)


def _for_sandbox(url: str, warehouse: str, language: Language, *, lean: bool) -> tuple[str, dict[str, str]]:
    try:
        url = base_url(url)
    except ValueError as error:
        raise ConfigError(f"--sandbox: {error}") from None
    more = {f"{name}_more": _skipping(name) if lean else own for name, own in _SANDBOX_OWN.items()}
    text = _head(warehouse, language) + _SANDBOX.format(url=url, **more)
    return text, {name: value.format(url=url) for name, value in _SANDBOX_SECRETS.items()}


def _skipping(connector: str) -> str:
    optional = [stream.name for stream in registry.spec(connector).streams if stream.optional]
    return f"    skip: {_scalar(optional)}\n"


def _for_tenants(connectors: Sequence[str], warehouse: str, language: Language) -> tuple[str, dict[str, str]]:
    specs = [registry.spec(name) for name in connectors]
    text = _head(warehouse, language) + "".join(_connection(spec, language) for spec in specs)
    return text, {name: "" for spec in specs for name in secret_variables(spec.name, spec.settings).values()}


def _connection(spec: ConnectorSpec, language: Language) -> str:
    """One connection: the keys to fill in, and as comments those whose default may do."""
    fields = {**spec.settings.model_fields, **{key: ConnectionConfig.model_fields[key] for key in _COMMON}}
    given = {**spec.example, "language": language, "auto_apply": False}
    secrets = secret_variables(spec.name, spec.settings)
    lines = [f"connector: {spec.name}"]
    for key, info in fields.items():
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        is_given = key in given or info.is_required()
        if key in secrets or not (is_given or default is not None):
            continue
        lines += [f"# {line}" for line in textwrap.wrap(info.description or "", _WIDTH, break_on_hyphens=False)]
        value = given.get(key, f"YOUR_{key.upper()}" if info.is_required() else default)
        lines.append(f"{'' if is_given else '# '}{key}: {_scalar(value)}")
    lines.append("# push: which results go into which fields; config.example.yaml shows it")
    return f"  {spec.name}:\n" + "".join(f"    {line}\n" for line in lines)


def _scalar(value: Any) -> str:
    """A value on one line of YAML, quoted where it has to be."""
    shown = yaml.safe_dump(to_jsonable_python(value), default_flow_style=True, allow_unicode=True, width=math.inf)
    return shown.strip().removesuffix("\n...")


def _chosen(connectors: Sequence[str] | None) -> list[str]:
    if not connectors and sys.stdin.isatty():
        answer = typer.prompt(f"Which CRMs do you use? ({', '.join(registry.names())})")
        connectors = answer.replace(",", " ").split()
    if not connectors:
        choices = ", or ".join(f"--connector {name}" for name in registry.names())
        raise ConfigError(f"say what to connect to: --sandbox URL, or {choices}")
    return list(dict.fromkeys(connectors))


def _holds_password(url: str) -> bool:
    """What cannot be read may hold one as well."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return True
    return bool(parsed.password) or "password" in parsed.query


def _write_private(path: Path, text: str) -> None:
    """Created readable by its owner only: it is never open to others, not even for a moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:  # a full disk: half a file would keep the next try from beginning
        path.unlink()
        raise
