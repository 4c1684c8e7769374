"""What every command needs: the configuration, the warehouse, somewhere to speak, and an end with the right code."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec

from models.errors import AuthError, ConfigError, CrmSyncError, SourceBusyError
from models.wording import one_line

if TYPE_CHECKING:
    from cli.output import Output
    from flows.run import Run
    from models.config import Config
    from models.warehouse.engine import Warehouse

Params = ParamSpec("Params")

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
DEFAULT_CONFIG, CONFIG_VARIABLE = Path("config.yaml"), "CRMSYNC_CONFIG"
CODES = {"done": DONE, "failed": FAILED, "partial": PARTIAL}


_ADVICE = re.compile(r"(?:(?<=: )|(?<=then ))crmsync ((?!.*--config)[a-z-]+(?: [^\s,;]+)*)")
"""A command in a message: behind a colon, up to the next comma, semicolon or the end."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: stop like Ctrl-C, at the next commit."""


@dataclass(frozen=True, slots=True)
class Options:
    """What every command takes."""

    config: Path
    json: bool
    quiet: bool

    def command(self, words: str) -> str:
        """A command to type next: `crmsync push show 3`, with this configuration if it must be named."""
        named = self.config in (DEFAULT_CONFIG, Path(os.environ.get(CONFIG_VARIABLE, "")))
        where = "" if named else f" --config {shlex.quote(str(self.config))}"
        return f"{own_name()} {words}{where}"

    def advised(self, text: str) -> str:
        """A message with the commands that it advises as they can be typed here: `run: crmsync sync --source zoho`."""
        return _ADVICE.sub(lambda found: self.command(found[1]), text)


def repeated(option: str, names: Sequence[str]) -> str:
    """The option as it was given: ` --source zoho --source fxiaoke`; nothing without names."""
    return "".join(f" --{option} {shlex.quote(name)}" for name in names)


def own_name() -> str:
    """How this very command can be called again from here."""
    if shutil.which("crmsync"):
        return "crmsync"
    return os.path.relpath(Path(sys.executable).parent / "crmsync")


@dataclass(frozen=True, slots=True)
class Session:
    options: Options
    config: Config
    warehouse: Warehouse
    out: Output


@contextmanager
def opened(options: Options, *, check: bool = True) -> Iterator[Session]:
    """The configuration and its warehouse, checked to fit this code."""
    from cli.output import Output  # noqa: PLC0415 - slow to import
    from connectors.registry import load_config  # noqa: PLC0415
    from models.warehouse.engine import Warehouse  # noqa: PLC0415
    from models.warehouse.migrate import check_version  # noqa: PLC0415

    _log_to_stderr(quiet=options.quiet)
    config = load_config(options.config)
    warehouse = Warehouse(config.warehouse_url(), config.warehouse.schema_name)
    try:
        if check:
            check_version(warehouse)
        yield Session(options, config, warehouse, Output(options.json, options.quiet))
    finally:
        warehouse.close()


def _log_to_stderr(*, quiet: bool) -> None:
    """Our own retries and pauses are told as they happen; what libraries log stays with them."""
    import logging  # noqa: PLC0415 - only commands that work need it

    logging.getLogger().addHandler(logging.NullHandler())
    to_stderr = logging.StreamHandler()
    to_stderr.setLevel(logging.ERROR if quiet else logging.WARNING)
    logging.getLogger("crmsync").handlers = [to_stderr]


@contextmanager
def running(session: Session, command: str) -> Iterator[Run]:
    """A run of this command, with its progress shown."""
    from flows.run import Run  # noqa: PLC0415 - slow to import

    with session.out.progress() as progress, Run(session.config, session.warehouse, command, progress) as run:
        yield run


def end(run: Run, out: Output) -> NoReturn:
    """Print the document, leave with the run's code."""
    out.document(run.document())
    raise SystemExit(exit_code(run))


def exit_code(run: Run) -> int:
    return USAGE if run.misconfigured else CODES[run.state]


def guarded(command: Callable[Params, None]) -> Callable[Params, None]:
    """Every expected error of a command ends in one line and its exit code, never in a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Params.args, **kwargs: Params.kwargs) -> None:
        signal.signal(signal.SIGTERM, _terminated)
        config = kwargs.get("config", DEFAULT_CONFIG)
        _complain = functools.partial(_end_with, Options(config, json=False, quiet=False))  # type: ignore[arg-type]
        try:
            command(*args, **kwargs)
        except (ConfigError, AuthError) as error:
            _complain(error, USAGE)
        except SourceBusyError as error:
            _complain(error, PARTIAL)
        except CrmSyncError as error:
            _complain(error, FAILED)
        except (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            _complain(ConfigError(f"{error.filename}: {error.strerror}; choose another place, or mend this one"), USAGE)
        except OSError as error:
            _complain(
                ConfigError(
                    f"{error.filename or type(error).__name__}: {error.strerror or error}; mend it and run again"
                ),
                FAILED,
            )
        except KeyboardInterrupt as error:
            sys.stderr.write("Stopped; what was committed stays, run the same command to go on.\n")
            raise SystemExit(128 + (signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT)) from None
        except Exception as error:
            if not _is_database_error(error):
                raise
            _complain(error, FAILED)

    return wrapped


def _is_database_error(error: Exception) -> bool:
    """A full disk, a lost connection; told by name, so that no command imports SQLAlchemy only to compare."""
    return any(kind.__module__ == "sqlalchemy.exc" for kind in type(error).__mro__)


def _end_with(options: Options, error: Exception, code: int) -> NoReturn:
    cause = getattr(error, "orig", None)
    text = f"warehouse: {cause}; mend it and run the same command to go on" if cause else str(error)
    text = options.advised(one_line(text))
    if "--json" in sys.argv:
        import json  # noqa: PLC0415 - rarely needed

        sys.stdout.write(
            json.dumps({"state": "partial" if code == PARTIAL else "failed", "problems": [text]}, ensure_ascii=False)
            + "\n"
        )
    sys.stderr.write(f"{text}\n")
    raise SystemExit(code) from None


def _terminated(_number: int, _frame: object) -> NoReturn:
    raise Terminated
