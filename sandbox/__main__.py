"""`python -m sandbox`: both fake CRMs and the chat receivers, on loopback unless told otherwise."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import get_args

from sandbox.listener import LOOPBACK, CannotServeError
from sandbox.server import ServeOptions, serve
from sandbox.site import Options
from sandbox.switches import MOST
from sandbox.traffic import MOST_PER_SECOND
from sandbox.world import Scale


def main(argv: list[str] | None = None) -> int:
    """Serve until a signal. Exit code 0 after that, 1 if the port cannot be had or the state written, 2 for wrong usage, a wrong host or a damaged state."""
    try:
        options = _parse(argv)
    except SystemExit as ended:
        return int(ended.code or 0)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        serve(options)
    except CannotServeError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        # While the data were still being generated; later ones end the serving itself.
        return 130
    return 0


def _parse(argv: list[str] | None) -> ServeOptions:
    parser = argparse.ArgumentParser(prog="sandbox", description="Fake Zoho CRM and Fxiaoke on this machine.")
    parser.add_argument("--port", type=_port, metavar="N", default=8900, help="0 for a free one")
    parser.add_argument("--host", default=LOOPBACK, metavar="ADDRESS", help="any but loopback lets others in")
    parser.add_argument("--seed", type=_seed, metavar="N", default=7, help="same seed and same day, same data")
    parser.add_argument("--scale", choices=get_args(Scale), default="demo")
    parser.add_argument("--latency-ms", type=_whole, default=0, metavar="N", help="wait before each answer")
    parser.add_argument("--fxiaoke-limit", type=_whole, default=100, metavar="N", help="calls in 20 s and path")
    parser.add_argument("--traffic", type=_pace, default=0, metavar="N", help="edits a second, by people in both CRMs")
    parser.add_argument("--state", type=Path, metavar="FILE", help="read at the start if it exists, written at the end")
    given = parser.parse_args(argv)
    if given.state is not None and not given.state.parent.is_dir():
        parser.error(f"--state: there is no folder {given.state.parent}")
    site = Options(seed=given.seed, scale=given.scale, latency_ms=given.latency_ms, fxiaoke_limit=given.fxiaoke_limit)
    return ServeOptions(site, given.port, given.host, given.state, given.traffic)


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError(text)
    return number


def _seed(text: str) -> int:
    number = int(text)
    # What the state file, which is JSON, can hold.
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(text)
    return number


def _port(text: str) -> int:
    return _at_most(text, 65535)


def _pace(text: str) -> int:
    return _at_most(text, MOST_PER_SECOND)


def _at_most(text: str, most: int) -> int:
    try:
        number = _whole(text)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {most}")
    return number


if __name__ == "__main__":
    sys.exit(main())
