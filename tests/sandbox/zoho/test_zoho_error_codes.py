"""Every error code of docs/vendor/zoho.md is provoked by a test that the reference names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.zoho.samples import PAGE, REFERENCE

if TYPE_CHECKING:
    from sandbox.server import Sandbox

_CODE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b")
# Those of bulk write, which is not served, and words that are no refusals.
_OTHERS = {
    *("FILE_TOO_LARGE", "INVALID_FILE_FORMAT", "FILE_UPLOAD_SUCCESS"),
    *("ADDED_SUCCESSFULLY", "BEST_TIME", "RECORD_ID"),
}


def test_the_reference_names_a_test_for_each_code_of_the_page() -> None:
    part = REFERENCE.read_text("utf-8").partition("## Zoho: error codes")[2].partition("\n## ")[0]
    named = set()
    for line in part.splitlines():
        if not line.startswith("| ") or line.startswith("| Section"):
            continue
        _, _, codes, tests, _ = line.split("|")
        texts = [
            Path(__file__).with_name(f"test_zoho_{name}.py").read_text("utf-8")
            for name in re.findall(r"`(\w+)`", tests)
        ]
        for code in _CODE.findall(codes):
            assert all(f'"{code}"' in text for text in texts), (code, tests)
            named.add(code)
    assert set(_CODE.findall(PAGE.read_text("utf-8"))) - _OTHERS <= named


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"error_code": "INVALID_HOST"}, 400, "INVALID_HOST"),
        ({"error_code": "INTERNAL_ERROR"}, 500, "INTERNAL_ERROR"),
        ({"error_code": "INVALID_REQUEST_METHOD", "status": 405}, 405, "INVALID_REQUEST_METHOD"),
        ({"error_code": "LIMIT_EXCEEDED", "status": 413}, 413, "LIMIT_EXCEEDED"),
        ({"error_code": "MEDIA_TYPE_NOT_SUPPORTED"}, 415, "MEDIA_TYPE_NOT_SUPPORTED"),
    ],
)
def test_what_no_call_meets_can_be_ordered(sandbox: Sandbox, order: dict[str, object], status: int, code: str) -> None:
    faults = [{"match": {"system": "zoho"}, "do": order}]
    requests.post(f"{sandbox.url}/_sandbox/faults", json=faults, timeout=10).raise_for_status()
    answer = requests.get(f"{sandbox.url}/zoho/crm/v8/Leads", timeout=10)
    body = answer.json()
    assert (answer.status_code, body["code"], body["details"], body["status"]) == (status, code, {}, "error")
    assert isinstance(body["message"], str)
