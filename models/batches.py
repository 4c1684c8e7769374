"""Cutting work into the sizes that a CRM takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, `size` at a time, the last part perhaps shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
