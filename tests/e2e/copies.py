"""Warehouses in a known state, as many copies as are asked for, on either database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tests.e2e.harness import Project

Make = Callable[[Project], None]


class Copies:
    """Of one project: the connections and tokens are the same, the warehouse is another one each time.

    Args:
        project: Whose configuration is copied.
        kind: `sqlite` or `postgresql`.
        folder: Where the files go; its name is part of the databases' names.
        server: The embedded PostgreSQL, needed there only.
    """

    def __init__(self, project: Project, kind: str, folder: Path, server: Callable[[], Any]) -> None:
        self._project, self._kind, self._folder, self._server = project, kind, folder, server
        folder.mkdir(exist_ok=True)

    def make(self, name: str, begin: Make) -> Project:
        """A warehouse that `begin` fills; it finds an empty database."""
        if self._kind == "postgresql":
            self._execute(f"CREATE DATABASE {self._database(name)}")
        made = self._project.with_warehouse(self._unique(name), self._url(name))
        begin(made)
        return made

    def copy(self, origin: Project, name: str) -> Project:
        """Another warehouse with the same content; nobody may be working on the original."""
        if self._kind == "postgresql":
            former = origin.url.partition("?")[0].rpartition("/")[2]
            self._execute(f"CREATE DATABASE {self._database(name)} TEMPLATE {former}")
        else:
            for file in origin.database.parent.glob(f"{origin.database.name}*"):
                if not file.name.endswith((".lock", "-shm")):
                    shutil.copy(file, self._folder / file.name.replace(origin.database.name, f"{name}.db"))
        return self._project.with_warehouse(self._unique(name), self._url(name))

    def _url(self, name: str) -> str:
        if self._kind == "sqlite":
            return f"sqlite:///{self._folder / name}.db"
        return str(self._server().get_uri(database=self._database(name), driver="psycopg"))

    def _unique(self, name: str) -> str:
        return f"{self._folder.name}_{name}".replace("-", "_")

    def _database(self, name: str) -> str:
        return self._unique(name).lower()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server().get_uri(), autocommit=True) as connection:
            connection.execute(statement)
