"""The page, read back by a plain HTML parser: its numbers, both languages, and nothing that reaches outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from models.config import Config, Language
from models.errors import ConfigError
from models.warehouse.engine import Warehouse
from pipeline.publish import charts, phrases, report
from pipeline.publish.facts import Facts, MonthBookings, TierShare
from pipeline.publish.queries import read_facts

MakeConfig = Callable[..., Config]
_MONTHS = tuple(
    MonthBookings(date(2024 + (11 + n) // 12, (11 + n) % 12 + 1, 1), Decimal(100_000 * (n + 1))) for n in range(24)
)


class _Page(HTMLParser):
    """Text by language and section, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language = ""
        self.in_cell = False
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.rows: dict[str, list[list[str]]] = {"zh": [], "en": []}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag == "main":
            self.language = str(values["class"])
        elif tag == "tr" and self.language:
            self.rows[self.language].append([])
        elif tag in {"td", "th"} and self.language:
            self.rows[self.language][-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.language, []).append(data)
        if self.in_cell:
            self.rows[self.language][-1][-1] += data.strip()

    def text(self, language: str) -> str:
        return " ".join(" ".join(self.texts[language]).split())


@pytest.fixture
def database() -> str:
    """One database will do: test_queries reads the same facts from both."""
    return "sqlite"


@pytest.fixture
def facts(filled: Warehouse, make_config: MakeConfig, now: datetime) -> Facts:
    return read_facts(filled, make_config(), now=now, changes_since=now - timedelta(days=7))


def test_page_says_the_same_numbers_in_both_languages(facts: Facts) -> None:
    page = _Page(report.render(facts, "zh"))
    for language, said in (
        (
            "en",
            (
                "Who is ahead this quarter, and why?",
                "zoho read up to 24 Nov 2026, 08:00",
                "2026 Q4 · 60 % of the days are over",
                "Bookings ¥3.22M 62 % of all 2026 Q3 (¥5.2M)",
                "Average deal size ¥128K +29 % on 2026 Q3 (¥100K)",
                "2 since 17 Nov 2026, those that concern the most money first",
                "VIP is 20 % of the customers and 30 % of what was won in 12 months (¥1.2M).",
                "zoho refused 1 value",
            ),
        ),
        (
            "zh",
            (
                "本季度谁领先，为什么？",
                "zoho 数据截至 2026年11月24日 08:00",
                "2026年四季度 · 时间已过 60%",
                "成交金额 ¥322万 相当于2026年三季度全季（¥520万）的 62%",
                "平均客单价 ¥12.8万 比2026年三季度（¥10万）增长 29%",
                "2 家，自2026年11月17日以来",
                "VIP 客户占客户总数的 20%，带来近 12 个月成交额的 30%（¥120万）。",
                "zoho 拒绝了 1 个值",
            ),
        ),
    ):
        for words in said:
            assert words in page.text(language)


def test_leaderboard_and_tier_rows_hold_the_reason_beside_the_number(facts: Facts) -> None:
    rows = _Page(report.render(facts, "en")).rows["en"]
    assert ["1", "李娜华东区 / North", "87.5", "¥1.32M", "reason of p1"] in rows
    assert ["–", "Wang WeiNorth", "95.0", "–", "reason of p4"] in rows
    assert ["云杉科技fxiaoke", "down from VIP to A", "why yun is A"] in rows
    assert ["2026-11 (to date)", "¥1.72M", "¥700K", "–"] in rows
    assert ["VIP", "1", "¥1.2M"] in rows


def test_text_of_the_crm_is_text(facts: Facts) -> None:
    html = report.render(facts, "en")
    page = _Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script>" in page.text("en")
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_page_reaches_for_nothing_outside(facts: Facts) -> None:
    html = report.render(facts, "en")
    page = _Page(html)
    assert not re.search(r"(https?:)?//\w|url\(|@import|javascript:", html)
    assert not [attrs for _, attrs in page.tags if attrs.keys() & {"src", "href", "srcset", "action", "xlink:href"}]
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-CN")])
def test_page_opens_in_the_configured_language(facts: Facts, language: Language, tag: str) -> None:
    page = _Page(report.render(facts, language))
    assert next(attrs["lang"] for name, attrs in page.tags if name == "html") == tag
    assert [attrs["id"] for name, attrs in page.tags if name == "input" and "checked" in attrs] == [f"show-{language}"]


