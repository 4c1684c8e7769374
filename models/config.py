"""The configuration file, checked: unknown keys are refused, secrets come from the environment only.

Every key is explained in `config.example.yaml`.
"""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from models.errors import ConfigError

Language = Literal["en", "zh"]
Model = TypeVar("Model", bound=BaseModel)
SECRETS_FILE = "secrets.env"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{name!r} is not a time zone; write it like Asia/Shanghai") from error
    return name


def _cron(line: str) -> str:
    try:
        CronSim(line, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{line!r} is no cron line; write it like '0 6 * * *', at six every day") from error
    return line


def _file_name(path: str) -> str:
    if not path.isprintable():
        raise ValueError("it holds a control character")
    return path


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or url.split() != [url]:
        raise ValueError(f"{url!r} is not a web address; write it like https://www.example.com/report.html")
    return url


class Section(BaseModel):
    """A part of the file: every key known, nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WarehouseConfig(Section):
    url: str = Field("sqlite:///warehouse.db", description="database; a relative SQLite path starts at the config file")
    schema_name: str = Field("crmsync", alias="schema", min_length=1, description="PostgreSQL only")


class RawConfig(Section):
    retention_days: int = Field(
        30, ge=0, le=36_500, description="for which records are kept as they were fetched; 0 = not at all"
    )


class ReportingConfig(Section):
    timezone: Annotated[str, AfterValidator(_zone)] = Field("Asia/Shanghai", description="of every local day")
    base_currency: str = Field("CNY", pattern="^[A-Z]{3}$", description="of all amounts that are added up")
    language: Language = Field("zh", description="of chat messages; the page has both")
    fiscal_year_start: int = Field(1, ge=1, le=12, description="first month of the fiscal year")


class PushTargetConfig(Section):
    """Where one result goes in one CRM."""

    object: str = Field(description="the CRM's module or object")
    match: str | None = Field(None, description="lookup field that names the salesperson; none: the record itself")
    fields: dict[str, str] = Field(min_length=1, description="result value → field of the CRM")


class StreamConfig(Section):
    """An object of the tenant's own, read into one of our tables."""

    entity: str = Field("custom_records", description="the table that it fills, such as payments or feedback")
    object: str = Field(description="the CRM's module or object")
    fields: dict[str, str] = Field(default_factory=dict, description="column → field of the CRM; the others: custom")
    constants: dict[str, str | int] = Field(default_factory=dict, description="column → what all rows have in it")


class ConnectionConfig(BaseModel):
    """One connection to one tenant. Further keys are those of its connector, checked by the connector's settings."""

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str = Field(description="kind of CRM: zoho or fxiaoke")
    language: Language = Field("zh", description="of what is written into this CRM")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="where the CRM names none")
    on_schema_change: Literal["report", "stop"] = Field(
        "report", description="what a change of the CRM's fields does to the streams that hold them"
    )
    auto_apply: bool = Field(default=False, description="may `run daily` write without being asked")
    skip: tuple[str, ...] = Field((), description="streams that are not read; only those that a CRM may lack")
    streams: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")], StreamConfig] = Field(
        default_factory=dict, description="name → an object of your own that is read, too"
    )
    personal_data: dict[str, dict[str, Literal["hash", "drop"]]] = Field(
        default_factory=dict, description="stream → field of the CRM → what becomes of it before it is kept anywhere"
    )
    push: dict[str, PushTargetConfig] = Field(default_factory=dict, description="result → where it goes")


class TierConfig(Section):
    """Value × need. A row of the matrix is a level of value, a column a level of need, the highest first."""

    version: str = "1"
    value_cuts: tuple[Decimal, ...] = (Decimal(1_000_000), Decimal(300_000))
    need_cuts: tuple[Decimal, ...] = (Decimal(500_000), Decimal(100_000))
    matrix: tuple[tuple[str, ...], ...] = (("VIP", "VIP", "A"), ("A", "B", "B"), ("B", "C", "C"))

    @model_validator(mode="after")
    def _fits(self) -> TierConfig:
        for name, cuts in (("value_cuts", self.value_cuts), ("need_cuts", self.need_cuts)):
            if list(cuts) != sorted(cuts, reverse=True) or len(set(cuts)) != len(cuts):
                raise ValueError(f"{name} must fall from left to right")
        rows, columns = len(self.value_cuts) + 1, len(self.need_cuts) + 1
        if len(self.matrix) != rows or any(len(row) != columns for row in self.matrix):
            raise ValueError(f"matrix needs {rows} rows of {columns} tiers, one more than there are cuts")
        return self


