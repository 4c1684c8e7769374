"""The push section of one connection, checked against the CRM's metadata before anything is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.config import ConnectionConfig, PushTargetConfig, choose, near_names
from models.errors import ConfigError
from models.protocols import Connector
from models.records import FieldInfo
from pipeline.push.results import RESULTS, Result, ResultRow
from pipeline.push.values import misfit


@dataclass(frozen=True, slots=True)
class Target:
    """Where one result goes: value name → field of the CRM.

    Attributes:
        at: Where the configuration says it, for messages: `connections.zoho.push.tier`.
    """

    at: str
    result: Result
    object: str
    match: str | None
    fields: Mapping[str, FieldInfo]

    @property
    def api_names(self) -> list[str]:
        return [field.api_name for field in self.fields.values()]

    def check_values(self, rows: list[ResultRow]) -> None:
        """Refuse values that a field cannot take.

        Raises:
            ConfigError: A picklist without one of the options, text for a number or the reverse, a lookup, a date.
        """
        for name, field in self.fields.items():
            cause = misfit((row.values[name] for row in rows), field)
            if cause:
                raise ConfigError(
                    f"{self.at}.fields.{name}: {self.object}.{field.api_name} {cause}; "
                    "change the field in the CRM, or name another one"
                )


def find_targets(connector: Connector, connection: ConnectionConfig) -> list[Target]:
    """The targets of one connection, in the order of `RESULTS`.

    Raises:
        ConfigError: A result, value, object or field that does not exist, is read-only, or is named twice.
    """
    section = f"connections.{connector.name}.push"
    for name in connection.push:
        if name not in RESULTS:
            known = "; ".join(f"{result.name}: {result.description}" for result in RESULTS.values())
            near = near_names(name, tuple(RESULTS)) or f"; there are: {known}"
            raise ConfigError(f"{section}.{name}: no result is called {name!r}{near}")
    targets = [
        _target(connector, f"{section}.{name}", result, connection.push[name])
        for name, result in RESULTS.items()
        if name in connection.push
    ]
    _check_twice(targets)
    return targets


def _target(connector: Connector, at: str, result: Result, config: PushTargetConfig) -> Target:
    try:
        known = connector.fields(config.object)
    except ConfigError as error:
        raise ConfigError(f"{at}.object: {error}") from error
    for value in config.fields:
        choose([value], tuple(result.values), f"{at}.fields.{value}: the result {result.name} has no value")
    if result.needs_match and not config.match:
        raise ConfigError(
            f"{at}.match is missing: name the lookup field of {config.object} that says whose {result.name} it is"
        )
    if config.match:
        _field(f"{at}.match", config.object, config.match, known)
    fields = {
        value: _field(f"{at}.fields.{value}", config.object, name, known) for value, name in config.fields.items()
    }
    for value, field in fields.items():
        if field.api_name == config.match:
            raise ConfigError(
                f"{at}.fields.{value}: {config.object}.{field.api_name} is what {at}.match finds the record by; "
                "name another field"
            )
        if field.read_only:
            raise ConfigError(
                f"{at}.fields.{value}: {config.object}.{field.api_name} is read-only; "
                "name another field, or let the CRM's administrator give the right to edit it"
            )
    return Target(at, result, config.object, config.match, fields)


def _field(at: str, object_name: str, name: str, known: Mapping[str, FieldInfo]) -> FieldInfo:
    if name in known:
        return known[name]
    near = near_names(name, tuple(known)) or "; create it in the CRM, or name another one"
    raise ConfigError(f"{at}: {object_name} has no field {name!r}{near}")


def _check_twice(targets: list[Target]) -> None:
    """Two values for one field would overwrite each other in every run."""
    taken: dict[tuple[str, str], str] = {}
    for target in targets:
        for value, field in target.fields.items():
            at = f"{target.at}.fields.{value}"
            former = taken.setdefault((target.object, field.api_name), at)
            if former != at:
                raise ConfigError(f"{at}: {target.object}.{field.api_name} is filled by {former} already; remove one")
