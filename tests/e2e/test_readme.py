"""What the two READMEs show is what happens."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from tests.e2e.harness import CRMSYNC, environment

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh.md")
SHELL = ".venv/bin/crmsync"


def console(name: str) -> list[str]:
    """The commands of all console blocks, in order."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def shown_output(name: str) -> str:
    """The block that shows the end of the demo."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return next(str(body) for language, body in blocks if not language)


def test_both_languages_show_the_same_commands() -> None:
    english, chinese = (console(name) for name in READMES)
    assert english == chinese
    assert english[:2] == ["make demo", "make test"]
    assert len(english) > 10


def test_the_two_commands_of_the_first_screen_are_targets_of_the_makefile() -> None:
    for command in ("make demo", "make test"):
        plan = subprocess.run(
            [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert {"make demo": "crmsync demo", "make test": "pytest"}[command] in plan.stdout


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        (
            "README.md",
            ("Pulled: first run", "Leaderboard 20", "Tiers · ", "Written back: ", "Compared again: 0 of ", "Next:"),
        ),
        ("README.zh.md", ("读取：第一次运行", "排行榜", "客户分级 · ", "写回：", "个值中有 0 个不同", "接下来")),
    ],
)
def test_the_demos_end_is_shown_as_it_is(name: str, titles: tuple[str, ...]) -> None:
    shown = shown_output(name)
    for title in titles:
        assert title in shown


def test_every_command_by_hand_works_as_shown(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    commands = [line.replace("8900", port) for line in console("README.md") if line.startswith(SHELL)]
    served, *typed = ([CRMSYNC, *shlex.split(line)[1:]] for line in commands)
    assert served[1] == "sandbox"
    sandbox = subprocess.Popen(served, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment())
    try:
        assert sandbox.stdout is not None
        assert f"http://127.0.0.1:{port}" in sandbox.stdout.readline()
        for command in typed:
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, env=environment(), timeout=180, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    finally:
        sandbox.terminate()
        sandbox.communicate(timeout=60)
    assert (tmp_path / "my" / "report.html").exists()
