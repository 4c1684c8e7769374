"""Meetings, and only they, are exported as a calendar file too."""

from __future__ import annotations

from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import Zoho

ICS = {"file_type": "ics"}


def test_meetings_come_as_calendar_entries(zoho: Zoho) -> None:
    made = zoho.edit(
        "Events",
        "create",
        Event_Title="Review, Q4; part 1",
        Start_DateTime="2026-03-29T09:30:00+08:00",
        End_DateTime="2026-03-29T10:00:00+08:00",
        Venue="Room 2",
    )
    only = {"field": {"api_name": "id"}, "comparator": "equal", "value": made["id"]}
    job = bulk.created(zoho, bulk.query("Events", criteria=only) | ICS)
    bulk.advance(zoho, bulk.DONE_S)
    shown = bulk.poll(zoho, job)
    assert (shown["file_type"], shown["result"]["per_page"], shown["result"]["count"]) == ("ics", 20_000, 1)
    assert bulk.text_of(bulk.download(zoho, job), job, "ics") == (
        "BEGIN:VCALENDAR\r\n"
        "VERSION:2.0\r\n"
        "PRODID:-//crmsync sandbox//Zoho CRM//EN\r\n"
        "BEGIN:VEVENT\r\n"
        f"UID:{made['id']}\r\n"
        "DTSTART:20260329T013000Z\r\n"
        "DTEND:20260329T020000Z\r\n"
        "SUMMARY:Review\\, Q4\\; part 1\r\n"
        "LOCATION:Room 2\r\n"
        "END:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )


def test_a_calendar_file_takes_no_fields(zoho: Zoho) -> None:
    answer = bulk.create(zoho, bulk.query("Events", fields=["Event_Title"]) | ICS)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_BODY_NOT_SUPPORTED")


def test_every_module_but_notes_is_exported_with_all_its_fields(zoho: Zoho) -> None:
    """Whatever the types of its fields are."""
    for module in zoho.get("/settings/modules").json()["modules"]:
        if module["api_supported"] and module["api_name"] != "Notes":
            rows = bulk.export(zoho, bulk.query(module["api_name"]))
            assert all(len(row) == len(rows[0]) for row in rows)
