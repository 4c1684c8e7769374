"""What the digest says, word for word, and how Slack and Teams are given it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.config import Config
from models.warehouse.engine import Warehouse
from pipeline.publish import phrases, slack, teams
from pipeline.publish.digest import Digest, Figure, Link, compose, nothing_new
from pipeline.publish.facts import Bilingual, Facts, TierChange
from pipeline.publish.queries import read_facts

MakeConfig = Callable[..., Config]
_REPORT = "https://crm.example/report.html"
_HOSTILE = "Acme & <!channel> *Co* <https://evil.example|click> @here [x](https://evil.example)"


@pytest.fixture
def database() -> str:
    """One database will do: test_queries reads the same facts from both."""
    return "sqlite"


@pytest.fixture
def facts(filled: Warehouse, make_config: MakeConfig, now: datetime) -> Facts:
    return read_facts(filled, make_config(), now=now, changes_since=now - timedelta(days=7))


def _change(name: str, number: int = 0) -> TierChange:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return TierChange("zoho", str(number), name, "B", "A", at, Decimal(1), Bilingual("because", "原因"))


def test_english_digest_says_what_changed_then_numbers_top_and_work(facts: Facts) -> None:
    assert compose(facts, facts.tier_changes, "en", _REPORT).lines == (
        "Sales digest, 24 Nov 2026",
        "云杉科技 down from VIP to A: why yun is A",
        "Zeta Ltd up from B to A: why zeta is A",
        "Bookings ¥3.22M · 62 % of all 2026 Q3 (¥5.2M)",
        "Win rate count 41 % · +3 points on 2026 Q3 (38 %)",
        "Lead conversion rate 12 % · −1 point on 2026 Q3 (13 %)",
        "Ahead in 2026 Q4: 1 李娜 87.5 (¥1.32M) · 2 <script>alert(1)</script> 81.0 (¥904K) · 2 Omar Haddad 81.0",
        (
            "For the CRM admin: the data of fxiaoke is old (crmsync status); "
            "2 records could not be read: zoho/deals 2 (crmsync status); "
            "1 value not written to zoho: somebody changed the CRM meanwhile (crmsync push show); "
            "zoho refused 1 value (crmsync push show)"
        ),
        "The whole report · https://crm.example/report.html",
    )


def test_chinese_digest_is_worded_in_chinese(facts: Facts) -> None:
    lines = compose(facts, facts.tier_changes, "zh", _REPORT).lines
    assert lines[:5] == (
        "销售简报 2026年11月24日",
        "云杉科技 由 VIP 降为 A：yun 为 A 的原因",
        "Zeta Ltd 由 B 升为 A：zeta 为 A 的原因",
        "成交金额 ¥322万 · 相当于2026年三季度全季（¥520万）的 62%",
        "赢单率 41% · 比2026年三季度（38%）高 3 个百分点",
    )
    assert lines[6].startswith("2026年四季度领先：1 李娜 87.5（¥132万）")
    assert lines[-1] == "完整报告 · https://crm.example/report.html"


def test_digest_has_ten_lines_however_much_happened(facts: Facts) -> None:
    digest = compose(facts, [_change(f"C{n}", n) for n in range(14)], "en", _REPORT)
    assert len(digest.lines) == 10
    assert digest.changes[2] == "C2 up from B to A: because (and 11 more)"


def test_page_that_has_no_address_is_not_pointed_to(facts: Facts) -> None:
    digest = compose(facts, facts.tier_changes, "en", None)
    assert digest.lines[-1].startswith("For the CRM admin:")
    assert [block["type"] for block in slack.render(digest)["blocks"]] == ["header", *["section"] * 5]
    assert "actions" not in teams.render(digest)["attachments"][0]["content"]


def test_page_that_has_an_address_is_a_link_in_slack_and_in_teams(facts: Facts) -> None:
    digest = compose(facts, (), "en", "https://crm.example/r?a=1&b=<2>|3")
    assert slack.render(digest)["blocks"][-1] == {
        "type": "context",
        "elements": [
            {
                "type": "mrkdwn",
                "text": "<https://crm.example/r?a=1&amp;b=%3C2%3E%7C3|The whole report>",
                "verbatim": True,
            }
        ],
    }
    assert teams.render(digest)["attachments"][0]["content"]["actions"] == [
        {"type": "Action.OpenUrl", "title": "The whole report", "url": "https://crm.example/r?a=1&b=<2>|3"}
    ]


def test_finished_quarter_is_compared_as_a_whole(facts: Facts) -> None:
    bookings = replace(facts.kpis[0], mature=True)
    assert phrases.comparison(bookings, facts, "en") == "−38 % on 2026 Q3 (¥5.2M)"
    assert phrases.comparison(bookings, facts, "zh") == "比2026年三季度（¥520万）下降 38%"


@pytest.mark.parametrize(
    ("former", "value", "said"),
    [
        (None, Decimal(5), "no figure for 2026 Q3"),
        (Decimal(5), None, "¥5 in 2026 Q3"),
        (Decimal(0), Decimal(5), "¥0 in 2026 Q3"),
    ],
)
def test_nothing_to_compare_with_is_said(
    facts: Facts, former: Decimal | None, value: Decimal | None, said: str
) -> None:
    assert phrases.comparison(replace(facts.kpis[0], former=former, value=value), facts, "en") == said


def test_equal_ratios_are_level(facts: Facts) -> None:
    rate = replace(facts.kpis[1], value=Decimal("0.384"))
    assert phrases.comparison(rate, facts, "en") == "level with 2026 Q3 (38 %)"


def test_tier_that_the_configuration_does_not_know_neither_rises_nor_falls() -> None:
    changed = replace(_change("X"), old="Gold")
    assert phrases.move(changed, ("VIP", "A", "B"), "en") == "moved from Gold to A"


def test_quiet_day_is_one_line(facts: Facts) -> None:
    since = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # 01:00 on the 23rd in Shanghai
    assert nothing_new(facts, since, "en").lines == ("Sales digest, 24 Nov 2026: nothing new since 23 Nov 2026",)
    assert nothing_new(facts, since, "zh").lines == ("销售简报 2026年11月24日：自2026年11月23日以来没有新变化",)


def test_day_is_quiet_only_if_nothing_moved_and_nothing_is_left_to_do(facts: Facts) -> None:
    calm = replace(facts, unread=(), unwritten=(), freshness=())
    before = compose(calm, facts.tier_changes, "en", _REPORT).content_hash
    assert compose(calm, (), "en", _REPORT).says_nothing_after(before)
    assert not compose(calm, facts.tier_changes, "en", _REPORT).says_nothing_after(before)
    assert not compose(facts, (), "en", _REPORT).says_nothing_after(compose(facts, (), "en", _REPORT).content_hash)
    moved = replace(calm, kpis=(replace(calm.kpis[0], value=Decimal(4000000)), *calm.kpis[1:]))
    assert not compose(moved, (), "en", _REPORT).says_nothing_after(before)


def test_long_and_broken_names_become_one_short_line() -> None:
    assert phrases.clean("A\n\u202eB\t " + "x" * 50, 10) == "A B xxxxx…"


def _texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a payload that shows text."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def test_slack_shows_crm_text_in_plain_text_alone_and_escaped(facts: Facts) -> None:
    payload = slack.render(compose(facts, [_change(_HOSTILE)], "en", None))
    assert {node.get("type") for node in _texts(payload["blocks"])} == {"plain_text"}
    assert "Acme" not in payload["text"]
    line = payload["blocks"][1]["text"]["text"]
    assert line.startswith("Acme &amp; &lt;!channel&gt; *Co*")
    assert "<" not in json.dumps(payload)


def test_slack_blocks_are_header_changes_figures_top_work_and_report(facts: Facts) -> None:
    blocks = slack.render(compose(facts, facts.tier_changes, "en", _REPORT))["blocks"]
    assert [block["type"] for block in blocks] == ["header", *["section"] * 5, "context"]
    assert blocks[3]["fields"][0]["text"] == "Bookings\n¥3.22M\n62 % of all 2026 Q3 (¥5.2M)"


def test_teams_shows_every_text_literally_on_a_card_of_version_1_4(facts: Facts) -> None:
    payload = teams.render(compose(facts, [_change(_HOSTILE)], "en", _REPORT))
    attachment = payload["attachments"][0]
    assert (payload["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert attachment["content"]["version"] == "1.4"
    assert {node["type"] for node in _texts(attachment["content"])} == {"TextRun"}
    assert attachment["content"]["body"][1]["inlines"][0]["text"].startswith("Acme & <!channel> *Co*")


@given(st.text(max_size=4000), st.text(max_size=4000))
def test_any_text_stays_within_the_limits_of_slack_and_teams(title: str, name: str) -> None:
    """docs/vendor/chat.md: header 150, text 3000, field 2000, Teams 28 KB; and Slack never sees a bare < or &."""
    line = phrases.clean(name, 40)
    figure = Figure(line, line, line)
    digest = Digest(title or "t", (line or "x",) * 3, (figure,) * 3, line * 3, line * 5, Link("l", _REPORT))
    message = slack.render(digest)
    assert 1 <= len(message["blocks"][0]["text"]["text"]) <= 150
    for node in _texts(message["blocks"]):
        assert len(node["text"]) <= 3000
        assert "<" not in node["text"].removeprefix(f"<{_REPORT}")
        assert all(part.startswith(("amp;", "lt;", "gt;")) for part in node["text"].split("&")[1:])
    card = teams.render(replace(digest, title=phrases.clean(title, 150)))
    assert len(json.dumps(card, ensure_ascii=False).encode()) <= 28 * 1024
