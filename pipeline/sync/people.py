"""Who is one person in several CRMs: users with the same e-mail address or telephone number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from models.warehouse.core import people, users
from models.warehouse.engine import Warehouse

_CHINA = "86"
_SHORTEST_PHONE = 7  # digits; what is shorter is an extension


class User(NamedTuple):
    source: str
    user_id: str
    email: str | None
    phone: str | None
    deleted: bool = False


def link(everybody: Sequence[User]) -> dict[tuple[str, str], str]:
    """Person of each (source, user id): `source:user id` of the alphabetically first of the users who are one person.

    An address or number names a person only if at most one user of each source has it: a switchboard's number, which
    many share, names nobody. Addresses come first, users who exist before deleted ones; nobody is two users of one
    source.
    """
    group: dict[tuple[str, str], set[tuple[str, str]]] = {
        (u.source, u.user_id): {(u.source, u.user_id)} for u in everybody
    }
    present = [user for user in everybody if not user.deleted]
    for users_, attribute in ((present, "email"), (present, "phone"), (everybody, "email"), (everybody, "phone")):
        for members in _by(users_, attribute):
            joined = set().union(*(group[member] for member in members))
            if len({source for source, _ in joined}) == len(joined):
                for member in joined:
                    group[member] = joined
    return {key: ":".join(min(members)) for key, members in group.items()}


def _by(everybody: Iterable[User], attribute: str) -> list[list[tuple[str, str]]]:
    shared: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for user in sorted(everybody):
        key = _KEYS[attribute](getattr(user, attribute) or "")
        if key:
            shared[key].append((user.source, user.user_id))
    return [shared[key] for key in sorted(shared) if len({source for source, _ in shared[key]}) == len(shared[key])]


def _email(text: str) -> str:
    return text.strip().casefold()


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text).lstrip("0")
    digits = digits.removeprefix(_CHINA) if len(digits) == 13 else digits  # noqa: PLR2004 - 86 and a mobile number's 11
    return digits if len(digits) >= _SHORTEST_PHONE else ""


_KEYS = {"email": _email, "phone": _phone}


def link_people(warehouse: Warehouse) -> None:
    """Bring `people` in line with `users`, in one transaction."""
    with warehouse.begin(alone="people") as connection:
        wanted = link(_users(connection))
        present = {(row.source, row.user_id): row.person_id for row in connection.execute(select(people))}
        if wanted == present:
            return
        connection.execute(delete(people))
        rows = [{"person_id": person, "source": s, "user_id": u} for (s, u), person in sorted(wanted.items())]
        if rows:
            connection.execute(insert(people), rows)


def _users(connection: Connection) -> list[User]:
    query = select(users.c.source, users.c.source_id, users.c.email, users.c.phone, users.c.deleted_at.is_not(None))
    return [User(*row) for row in connection.execute(query)]
