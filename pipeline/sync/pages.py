"""A stream's pages on their way to the loader: fetched ahead by one thread, gathered into batches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from typing import Any

from models.records import Page, Raw

BATCH = 2_000
"""Records of one commit: few enough for the memory, enough for the database."""

_PATIENCE_S = 0.5
"""What came is loaded after so long, even if it is little: a slow CRM loses no more than that when we are killed."""

_AHEAD = 4
"""Pages that wait for the loader; more would only take memory."""

_LOOK_EVERY_S = 0.1
_END = object()


class Ahead:
    """Iterates over the same records in the same order, in batches, while a thread fetches the next pages.

    What the fetching raises comes out after what came before it; so does a signal. Leaving the block ends the thread at
    its next page; it is not waited for, since a request may hang for long.
    """

    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = pages
        self._queue: Queue[Any] = Queue(_AHEAD)
        self._stopped = threading.Event()

    def __enter__(self) -> Iterator[Page]:
        threading.Thread(target=self._fetch, name="fetch", daemon=True).start()
        return self._batches()

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()

    def _batches(self) -> Iterator[Page]:
        records: list[Raw] = []
        position: dict[str, Any] = {}
        until = None
        try:
            while (page := self._next(until)) is not _END:
                if page is not None:
                    until = until or time.monotonic() + _PATIENCE_S
                    records.extend(page.records)
                    position = page.position
                if page is None or len(records) >= BATCH:
                    yield Page(records, position)
                    records, until = [], None
        except GeneratorExit:
            raise
        except BaseException:
            if records:
                yield Page(records, position)
            raise
        if records:
            yield Page(records, position)

    def _next(self, until: float | None) -> Any:
        """The next page; None if none has come by then."""
        try:
            item = self._queue.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
        except Empty:
            return None
        if isinstance(item, BaseException):
            raise item
        return item

    def _fetch(self) -> None:
        try:
            for page in self._pages:
                if not self._put(page):
                    return
        except BaseException as error:  # noqa: BLE001 - raised where the pages are taken
            self._put(error)
        else:
            self._put(_END)

    def _put(self, item: Any) -> bool:
        """False if nobody takes it any more."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_EVERY_S)
            except Full:
                continue
            return True
        return False
