"""`python -m bench.sandbox --scale 100k`: how fast the sandbox serves full pages, when it is ready and what it holds.

The sandbox runs as a process of its own, on one core; the client has another, and reads no JSON but the page token.
Linux alone tells what it asks. Prints a table and asserts nothing. bench/README.md says how to read it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

_ZOHO_TOKEN = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh",
    "grant_type": "refresh_token",
}
_FXIAOKE_TOKEN = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}
_READY = re.compile(r"Sandbox ready: (\S+)")
_NEXT = re.compile(rb'"next_page_token":"([^"]+)"')
_SMALL_CALLS = 300
_LAST_ID = b'"_id":"'
_TRACE = "?thirdTraceId=bench"
# A page token goes no further, and for as many of the other CRM's the figures stand still.
_RECORDS = 100_000
_ZOHO_PAGE, _FXIAOKE_PAGE = 200, 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sandbox", description="Pages per second, start and memory.")
    parser.add_argument("--scale", choices=("demo", "100k", "1m"), default="100k")
    scale: str = parser.parse_args().scale
    rows: list[tuple[str, float, str]] = []
    started = time.perf_counter()
    with serving(scale, apart=True) as (url, pid):
        rows.append(("ready after", time.perf_counter() - started, "s"))
        rows.append(("  of that the sandbox's processor time", _cpu_s(pid), "s"))
        rows.append(("memory when ready", _megabytes(pid), "MB"))
        link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        rows.append(("small call on a kept connection, median", _small_call(link), "ms"))
        for times in ("first", "second"):
            rows += _measured(f"Zoho leads, {times} time", _ZOHO_PAGE, pid, lambda: _zoho_pages(link))
        rows += _measured("Zoho leads, 10 fields", _ZOHO_PAGE, pid, lambda: _zoho_pages(link, 10))
        for times in ("first", "second"):
            rows += _measured(f"Fxiaoke leads, {times} time", _FXIAOKE_PAGE, pid, lambda: _fxiaoke_pages(link))
        rows.append(("memory after reading", _megabytes(pid), "MB"))
    print(f"scale {scale}")  # noqa: T201
    for name, value, unit in rows:
        print(f"{name:48}  {value:10,.2f} {unit}")  # noqa: T201 - a table is what it is for


@contextmanager
def serving(scale: str, *, apart: bool) -> Generator[tuple[str, int]]:
    """A running sandbox: its URL and its process.

    Args:
        apart: It keeps to the last core, this process and its children to the others.
    """
    cores = sorted(os.sched_getaffinity(0))
    apart = apart and len(cores) > 1
    if apart:
        os.sched_setaffinity(0, cores[-1:])
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--scale", scale, "--fxiaoke-limit", "1000000"]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:  # noqa: S603 - our own
        if apart:
            os.sched_setaffinity(0, cores[:-1])
        try:
            found = _READY.search(process.stdout.readline() if process.stdout else "")
            if not found:
                raise SystemExit("the sandbox did not start")
            yield found[1], process.pid
        finally:
            process.terminate()


def _measured(name: str, size: int, pid: int, pages: Callable[[], Iterator[int]]) -> list[tuple[str, float, str]]:
    """Full pages: by the clock, and by the processor time of the sandbox alone, which others' work disturbs less."""
    list(zip(range(5), pages(), strict=False))
    used, started = _cpu_s(pid), time.perf_counter()
    sizes = list(pages())
    wall, used = time.perf_counter() - started, _cpu_s(pid) - used
    return [
        (f"{name}: pages of {size} a second", len(sizes) / wall, f"({len(sizes)} pages of {sizes[0] / 1024:.0f} KB)"),
        ("  records a second", size * len(sizes) / wall, ""),
        ("  processor time of the sandbox for a page", used / len(sizes) * 1000, "ms"),
        ("  pages in a second of that time", len(sizes) / used, ""),
    ]


def _zoho_pages(link: http.client.HTTPConnection, most_fields: int = 50) -> Iterator[int]:
    headers = _zoho_headers(link)
    described = json.loads(_ask(link, "GET", "/zoho/crm/v8/settings/fields?module=Leads", None, headers))
    fields = ",".join([field["api_name"] for field in described["fields"]][:most_fields])
    asked = {"fields": fields, "converted": "both", "per_page": str(_ZOHO_PAGE)}
    for _ in range(_RECORDS // _ZOHO_PAGE):
        body = _ask(link, "GET", f"/zoho/crm/v8/Leads?{urlencode(asked)}", None, headers)
        # It stands behind the records.
        following = _NEXT.search(body, len(body) - 2000)
        if following is None:
            return
        yield len(body)
        asked["page_token"] = following[1].decode()


def _fxiaoke_pages(link: http.client.HTTPConnection) -> Iterator[int]:
    asked = json.dumps({**_FXIAOKE_TOKEN, "grantType": "app_secret"})
    token = json.loads(_ask(link, "POST", f"/fxiaoke/oauth2.0/token{_TRACE}", asked, {}))
    headers = {"Authorization": f"Bearer {token['accessToken']}", "x-fs-ea": token["ea"], "x-fs-userid": "1000"}
    # By the id of the page before, since an offset ends at 10,000.
    order, last = [{"fieldName": "_id", "isAsc": True}], ""
    for _ in range(_RECORDS // _FXIAOKE_PAGE):
        after = [{"field_name": "_id", "field_values": [last], "operator": "GT"}] if last else []
        info = {"limit": _FXIAOKE_PAGE, "offset": 0, "filters": after, "orders": order}
        asked = json.dumps({"data": {"dataObjectApiName": "LeadsObj", "search_query_info": info}})
        body = _ask(link, "POST", f"/fxiaoke/cgi/crm/v2/data/query{_TRACE}", asked, headers)
        start = body.rfind(_LAST_ID) + len(_LAST_ID)
        if start < len(_LAST_ID):
            return
        yield len(body)
        last = body[start : body.index(b'"', start)].decode()


def _zoho_headers(link: http.client.HTTPConnection) -> dict[str, str]:
    found = json.loads(_ask(link, "POST", f"/zoho/oauth/v2/token?{urlencode(_ZOHO_TOKEN)}", None, {}))
    return {"Authorization": f"Zoho-oauthtoken {found['access_token']}"}


def _small_call(link: http.client.HTTPConnection) -> float:
    """In milliseconds: about 1; 40 would mean that the sandbox waits for a packet to fill."""
    headers, taken = _zoho_headers(link), []
    for _ in range(_SMALL_CALLS):
        started = time.perf_counter()
        _ask(link, "GET", "/zoho/crm/v8/org", None, headers)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def _ask(link: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]) -> bytes:
    link.request(method, path, body, headers)
    answer = link.getresponse()
    content = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise SystemExit(f"{method} {path[:80]} gave {answer.status}: {content[:200]!r}")
    return content


def _cpu_s(pid: int) -> float:
    """Of user and system, as Linux tells it; the 14th and 15th figure, after a name that may hold anything."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