def test_long_lists_open_with_ten_rows_and_say_what_they_leave_out(facts: Facts) -> None:
    changes = tuple(replace(facts.tier_changes[0], account_id=str(n), name=f"C{n}") for n in range(123))
    page = _Page(report.render(replace(facts, tier_changes=changes), "en"))
    assert "90 more" in page.text("en")
    assert "And 23 more in the table mart_account_tier." in page.text("en")
    assert sum(row[1:2] == ["down from VIP to A"] for row in page.rows["en"]) == 100


def test_last_quarter_is_spoken_of_in_the_past(facts: Facts) -> None:
    text = _Page(report.render(replace(facts, quarter=facts.quarter.before()), "en")).text("en")
    assert "Who came out ahead last quarter, and why?" in text
    assert "of the days are over" not in text


def test_page_replaces_the_former_one_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("<!DOCTYPE html>old", encoding="utf-8")
    report.write(path, "new 新")
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [("report.html", "new 新")]


def test_page_does_not_replace_what_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.db"
    path.write_bytes(b"SQLite format 3\x00")
    with pytest.raises(ConfigError, match="publish.report: .*warehouse.db holds something else than a page"):
        report.write(path, "<!DOCTYPE html>")
    assert path.read_bytes() == b"SQLite format 3\x00"


def test_year_is_compared_by_the_months_that_are_over() -> None:
    """Months 13–23 come to 19.8 million, months 1–11 to 6.6."""
    said = "¥19.8M in the last 11 full months, +200 % on the same months a year before (¥6.6M)."
    assert phrases.years(_MONTHS, "CNY", "en") == said
    assert phrases.years(_MONTHS, "CNY", "zh") == "最近 11 个完整月共成交 ¥1980万，比上年同期（¥660万）增长 200%。"


def test_year_with_a_gap_is_not_compared() -> None:
    assert phrases.years((replace(_MONTHS[0], bookings=None), *_MONTHS[1:]), "CNY", "en") == ""


def test_month_chart_draws_twelve_bars_and_the_year_before_in_the_page_s_language() -> None:
    svg = charts.bookings_by_month(_MONTHS, "CNY", "zh", 320)
    assert 'width="320"' in svg
    assert svg.count('fill="var(--series-1)"') == 12
    assert svg.count('stroke="var(--series-2)"') == 1
    assert re.findall(r">(¥[^<]*)<", svg) == ["¥0", "¥100万", "¥200万", "¥300万"]
    assert re.findall(r"<tspan[^>]*>([^<]*)</tspan>", svg) == ["1月", "2026"]
    assert re.findall(r">(\d+)</text>", svg) == ["12", *(str(month) for month in range(2, 12))]
    assert "http" not in svg


def test_tier_chart_says_share_and_size_at_each_bar() -> None:
    shares = (TierShare("VIP", 1, Decimal(750_000)), TierShare("<C>", 3, Decimal(250_000)))
    svg = charts.tiers(shares, "CNY", "en", 700)
    assert [text for text in re.findall(r">([^<>]+)</text>", svg) if "%" in text] == [
        "75 % · ¥750K",
        "25 % · 1 customer",
        "25 % · ¥250K",
        "75 % · 3 customers",
    ]
    assert "<C>" not in svg


@pytest.mark.parametrize("months", [tuple(replace(month, bookings=None) for month in _MONTHS)])
def test_chart_without_figures_is_still_a_chart(months: tuple[MonthBookings, ...]) -> None:
    assert charts.bookings_by_month(months, "CNY", "en", 700).startswith("<svg")
    assert charts.tiers((), "CNY", "en", 700).startswith("<svg")


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        ("0", [0, 1]),
        ("3", [0, 1, 2, 3]),
        ("950000", [0, 500_000, 1_000_000]),
        ("2400000", [0, 1_000_000, 2_000_000, 3_000_000]),
    ],
)
def test_ticks_are_round_and_reach_the_largest_amount(largest: str, ticks: list[int]) -> None:
    assert charts._ticks(Decimal(largest)) == ticks
