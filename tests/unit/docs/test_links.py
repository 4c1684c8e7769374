"""The documentation does not rot: its links lead somewhere, its commands exist, its configuration is accepted.

So do the commands that messages of the code name.

In a page, a fence marked `yaml` holds configuration of crmsync; YAML of other programs is marked `yml`.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import BaseModel

from cli.main import app
from connectors import registry
from models.config import Config, ConnectionConfig, PushTargetConfig, secret_variables
from pipeline.push.results import RESULTS

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<content>.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
NAMED = re.compile(r"(?:^|[:`(] ?|then |run )crmsync ([a-z][^,;).`\n]*)")
FLOW = "daily"  # `crmsync daily` is what the flow is called in Prefect
ENDS = re.compile(r"\s(?:#|&&|\|\||\||;|>|<|&)(?:\s|$)")


def _pages() -> list[Path]:
    """Every page that belongs to the repository, those not committed yet included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else [str(path) for path in ROOT.glob("docs/**/*.md")]
    return sorted(path for name in names if (path := ROOT / name).exists())


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


PAGES = _pages()


def _prose(text: str) -> str:
    return FENCE.sub("", text)


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, punctuation gone, spaces to hyphens, repeats numbered."""
    seen: dict[str, int] = {}
    for heading in HEADING.findall(_prose(page.read_text(encoding="utf-8"))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        if seen[slug]:
            seen[f"{slug}-{seen[slug]}"] = 0
    return set(seen)


def _broken(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    where = (page.parent / path) if path else page
    if not where.exists():
        return True
    return bool(anchor) and where.suffix == ".md" and anchor not in _anchors(where)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    prose = INLINE.sub("", _prose(page.read_text(encoding="utf-8")))
    targets = [target for target in LINK.findall(prose) if not re.match(r"[a-z]+:", target)]
    assert [target for target in targets if _broken(page, target)] == []


def _commands(text: str) -> Iterator[str]:
    """The `crmsync …` of a page: lines of its fences but diffs and configuration, and words in the prose."""
    for fence in FENCE.finditer(text):
        if fence["language"] in {"diff", "yaml", "yml", "python", "json", "toml", "sql"}:
            continue
        for line in fence["content"].replace("\\\n", " ").splitlines():
            if found := re.match(r"\s*(?:\$ )?(?:\w+=\S+ )*(?:\S*/)?crmsync( .*)?$", line):
                yield ENDS.split(found[1] or "")[0]
    for words in INLINE.findall(_prose(text)):
        if found := re.match(r"(?:\S*/)?crmsync (.*)$", words):
            yield ENDS.split(found[1])[0]


def _complaint(line: str) -> str | None:
    """What the command line would not understand."""
    command: Any = typer.main.get_command(app)
    words = [word for word in shlex.split(line) if word not in {"…", "..."}]
    while hasattr(command, "commands") and words and not words[0].startswith("--"):
        word = words.pop(0)
        if word not in command.commands:
            return f"{shlex.join(['crmsync', *shlex.split(line)])}: there is no command {word}"
        command = command.commands[word]
    cause = _misused(command, words)
    return cause and f"{shlex.join(['crmsync', *shlex.split(line)])}: {cause}"


def _misused(command: Any, words: list[str]) -> str | None:
    """Why a command does not take these options and arguments."""
    options = {name: each for each in command.params for name in each.opts if name.startswith("--")}
    arguments = [each for each in command.params if not each.opts[0].startswith("--")]
    plain = []
    while words:
        name, equals, _ = words.pop(0).partition("=")
        if not name.startswith("-"):
            plain.append(name)
        elif name != "--help" and name not in options:
            return f"there is no option {name}"
        elif name != "--help" and not options[name].is_flag and not equals:
            if not words:
                return f"{name} wants a value"
            words.pop(0)
    too_many = len(plain) > len(arguments) and all(each.nargs == 1 for each in arguments)
    return f"{plain[-1]} is one word too many" if too_many else None


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_shown_exists_with_its_options(page: Path) -> None:
    commands = _commands(page.read_text(encoding="utf-8"))
    assert [found for line in commands if (found := _complaint(line))] == []


def test_what_does_not_exist_would_be_found() -> None:
    shown = "`crmsync sinc`\n\n```bash\n$ .venv/bin/crmsync sync --al \\\n  --full\ncrmsync push show 1 2 # two\n```\n"
    assert [_complaint(line) for line in _commands(shown)] == [
        "crmsync sync --al --full: there is no option --al",
        "crmsync push show 1 2: 2 is one word too many",
        "crmsync sinc: there is no command sinc",
    ]


def _named(code: str) -> Iterator[str]:
    """The `crmsync …` that strings of the code name, docstrings too; `X` stands for what is filled in."""
    nodes = list(ast.walk(ast.parse(code)))
    filled = [node.values for node in nodes if isinstance(node, ast.JoinedStr)]
    inner = {id(part) for parts in filled for part in parts}
    plain: list[list[ast.expr]] = [[node] for node in nodes if isinstance(node, ast.Constant) and id(node) not in inner]
    for parts in (*plain, *filled):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
        yield from (line for line in NAMED.findall(text) if line != FLOW)


@pytest.mark.parametrize("folder", ["cli", "connectors", "flows", "models", "pipeline"])
def test_every_command_that_the_code_names_exists_with_its_options(folder: str) -> None:
    commands = [line for path in (ROOT / folder).rglob("*.py") for line in _named(path.read_text(encoding="utf-8"))]
    assert [found for line in commands if (found := _complaint(line))] == []


def test_a_command_that_the_code_makes_up_would_be_found() -> None:
    code = (
        "a, b = ('x', 'crmsync dead-leters list'), f'it broke; run: crmsync push shwo {b} --limit 5, then crmsync sync'"
    )
    assert [_complaint(line) for line in _named(code)] == [
        "crmsync dead-leters list: there is no command dead-leters",
        "crmsync push shwo X --limit 5: there is no command shwo",
        None,
    ]


@dataclass(frozen=True)
class Keys:
    """The keys that a section knows, and what each leads to."""

    known: Mapping[str, Any]
    others: Any = None


def _of(model: type[BaseModel]) -> Keys:
    return Keys(
        {
            info.alias or name: _of(info.annotation)
            if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
            else None
            for name, info in model.model_fields.items()
            if not info.exclude
        }
    )


def _configuration() -> Keys:
    target = _of(PushTargetConfig).known
    push = {name: Keys({**target, "fields": Keys(dict.fromkeys(result.values))}) for name, result in RESULTS.items()}
    own = [_of(registry.spec(name).settings).known for name in registry.names()]
    connection = {**_of(ConnectionConfig).known, **{key: None for keys in own for key in keys}, "push": Keys(push)}
    secrets = {key for name in registry.names() for key in secret_variables(name, registry.spec(name).settings)}
    connection = {key: value for key, value in connection.items() if key not in secrets}
    return Keys({**_of(Config).known, "connections": Keys({}, others=Keys(connection))})


def _unknown(shown: Any, keys: Keys | None, at: str = "") -> Iterator[str]:
    if keys is None or not isinstance(shown, dict):
        return
    for key, value in shown.items():
        if key in keys.known or keys.others:
            yield from _unknown(value, keys.known.get(key, keys.others), f"{at}{key}.")
        else:
            yield f"{at}{key}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_configuration_key_shown_is_known(page: Path) -> None:
    blocks = [
        found["content"] for found in FENCE.finditer(page.read_text(encoding="utf-8")) if found["language"] == "yaml"
    ]
    keys = _configuration()
    assert [key for block in blocks for key in _unknown(yaml.safe_load(block), keys)] == []


def test_an_unknown_key_would_be_found() -> None:
    shown = "connections:\n  crm:\n    hots: x\n    push:\n      tier:\n        fields: {teir: X}\nreportin: {}\n"
    assert list(_unknown(yaml.safe_load(shown), _configuration())) == [
        "connections.crm.hots",
        "connections.crm.push.tier.fields.teir",
        "reportin",
    ]


@pytest.mark.parametrize("connector", registry.names())
@pytest.mark.parametrize("ending", ["md", "zh.md"])
def test_each_connector_has_a_guide_in_both_languages_whose_configuration_is_accepted(
    connector: str, ending: str, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "how-to" / f"{connector}.{ending}").read_text(encoding="utf-8")
    secrets = re.findall(r"^(CRMSYNC_\w+)=…$", text, re.MULTILINE)
    (tmp_path / "secrets.env").write_text("".join(f"{name}=x\n" for name in secrets), encoding="utf-8")
    (tmp_path / "secrets.env").chmod(0o600)
    configuration = "".join(found["content"] for found in FENCE.finditer(text) if found["language"] == "yaml")
    (tmp_path / "config.yaml").write_text(configuration, encoding="utf-8")
    config = registry.load_config(tmp_path / "config.yaml")
    assert {each.connector for each in config.connections.values()} == {connector}
