"""The reference names, for each section of the vendor pages, tests that are there, and each switch of the sandbox."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sandbox.chat.switches import Switches as ChatSwitches
from sandbox.fxiaoke.switches import Switches as FxiaokeSwitches
from sandbox.zoho.switches import Switches as ZohoSwitches

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "sandbox.md").read_text("utf-8")
# The vendor page, and what begins the names of the files of its tests.
VENDORS = {"Zoho": ("zoho", "test_zoho_"), "Fxiaoke": ("fxiaoke", "test_")}
# Tests of the generated data alone, which no section describes.
BESIDES = {"Zoho": {"data", "fuzz"}, "Fxiaoke": {"data"}}


def sections(page: str) -> list[str]:
    """Numbers of the headings that hold text: a chapter with sections of its own stands for these."""
    text = (ROOT / "docs" / "vendor" / f"{page}.md").read_text("utf-8")
    chapters = re.findall(r"^## (\w+)\. ", text, re.MULTILINE)
    parts = re.findall(r"^### (\w+\.\w+) ", text, re.MULTILINE)
    divided = {part.partition(".")[0] for part in parts}
    return [number for number in (*chapters, *parts) if number not in divided]


def rows(vendor: str) -> dict[str, tuple[set[str], str]]:
    """Section → the tests it names, and what is left out."""
    table = REFERENCE.split(f"## {vendor}: sheet sections and their tests")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in table.splitlines() if line.startswith("| ")]
    return {cell[0]: (set(re.findall(r"`([a-z_0-9]+)`", cell[1])), cell[2]) for cell in cells[1:]}


def files(vendor: str) -> set[str]:
    folder, begin = VENDORS[vendor]
    found = (ROOT / "tests" / "sandbox" / folder).glob(f"{begin}*.py")
    return {path.stem.removeprefix(begin) for path in found}


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_section_has_its_row(vendor: str) -> None:
    assert sorted(rows(vendor)) == sorted(sections(VENDORS[vendor][0]))


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_row_names_tests_that_are_there_or_says_why_none(vendor: str) -> None:
    for section, (tests, left_out) in rows(vendor).items():
        assert tests <= files(vendor), section
        assert tests or left_out, section


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_file_of_tests_is_left_out(vendor: str) -> None:
    chapters = [text for text in REFERENCE.split("\n## ") if re.match(f"{vendor}: .*tests", text)]
    named = set(re.findall(r"`([a-z_0-9]+)`", "".join(chapters)))
    assert files(vendor) - named - BESIDES[vendor] == set()


@pytest.mark.parametrize("switches", [FxiaokeSwitches, ZohoSwitches, ChatSwitches])
def test_each_switch_is_named(switches: type[FxiaokeSwitches | ZohoSwitches | ChatSwitches]) -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", REFERENCE))
    assert {switch.name for switch in fields(switches)} - named == set()
