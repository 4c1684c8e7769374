"""A stream's pages on their way to the loader: fetched ahead by one thread, gathered into batches."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, Full, Queue
from typing import Any, Generic, Protocol, Self, TypeVar

from models.records import Page, Raw

BATCH = 2_000
"""Records of one commit: few enough for the memory, enough for the database."""

_PATIENCE_S = 0.5
"""What came is loaded after so long, even if it is little: a slow CRM loses no more than that when we are killed."""

_FETCHED = 4
"""Pages that wait to be mapped; more would only take memory."""

_MAPPED = 12
"""Pages that wait to be loaded: a batch of Zoho's, which can be made while the database is busy with the one before."""

GARBAGE = 50_000
"""New objects before Python looks for cycles among them: records hold none, and the looking took a tenth of the time."""

_LOOK_EVERY_S = 0.1

Position = dict[str, Any]
Item = TypeVar("Item")


class Joinable(Protocol):
    """What becomes of the records of a page: added up to a batch of `count` records."""

    @property
    def count(self) -> int: ...

    def add(self, later: Self) -> None: ...


Part = TypeVar("Part", bound=Joinable)


class Ahead(Generic[Part]):
    """Iterates over the same records in the same order, in batches, with the next ones in the making.

    One thread fetches the pages, another one maps them, so that an answer is waited for while the last one is mapped and
    the one before is loaded. What they raise comes out after what came before it; so does a signal. Leaving the block
    ends the threads at their next page; they are not waited for, since a request may hang for long.

    Args:
        pages: To be read ahead.
        prepare: Maps the records of a page.
    """

    def __init__(self, pages: Iterable[Page], prepare: Callable[[Sequence[Raw]], Part]) -> None:
        self._pages, self._prepare = pages, prepare
        self._stopped = threading.Event()

    def __enter__(self) -> Iterator[tuple[Part, Position]]:
        gc.set_threshold(GARBAGE)
        fetched = _Thread("fetch", self._pages, self._stopped, _FETCHED)
        pages = ((self._prepare(page.records), page.position) for page in fetched)
        mapped = _Thread("map", pages, self._stopped, _MAPPED)
        return _batches(mapped)

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()


def _batches(mapped: _Thread[tuple[Part, Position]]) -> Iterator[tuple[Part, Position]]:
    batch: Part | None = None
    position: Position = {}
    until, end = None, None
    while end is None:
        is_due = True
        try:
            page, position = mapped.take(until)
        except Empty:
            pass
        except BaseException as error:  # noqa: BLE001 - raised below, after what came before it
            end = error
        else:
            if batch is None:
                batch, until = page, time.monotonic() + _PATIENCE_S
            else:
                batch.add(page)
            is_due = batch.count >= BATCH
        if batch is not None and is_due:
            yield batch, position
            batch = until = None
    if not isinstance(end, StopIteration):
        raise end


class _Thread(Generic[Item]):
    """Runs through an iterable ahead of whoever takes its items."""

    def __init__(self, name: str, items: Iterable[Item], stopped: threading.Event, room: int) -> None:
        self._items, self._stopped = items, stopped
        self._queue: Queue[Any] = Queue(room)
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def take(self, until: float | None = None) -> Item:
        """The next item.

        Args:
            until: When to give up, on the monotonic clock.

        Raises:
            Empty: None has come by then.
            StopIteration: There is no more.
        """
        item = self._queue.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
        if isinstance(item, BaseException):
            raise item
        return item  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Item]:
        while not self._stopped.is_set():
            try:
                yield self.take(time.monotonic() + _LOOK_EVERY_S)
            except Empty:
                continue
            except StopIteration:
                return

    def _run(self) -> None:
        try:
            for item in self._items:
                if not put(self._queue, item, self._stopped):
                    return
        except BaseException as error:  # noqa: BLE001 - raised where the items are taken
            put(self._queue, error, self._stopped)
        else:
            put(self._queue, StopIteration(), self._stopped)


def put(queue: Queue[Any], item: Any, stopped: threading.Event) -> bool:
    """Wait until there is room for it; False if nobody takes it any more."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=_LOOK_EVERY_S)
        except Full:
            continue
        return True
    return False