class ScoreConfig(Section):
    version: str = "1"
    weights: dict[Literal["bookings", "win_rate_count", "lead_conversion_rate"], Annotated[Decimal, Field(gt=0)]] = (
        Field(
            default={"bookings": Decimal(60), "win_rate_count": Decimal(25), "lead_conversion_rate": Decimal(15)},
            min_length=1,
            description="metric → weight",
        )
    )
    cap: Decimal = Field(
        Decimal("1.2"), gt=0, le=100, description="most that bookings count for, in multiples of the mean"
    )
    min_coverage: Decimal = Field(Decimal("0.7"), ge=0, le=1, description="below it nobody is ranked")
    grace_days: int = Field(30, ge=0, le=80, description="first days of a quarter in which the last one is pushed")


class ComputeConfig(Section):
    tier: TierConfig = TierConfig()
    score: ScoreConfig = ScoreConfig()


class PublishConfig(Section):
    """Chat webhooks. Their URLs are secrets: CRMSYNC_SLACK_WEBHOOK_URL, CRMSYNC_TEAMS_WEBHOOK_URL."""

    channels: tuple[Literal["slack", "teams"], ...] = Field((), description="where the digest goes")
    report: Annotated[str, AfterValidator(_file_name)] = Field(
        "report.html", description="the page; a relative path starts at the config file"
    )
    report_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, description="where people reach the page; the digest links to it"
    )


class BiColumn(Section):
    """A column of a view for BI tools, from fields that no column of the table holds; a label may be that of a column."""

    fields: tuple[str, ...] = Field(min_length=1, description="of the CRM; the first that a record has counts")
    type: Literal["text", "number", "label"] = Field(
        "text", description="what it is shown as; a number only if it is one; of a picklist's code the label"
    )


class ScheduleConfig(Section):
    daily: Annotated[str, AfterValidator(_cron)] = Field("0 6 * * *", description="cron, in reporting.timezone")


class Config(Section):
    """The whole file. `folder` is where it lies; relative paths start there."""

    warehouse: WarehouseConfig = WarehouseConfig()
    raw: RawConfig = RawConfig()
    reporting: ReportingConfig = ReportingConfig()
    connections: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")], ConnectionConfig] = Field(min_length=1)
    compute: ComputeConfig = ComputeConfig()
    publish: PublishConfig = PublishConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    bi: dict[str, dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")], BiColumn]] = Field(
        default_factory=dict, description="table → column of its view for BI tools → where it comes from"
    )
    folder: Path = Field(exclude=True)
    secrets: dict[str, SecretStr] = Field(default_factory=dict, exclude=True, repr=False)

    def path(self, relative: str) -> Path:
        return self.folder / relative

    def warehouse_url(self) -> str:
        """The database URL with a relative SQLite path made absolute."""
        prefix = "sqlite:///"
        url = self.warehouse.url
        return f"{prefix}{self.path(url.removeprefix(prefix))}" if url.startswith(prefix) else url

    def secret(self, name: str) -> SecretStr | None:
        """A secret by its full name, such as CRMSYNC_ZOHO_CLIENT_SECRET: from the environment, else the 0600 file."""
        value = os.environ.get(name)
        return SecretStr(value) if value else self.secrets.get(name)


def load(path: Path, settings_of: Callable[[str], type[BaseModel]]) -> Config:
    """Read and check the file, the connections' own keys included.

    Args:
        path: Of the file.
        settings_of: A connector's settings model by the connector's name; a ConfigError if there is no such connector.

    Raises:
        ConfigError: One line that names the key, the cause and the remedy.
    """
    raw = _read_yaml(path)
    for name in ("folder", "secrets"):
        if name in raw:
            raise ConfigError(f"{path.name}: {name} is not a key of the configuration; remove it")
    try:
        config = Config.model_validate({**raw, "folder": path.parent.absolute(), "secrets": _secrets(path.parent)})
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {explain(error, Config)}") from None
    for name, connection in config.connections.items():
        try:
            model = settings_of(connection.connector)
        except ConfigError as error:
            raise ConfigError(f"{path.name}: connections.{name}.connector: {error}") from None
        settings(config, name, model)
    return config


