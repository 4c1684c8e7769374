"""One call as the handlers see it, its answer, and how bodies are read (docs/vendor/zoho.md §10.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
import orjson

from sandbox import jsontext
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(slots=True)
class Call:
    """A request whose URL is known; `path` is the vendor's, `args` are its variable parts.

    `scopes` and `user` are those of its token; `all_fields` is what a version without mandatory `fields` shows.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    args: dict[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    credits: int = 1
    user: int = 0
    all_fields: str | None = None

    def json(self, deepest: int = jsontext.DEEPEST_LOOKED_AT) -> dict[str, Any]:
        """The body as a JSON object, whatever the Content-Type says."""
        try:
            found = jsontext.read(self.body, deepest)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonobject"})
        return found

    def param(self, name: str) -> str | None:
        """A query parameter; an empty one is none."""
        return self.query.get(name) or None


@dataclass(slots=True)
class Reply:
    """Status and body, which is JSON or the bytes of a file; None is an empty body."""

    status: int
    body: dict[str, Any] | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else msgspec.json.encode(self.body)


def form_of(call: Call) -> dict[str, str]:
    """The parameters of a token call, from the query, a form body or a multipart body (§1.2)."""
    found = dict(call.query)
    kind = call.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        found.update(_multipart(kind, call.body))
    elif call.body:
        found.update(parse_qsl(call.body.decode("utf-8", "replace")))
    return found


def _multipart(kind: str, body: bytes) -> dict[str, str]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content.decode("utf-8", "replace").strip()
    return found
