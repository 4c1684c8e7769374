"""Slices read side by side, each in a thread; what they bring is loaded by one, the caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Queue
from typing import Any

from models.records import Page, Raw
from pipeline.sync.backfill.slices import Slice
from pipeline.sync.pages import Ahead, put

_END = object()


class Records:
    """Records as they came: they are mapped when it is known which of them are older than what is there."""

    def __init__(self, items: Sequence[Raw]) -> None:
        self.items = list(items)

    @property
    def count(self) -> int:
        return len(self.items)

    def add(self, later: Records) -> None:
        self.items += later.items


class Readers:
    """Gives the batches of several slices as they come, and None at the end of each slice.

    What the reading of one slice raises comes out after what came before it. Leaving the block ends the threads at their
    next page; they are not waited for, since a request may hang for long.

    Args:
        slices: In the order in which they are begun.
        read: The pages of a slice, from where it stands on.
        number: Slices that are read at the same time.
    """

    def __init__(self, slices: Sequence[Slice], read: Callable[[Slice], Iterable[Page]], number: int) -> None:
        self._slices = iter(slices)
        self._lock = threading.Lock()
        self._read = read
        self._number = min(number, len(slices))
        self._queue: Queue[Any] = Queue(1)
        self._stopped = threading.Event()

    def __enter__(self) -> Iterator[tuple[Slice, Page | None]]:
        for number in range(self._number):
            threading.Thread(target=self._work, name=f"read {number}", daemon=True).start()
        return self._items()

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()

    def _items(self) -> Iterator[tuple[Slice, Page | None]]:
        working = self._number
        while working:
            item = self._queue.get()
            if isinstance(item, BaseException):
                raise item
            if item is _END:
                working -= 1
            else:
                yield item

    def _work(self) -> None:
        try:
            while (slice_ := self._next()) is not None:
                self._pass_on(slice_)
            put(self._queue, _END, self._stopped)
        except BaseException as error:  # noqa: BLE001 - raised where the batches are taken
            put(self._queue, error, self._stopped)

    def _next(self) -> Slice | None:
        with self._lock:
            return None if self._stopped.is_set() else next(self._slices, None)

    def _pass_on(self, slice_: Slice) -> None:
        with Ahead(self._read(slice_), Records) as batches:
            for records, position in batches:
                put(self._queue, (slice_, Page(records.items, position)), self._stopped)
                if self._stopped.is_set():
                    return
        put(self._queue, (slice_, None), self._stopped)
