"""The page in a real browser: it fits a phone, switches language without a reload and asks for nothing."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from models.config import Config
from models.warehouse.engine import Warehouse
from pipeline.publish import report
from pipeline.publish.queries import read_facts

pytestmark = pytest.mark.nightly
MakeConfig = Callable[..., Config]

_WATCHER = """<!DOCTYPE html><iframe src="report.html" width="360" height="800" style="border:0"></iframe><pre></pre>
<script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument;
  const shown = () => [...page.querySelectorAll("main")].filter(m => m.offsetHeight > 0).map(m => m.className);
  const seen = {opens: shown(), width: page.documentElement.scrollWidth, stored: page};
  page.querySelector("label[for=show-en]").click();
  seen.switched = shown();
  seen.widthSwitched = page.documentElement.scrollWidth;
  seen.reloaded = seen.stored !== document.querySelector("iframe").contentDocument;
  seen.charts = [...page.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width > 0).length;
  seen.resources = page.defaultView.performance.getEntriesByType("resource").length;
  delete seen.stored;
  document.querySelector("pre").textContent = JSON.stringify(seen);
};
</script>"""
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--dump-dom",
)


@pytest.fixture
def database() -> str:
    """One database will do: test_queries reads the same facts from both."""
    return "sqlite"


@pytest.fixture
def served(
    filled: Warehouse, make_config: MakeConfig, now: datetime, tmp_path: Path
) -> Iterator[tuple[str, list[str]]]:
    """The page and its watcher on this machine; and the paths that were asked for."""
    facts = read_facts(filled, make_config(), now=now, changes_since=now - timedelta(days=7))
    folder = tmp_path / "web"
    folder.mkdir()
    report.write(folder / "report.html", report.render(facts, "zh"))
    (folder / "watcher.html").write_text(_WATCHER, encoding="utf-8")
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/watcher.html", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_page_fits_a_phone_and_switches_language_without_a_request(
    served: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = served
    command = ("chromium", *_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", url)
    dom = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout
    found = re.search(r"<pre>(.*?)</pre>", dom, re.DOTALL)
    assert found
    assert json.loads(unescape(found[1])) == {
        "opens": ["zh"],
        "width": 360,
        "switched": ["en"],
        "widthSwitched": 360,
        "reloaded": False,
        "charts": 2,
        "resources": 0,
    }
    assert {path for path in asked if path != "/favicon.ico"} == {"/watcher.html", "/report.html"}
