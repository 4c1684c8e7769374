"""A query's text → tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.zoho.coql import problems
from sandbox.zoho.coql.tokens import Token

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*")
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
    |(?P<word>!?[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\.|->)[A-Za-z_$][A-Za-z0-9_$]*)*)
    |(?P<symbol><=|>=|!=|<>|==|[=<>(),\#])""",
    re.VERBOSE,
)
_REST = re.compile(r"\S{1,20}")


def split(query: str) -> Iterator[Token]:
    """All tokens, one by one as they are asked for, and then the end.

    Raises:
        ZohoError: Something that belongs to no token.
    """
    place, line, start = 0, 1, 0
    while place < len(query):
        match = _TOKEN.match(query, place)
        column = place - start + 1
        if match is None:
            near = _REST.match(query, place)
            raise problems.unexpected(Token("symbol", "", near[0] if near else "", line, column))
        kind, source = match.lastgroup or "", match[0]
        if kind != "space":
            yield Token(kind, _unquoted(source) if kind == "text" else source, source, line, column)
        if "\n" in source:
            line += source.count("\n")
            start = place + source.rindex("\n") + 1
        place = match.end()
    yield Token("end", "", "", line, place - start + 1)


def _unquoted(source: str) -> str:
    """A quote within a text is written twice."""
    return source[1:-1].replace(source[0] * 2, source[0])
