"""What stands on the terminal: nothing that a CRM holds may steer it."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from cli.output import Output

HOSTILE = "Acme\x1b[2J\x07 Ltd\r\nDone: run 1\u202egpj.exe\u2028\x9b31m"


def test_names_from_a_crm_cannot_move_the_cursor_break_the_line_or_turn_the_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = Output()
    out.table("", ("record", "change"), [(HOSTILE, ("one", "two\x1b]0;title\x07"))])
    out.line(f"{HOSTILE.replace(chr(10), '')}\nour own second line")
    out.error(HOSTILE.replace("\n", ""))
    printed = capsys.readouterr()
    assert {char for char in printed.out + printed.err if not char.isprintable()} == {"\n"}
    assert "Acme [2J  Ltd  Done: run 1 gpj.exe" in printed.out
    assert "\nour own second line\n" in printed.out
    (record,) = (line for line in printed.out.splitlines() if line.split()[-1:] == ["one"])
    assert "Done: run 1" in record


def test_emoji_and_persian_words_keep_their_joiners(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\U0001f468\u200d\U0001f469\u200d\U0001f467 می\u200cخواهم"
    Output().line(name)
    assert name in capsys.readouterr().out


def test_a_table_that_is_too_wide_loses_no_digit(capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("source", *(f"column {n}" for n in range(12)), "why")
    Output().table("", columns, [("fxiaoke", *[1_234_567] * 12, "a sentence that has room for a few words in a line")])
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("fxiaoke"))
    assert row.split()[:14] == ["fxiaoke", *["1,234,567"] * 12, "a"]


def test_a_chinese_sentence_breaks_between_characters_and_not_inside_a_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentence = "近十二个月成交额为¥1,234万，高于<¥10万的门槛，" * 6
    for before in range(40):  # wherever the line ends
        Output().table("", ("客户", "理由"), [("甲" * 3, "字" * before + sentence)])
        shown = capsys.readouterr().out
        assert shown.count("¥1,234万，") == shown.count("<¥10万") == 6, shown
        assert max(map(cell_len, shown.splitlines())) <= 100
