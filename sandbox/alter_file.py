"""Faults inside the file of a bulk read job: rows of the CSV in its zip, by the rules of `sandbox.alter`."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

from sandbox.alter import carry_out

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.alter import Entry, Rule

ZIP_BEGINS = b"PK\x03\x04"


def alter_file(body: bytes, rule: Rule, now: datetime, carried: list[Entry]) -> bytes:
    """The zip with the rule carried out on each CSV file in it; its cells are texts, and a key is a column's name.

    A column goes where no row has its key any more, and comes where one has a new one.
    """
    altered = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(altered, "w") as copy:
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename.endswith(".csv"):
                content = _altered(content.decode(), rule, now, carried).encode()
            copy.writestr(entry, content)
    return altered.getvalue()


def _altered(text: str, rule: Rule, now: datetime, carried: list[Entry]) -> str:
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    entries: list[Entry] = [("", dict(zip(header, row, strict=True))) for row in rows]
    records = [record for _, record in carry_out(entries, rule, now, carried)]
    names = dict.fromkeys(name for record in records for name in record) if records else header
    written = io.StringIO(newline="")
    quoted = text.startswith('"')
    writer = csv.DictWriter(written, list(names), quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows(records)
    return written.getvalue()
