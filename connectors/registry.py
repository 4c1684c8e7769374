"""Finds the connectors: every package in this folder that declares a `SPEC`. Nothing to edit for a new CRM."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from connectors.guard import Guard
from connectors.own import streams_of
from connectors.personal import mask_of
from models.config import Config, load, near_names, settings
from models.errors import ConfigError
from models.protocols import Connector, ConnectorSpec


def names() -> tuple[str, ...]:
    """Sorted; found without importing any of them."""
    folder = str(Path(__file__).parent)
    return tuple(sorted(module.name for module in pkgutil.iter_modules([folder]) if module.ispkg))


def spec(name: str) -> ConnectorSpec:
    """One connector's declaration.

    Raises:
        ConfigError: There is no such connector.
    """
    if name not in names():
        raise ConfigError(
            f"no connector is called {name!r}{near_names(name, names())}; there are: {', '.join(names())}"
        )
    declared: ConnectorSpec = importlib.import_module(f"connectors.{name}").SPEC
    return declared


def streams(config: Config, *, needed: bool = False) -> list[tuple[str, str]]:
    """Every (connection, stream) that the configuration reads, in the order in which they are read.

    Args:
        needed: Only those that results stand on.
    """
    return [
        (name, stream.name)
        for name, connection in config.connections.items()
        for stream in streams_of(spec(connection.connector), name, connection)
        if stream.is_needed or not needed
    ]


def load_config(path: Path) -> Config:
    """Read and check a configuration file, the connectors' own keys included.

    Raises:
        ConfigError: One line that names the key, the cause and the remedy.
    """
    config = load(path, lambda connector: spec(connector).settings)
    streams(config)
    return config


def connect(config: Config, connection_name: str) -> Connector:
    """The connector of one configured connection. No call is made yet.

    Raises:
        ConfigError: Wrong settings, or a credential that is missing.
    """
    connection = config.connections[connection_name]
    kind = spec(connection.connector)
    connector = kind.connect(connection_name, settings(config, connection_name, kind.settings), config.folder)
    return Guard(connector, streams_of(kind, connection_name, connection), mask_of(config, connection_name))
