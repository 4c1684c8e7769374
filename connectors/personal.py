"""Personal data are hashed or dropped before anything else sees a record: no table holds them, no raw page, no letter."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import SecretStr

from connectors.convert import EMPTY, text
from models.config import Config, choose
from models.errors import ConfigError
from models.records import FieldInfo, Raw
from models.spec import HASHED, Field, Stream

KEY = "CRMSYNC_PERSONAL_DATA_KEY"
_SHORTEST_KEY = 16
_DIGITS = 32


class Mask:
    """Hides what a connection's `personal_data` names.

    Args:
        key: Of the hash. Without it nobody can try out telephone numbers until one fits.
    """

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    def hidden(self, stream: Stream, records: Sequence[Raw]) -> list[Raw]:
        """The records without what is personal; `Owner.email` is a part of a field, or of each item of a list."""
        paths = [
            (head + companion, parts, how)
            for name, how in stream.personal.items()
            for head, *parts in [name.split(".")]
            for companion in ("", *stream.companions)
        ]
        return [self._hidden(paths, record) for record in records]

    def _hidden(self, paths: Sequence[tuple[str, Sequence[str], str]], record: Raw) -> Raw:
        shown = dict(record)
        for key, parts, how in paths:
            if key in shown:
                shown[key] = self._without(shown[key], parts, how)
        return shown

    def _without(self, value: Any, path: Sequence[str], how: str) -> Any:
        """The value, with what lies under the path hidden; that which has no such part stays as it is."""
        if not path:
            return self._in_place_of(value, how)
        if isinstance(value, list):
            return [self._without(item, path, how) for item in value]
        if isinstance(value, Mapping) and path[0] in value:
            return {**value, path[0]: self._without(value[path[0]], path[1:], how)}
        return value

    def _in_place_of(self, value: Any, how: str) -> str | None:
        return None if how == "drop" or value in EMPTY else self.hashed(value)

    def hashed(self, value: Any) -> str:
        """The same for the same text, whatever its case and width; one that is a hash already stays as it is."""
        if isinstance(value, str) and HASHED.fullmatch(value):
            return value
        plain = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        same = unicodedata.normalize("NFKC", plain).strip().casefold()
        return f"hmac:{hmac.new(self._key, same.encode('utf-8', 'replace'), hashlib.sha256).hexdigest()[:_DIGITS]}"


def mask_of(config: Config, connection: str) -> Mask:
    """The mask of a connection.

    Raises:
        ConfigError: Something is to be hashed and there is no key, or a short one.
    """
    wanted = config.connections[connection].personal_data
    key = config.secret(KEY)
    length = len(key.get_secret_value()) if key else 0
    if any("hash" in fields.values() for fields in wanted.values()) and length < _SHORTEST_KEY:
        raise ConfigError(
            f"connections.{connection}.personal_data: a hash needs a key of at least {_SHORTEST_KEY} characters; set "
            f"{KEY} in secrets.env or in the environment, and keep it: another key makes other hashes"
        )
    return Mask(key or SecretStr(""))


def with_personal(
    streams: Sequence[Stream], connection: str, wanted: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    """Stream → what is hidden in it.

    Raises:
        ConfigError: A stream that is not read, or a field whose column cannot hold a hash or cannot be empty.
    """
    where = f"connections.{connection}.personal_data"
    choose(list(wanted), [stream.name for stream in streams], f"{where}: no stream is called")
    for stream in streams:
        fields = {name: field for field in stream.fields for name in (field.api_name, field.alias) if name}
        for name, how in wanted.get(stream.name, {}).items():
            if name == stream.key or (name in fields and not _may(fields[name], how)):
                raise ConfigError(
                    f"{where}.{stream.name}.{name}: what is no text cannot be hashed, and what is always read cannot be "
                    "dropped"
                )
    return {name: dict(fields) for name, fields in wanted.items()}


def _may(field: Field, how: str) -> bool:
    return field.convert is text or (how == "drop" and field.optional)


def check_names(connection: str, stream: Stream, known: Mapping[str, FieldInfo]) -> None:
    """Make sure that each field is one that the CRM has: a typing error would let the data through.

    Raises:
        ConfigError: It has none of that name.
    """
    names = {*known, *(field.api_name for field in stream.fields)}
    for name in stream.personal if known else ():
        head = name.partition(".")[0]
        told = {head, *(head.removesuffix(companion) for companion in stream.companions)}
        if not told & names:
            where = f"connections.{connection}.personal_data.{stream.name}"
            choose([head], sorted(names), f"{where}: {stream.object} has no field")