def settings(config: Config, name: str, model: type[Model]) -> Model:
    """The connector's own settings of one connection, its secrets taken from the environment.

    Raises:
        ConfigError: A key that the connector does not have, a wrong value, or a credential that is missing.
    """
    given = dict(config.connections[name].model_extra or {})
    for key, variable in secret_variables(name, model).items():
        if key in given:
            raise ConfigError(
                f"connections.{name}.{key}: secrets do not belong in the configuration file; "
                f"set the environment variable {variable} or write it into {SECRETS_FILE} (mode 0600) beside the file"
            )
        secret = config.secret(variable)
        if secret is not None:
            given[key] = secret
        elif model.model_fields[key].is_required():
            raise ConfigError(
                f"connections.{name}.{key} is missing: set the environment variable {variable} "
                f"or write {variable}=… into {SECRETS_FILE} (mode 0600) beside the configuration file"
            )
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ConfigError(f"connections.{name}: {explain(error, model, also=ConnectionConfig)}") from None


def secret_variables(connection: str, model: type[BaseModel]) -> dict[str, str]:
    """Secret settings of a connector → the environment variables that hold them for one connection."""
    return {
        key: f"CRMSYNC_{connection.upper()}_{key.upper()}"
        for key, info in model.model_fields.items()
        if info.annotation in {SecretStr, SecretStr | None}
    }


def explain(error: ValidationError, model: type[BaseModel], *, also: type[BaseModel] | None = None) -> str:
    """The first fault of a validation error in one line: key, cause, and the nearest known key for a typo."""
    faults = error.errors(include_url=False, include_input=False)
    first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")  # a typo explains what is missing
    location = first["loc"]
    key = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        known = _keys(model, location[:-1]) | (_keys(also, ()) if also and len(location) == 1 else set())
        near = near_names(str(location[-1]), tuple(known)) or f"; known here: {', '.join(sorted(known))}"
        return f"unknown key {key}{near}"
    if first["type"] == "missing":
        return f"{key} is missing; config.example.yaml shows it"
    return f"{key}: {first['msg'].removeprefix('Value error, ')}"


def choose(names: Sequence[str], known: Sequence[str], refusal: str) -> list[str]:
    """Those of `known`, in its order, that are named; all of them if none is.

    Args:
        refusal: How the sentence about a wrong name begins: "no connection is called".

    Raises:
        ConfigError: A name that is not known, with the nearest ones.
    """
    for name in names:
        if name not in known:
            near = near_names(name, tuple(known)) or f"; there are: {', '.join(known)}"
            raise ConfigError(f"{refusal} {name!r}{near}")
    return [name for name in known if not names or name in names]


def near_names(name: str, known: tuple[str, ...]) -> str:
    """`; did you mean X or Y?` for a typo, else nothing."""
    lower = {item.lower(): item for item in known}
    found = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _keys(model: Any, location: tuple[Any, ...]) -> set[str]:
    """The keys that a section knows, found by walking the models along `location`."""
    for part in location:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return set()
        info = model.model_fields.get(str(part))
        model = info.annotation if info else None
        args = getattr(model, "__args__", ())
        if args and not isinstance(model, type):
            model = args[-1]
    if isinstance(model, type) and issubclass(model, BaseModel):
        hidden = {"folder", "secrets"}
        return {info.alias or key for key, info in model.model_fields.items()} - hidden
    return set()


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        found: list[Any] = []
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # what `<<` brings may be overruled
                continue
            key = self.construct_object(key_node, deep=True)
            if key in found:
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", key_node.start_mark)
            found.append(key)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.load(_text(path), _OnceLoader)  # noqa: S506 - it is a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)  # the line itself may hold a secret
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{path.name}{where} is not YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        ) from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path.name} holds no configuration; config.example.yaml shows one")
    return raw


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; make one with: crmsync init") from None
    except UnicodeDecodeError as error:  # the error's own words would show a part of a secret
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def _unquoted(value: str) -> str:
    """A value as a shell would take it: written for one, such files quote."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _secrets(folder: Path) -> Mapping[str, SecretStr]:
    """NAME=value lines of the secrets file; refused if other users can read it."""
    path = folder / SECRETS_FILE
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(f"{path.name} can be read by other users; run: chmod 600 {path}")
    found: dict[str, SecretStr] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals:
            raise ConfigError(f"{path.name}, line {number}: write NAME=value")
        if value.strip():
            found[name.strip()] = SecretStr(_unquoted(value.strip()))
    return found
