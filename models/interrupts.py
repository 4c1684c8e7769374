"""Ctrl-C and SIGTERM at a moment when they do no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def unbroken() -> Iterator[None]:
    """Let a signal that would be raised wait until the block is over. A second one does not wait.

    Python raises it between any two instructions. Amid a commit that leaves a connection half closed, which still holds its
    lock, and another error than the signal. Threads other than the main one are not interrupted anyway.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former: dict[int, _Handler] = {}
    came: list[tuple[int, FrameType | None]] = []

    def later(number: int, frame: FrameType | None) -> None:
        if came:
            former[number](number, frame)
        came.append((number, frame))

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):  # else it is ignored, or ends the process on the spot
                former[number] = handler
                signal.signal(number, later)
        yield
    finally:
        for kind, handler in former.items():
            signal.signal(kind, handler)
        for kind, frame in came:
            former[kind](kind, frame)
