"""The fields of a CRM's objects, and values read and written by their types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.convert import EMPTY, as_it_is
from models.config import near_names
from models.errors import ConfigError, ObjectUnavailableError
from models.records import FieldInfo
from models.spec import Converter, Stream

TypeTable = Mapping[str, Callable[[FieldInfo], Converter]]
"""The CRM's word for a field type → what makes the converter. A type that is not in it passes as it is."""


class Metadata:
    """What a CRM says about its objects, asked for once.

    Args:
        connection: For messages.
        load: Asks the CRM for the fields of one object.
        types: How values of each type look.
        key: API name of a record's id, which every object has, listed or not.
        renew: Has the CRM itself asked from now on; False if it was asked already.
    """

    def __init__(
        self,
        connection: str,
        load: Callable[[str], Mapping[str, FieldInfo]],
        types: TypeTable,
        *,
        key: str,
        renew: Callable[[], bool],
    ) -> None:
        self._connection, self._load, self._types, self._key, self._renew = connection, load, types, key, renew
        self._objects: dict[str, Mapping[str, FieldInfo]] = {}

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        if object_name not in self._objects:
            self._objects[object_name] = self._load(object_name)
        return self._objects[object_name]

    def forget(self) -> None:
        """Ask again for what is asked next."""
        self._objects.clear()

    def check(self, stream: Stream) -> None:
        """Make sure that the CRM has the fields which the stream cannot do without.

        Raises:
            ConfigError: Naming connection, stream, field and the nearest names that there are.
            ObjectUnavailableError: The same for a stream that the CRM may lack.
        """
        for field in stream.fields:
            if not field.optional and field.api_name != self._key:
                try:
                    self._field(stream.name, stream.object, field.api_name)
                except ConfigError as error:
                    raise ObjectUnavailableError(str(error)) if stream.optional else error from None

    def decode(self, object_name: str, record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """Field → value of a raw record; empty is None. A value that does not fit its field's type stays as it is."""
        values: dict[str, Any] = {}
        for name in names:
            raw = record.get(name)
            try:
                values[name] = None if raw in EMPTY else self._converter(object_name, name).read(raw)
            except ValueError:
                values[name] = str(raw)
        return values

    def encode(self, object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The other way: what the CRM wants to be sent.

        Raises:
            ConfigError: A field that the object does not have.
            ValueError: A value that the field's type cannot hold.
        """
        return {name: self._converter(object_name, name).write(value) for name, value in values.items()}

    def _converter(self, object_name: str, name: str) -> Converter:
        if name == self._key:
            return as_it_is
        info = self._field(object_name, object_name, name)
        make = self._types.get(info.type)
        return make(info) if make else as_it_is

    def _field(self, subject: str, object_name: str, name: str) -> FieldInfo:
        fields = self.fields(object_name)
        if name not in fields and self._renew():
            fields = self.fields(object_name)
        if name in fields:
            return fields[name]
        raise ConfigError(
            f"{self._connection}/{subject}: {object_name} has no field {name!r} that this user may read"
            f"{near_names(name, tuple(fields)) or '; check the field permissions in the CRM'}"
        )


def codes_of(options: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Label → code of a picklist's (code, label) pairs; a label that two options share is no name, so both keep their code."""
    pairs = list(options)
    seen = Counter(label for _, label in pairs)
    return {label if seen[label] == 1 else code: code for code, label in pairs}
