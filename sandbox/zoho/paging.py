"""Page tokens of Get Records: bound to the other parameters, valid for a day (docs/vendor/zoho.md §2).

A token says where the page starts, so that following tokens neither skips nor repeats a record that stays in place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

import orjson

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.times import DAY_S

_MARK_SIZE = 8
_KEY = b"sandbox"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts: after a record (key, id) in its order, or before it when going `back`."""

    page: int
    at: tuple[int, int]
    back: bool
    expires: int


def make(binding: str, page: int, at: tuple[int, int], now: int, *, back: bool = False) -> str:
    content = orjson.dumps([page, *at, back, now + DAY_S])
    return base64.urlsafe_b64encode(_mark(binding, content) + content).decode().rstrip("=")


def read(token: str, binding: str, now: int) -> Place:
    """The place that a token names.

    Raises:
        ZohoError: Nonsense, made for other parameters, or too old.
    """
    try:
        found = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        found = b""
    content = found[_MARK_SIZE:]
    if not content or found[:_MARK_SIZE] != _mark(binding, content):
        raise ZohoError("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
    page, key, record_id, back, expires = orjson.loads(content)
    if expires < now:
        raise ZohoError("EXPIRED_VALUE", {"api_name": "page_token", "json_path": "$.query.page_token"})
    return Place(page, (key, record_id), back, expires)


def _mark(binding: str, content: bytes) -> bytes:
    return hashlib.blake2b(binding.encode() + b"\0" + content, digest_size=_MARK_SIZE, key=_KEY).digest()
