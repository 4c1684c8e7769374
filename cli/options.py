"""The options that many commands take, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.session import CONFIG_VARIABLE

ConfigPath = Annotated[
    Path, typer.Option("--config", envvar=CONFIG_VARIABLE, metavar="FILE", help="The configuration file.")
]
Json = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", metavar="", help="Print nothing but errors.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only this connection. May be repeated.")
]
Plan = Annotated[
    bool, typer.Option("--plan", metavar="", help="Say what it would cost (calls, credits, time); read no record.")
]
Streams = Annotated[
    list[str] | None, typer.Option("--stream", metavar="NAME", help="Only this stream. May be repeated.")
]
