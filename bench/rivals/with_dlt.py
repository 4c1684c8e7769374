"""dlt with Zoho's leads: by its REST source, or at its best by rows flattened by hand and given as Arrow tables.

    python bench/rivals/with_dlt.py rest  SANDBOX_URL sqlite:///leads.db
    python bench/rivals/with_dlt.py arrow SANDBOX_URL postgresql://...

Runs in an environment of its own (requirements-dlt.txt). Prints records and seconds as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
import pyarrow as pa
import requests
from dlt.sources.rest_api import rest_api_source

sys.path.insert(0, str(Path(__file__).parent))

from script import COLUMNS, FIELDS, SECRETS, pages, row

_COUNT = {"records": 0}


def by_rest(base: str) -> Any:
    token = requests.post(f"{base}/oauth/v2/token", params=SECRETS, timeout=60).json()["access_token"]
    params = {"fields": ",".join(FIELDS), "converted": "both", "per_page": "200"}
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{base}/crm/v8/",
                "headers": {"Authorization": f"Zoho-oauthtoken {token}"},
                "paginator": {
                    "type": "cursor",
                    "cursor_path": "info.next_page_token",
                    "cursor_param": "page_token",
                },
            },
            "resources": [
                {
                    "name": "leads",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    "endpoint": {"path": "Leads", "params": params, "data_selector": "data"},
                }
            ],
        }
    )
    source.leads.add_map(_counted)
    return source


def _counted(record: Any) -> Any:
    _COUNT["records"] += 1
    return record


def by_arrow(base: str) -> Any:
    texts = pa.schema([(name, pa.string()) for name in COLUMNS])

    @dlt.resource(name="leads", primary_key="id", write_disposition="merge")  # type: ignore[untyped-decorator]
    def leads() -> Iterator[pa.Table]:
        for page in pages(base):
            _COUNT["records"] += len(page)
            rows = [[None if value is None else str(value) for value in row(record)] for record in page]
            columns = [list(column) for column in zip(*rows, strict=True)]
            yield pa.table(columns, schema=texts)

    return leads()


def _with_host(database: str) -> str:
    """Dlt wants a host and a password even where the query names a socket."""
    return database.replace(":@/", ":none@localhost/")


def main(kind: str, sandbox: str, database: str) -> None:
    is_sqlite = database.startswith("sqlite:///")
    destination = (
        dlt.destinations.sqlalchemy(database) if is_sqlite else dlt.destinations.postgres(_with_host(database))
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination, dataset_name="bench_dlt")
        started = time.perf_counter()
        pipeline.run({"rest": by_rest, "arrow": by_arrow}[kind](f"{sandbox}/zoho"))
        print(json.dumps({"records": _COUNT["records"], "seconds": time.perf_counter() - started}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
