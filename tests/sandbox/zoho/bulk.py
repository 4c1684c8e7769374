"""Bulk read as any HTTP client would call it."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from tests.sandbox.zoho.conftest import Zoho

DONE_S = 4


def create(zoho: Zoho, body: Any, **kwargs: Any) -> requests.Response:
    return zoho.session.post(f"{zoho.base}/crm/bulk/v8/read", json=body, timeout=30, **kwargs)


def query(module: str, **parts: Any) -> dict[str, Any]:
    return {"query": {"module": {"api_name": module}, **parts}}


def created(zoho: Zoho, body: Any) -> str:
    answer = create(zoho, body)
    assert answer.status_code == 201, answer.text
    job: str = answer.json()["data"][0]["details"]["id"]
    return job


def poll(zoho: Zoho, job: str) -> dict[str, Any]:
    answer = zoho.session.get(f"{zoho.base}/crm/bulk/v8/read/{job}", timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"][0]
    return found


def download(zoho: Zoho, job: str) -> requests.Response:
    return zoho.session.get(f"{zoho.base}/crm/bulk/v8/read/{job}/result", timeout=30)


def text_of(answer: requests.Response, job: str, ending: str = "csv") -> str:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [f"{job}.{ending}"]
        return archive.read(f"{job}.{ending}").decode("utf-8")


def rows_of(answer: requests.Response, job: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(answer, job), newline="")))


def advance(zoho: Zoho, seconds: float) -> None:
    assert zoho.control("clock", {"advance_s": seconds}).status_code == 200


def export(zoho: Zoho, body: Any) -> list[list[str]]:
    """The rows of a job's file, its header first; seven seconds apart, so that ten a minute suffice."""
    job = created(zoho, body)
    advance(zoho, 7)
    return rows_of(download(zoho, job), job)
