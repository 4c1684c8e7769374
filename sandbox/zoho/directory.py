"""The people of the org and their roles, which serve as teams."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox import cast

if TYPE_CHECKING:
    from sandbox.world import World

ADMIN_ID = 5_000_000_000_000_201
FIRST_PERSON_ID = 5_000_000_000_000_211
LEAVER_ID = 5_000_000_000_000_231
DELETED_ID = 5_000_000_000_000_232
CEO_ROLE_ID = 5_000_000_000_000_026
_FIRST_TEAM_ROLE_ID = 5_000_000_000_000_031
ADMIN_PROFILE = {"name": "Administrator", "id": "5000000000000029"}
STANDARD_PROFILE = {"name": "Standard", "id": "5000000000000030"}


class Role(NamedTuple):
    id: int
    name: str
    parent: int | None


@dataclass(slots=True)
class User:
    """One user; instants in seconds."""

    id: int
    full_name: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    role: int
    reports_to: int | None
    admin: bool
    active: bool
    created: int
    modified: int
    zuid: int
    deleted: bool = False


class Directory:
    """Users by id, in order of id, with the shapes in which records name them."""

    def __init__(self, users: list[User], roles: list[Role]) -> None:
        self.users = {user.id: user for user in users}
        self.roles = {role.id: role for role in roles}
        self._owners = {u.id: {"name": u.full_name, "id": str(u.id), "email": u.email} for u in users}
        self._names = {u.id: {"name": u.full_name, "id": str(u.id)} for u in users}

    def owner(self, user_id: int) -> dict[str, str]:
        """As Owner, Created_By and Modified_By show a user."""
        return self._owners[user_id]

    def name(self, user_id: int) -> dict[str, str]:
        """As results of writes and user lookups show a user."""
        return self._names[user_id]

    def dump(self) -> dict[str, Any]:
        return {
            "users": [asdict(user) for user in self.users.values()],
            "roles": [list(role) for role in self.roles.values()],
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Directory:
        return cls([User(**saved) for saved in state["users"]], [Role(*saved) for saved in state["roles"]])


def build(world: World, start: int, end: int) -> Directory:
    """The administrator, whose token the API calls carry, 20 salespeople in four teams, and one who has left."""
    teams = [
        Role(_FIRST_TEAM_ROLE_ID + index, f"{names[0]} {names[1]}", CEO_ROLE_ID)
        for index, names in enumerate(cast.TEAM_NAMES)
    ]
    leads = [FIRST_PERSON_ID + index * cast.PEOPLE // len(teams) for index in range(len(teams))]
    users = [_admin(start)]
    for person in cast.salespeople(world, "zoho"):
        user_id = FIRST_PERSON_ID + person.key
        lead = leads[person.team]
        users.append(
            User(
                id=user_id,
                full_name=person.name,
                first_name=person.first_name,
                last_name=person.last_name,
                email=person.email,
                phone=person.phone,
                role=teams[person.team].id,
                reports_to=ADMIN_ID if user_id == lead else lead,
                admin=False,
                active=True,
                created=start,
                modified=start + (end - start) // 2,
                zuid=700_000_100 + person.key,
            )
        )
    users.append(_leaver(start, end, teams[0].id))
    if world.scale == "awkward":
        users.append(_deleted(start, end, teams[1].id))
    return Directory(users, [Role(CEO_ROLE_ID, "CEO", None), *teams])


def _admin(start: int) -> User:
    return User(
        id=ADMIN_ID,
        full_name="CRM Admin",
        first_name="CRM",
        last_name="Admin",
        email="crm.admin@lanting.example",
        phone=None,
        role=CEO_ROLE_ID,
        reports_to=None,
        admin=True,
        active=True,
        created=start,
        modified=start,
        zuid=700_000_002,
    )


def _leaver(start: int, end: int, role: int) -> User:
    return User(
        id=LEAVER_ID,
        full_name="Victor Lindqvist",
        first_name="Victor",
        last_name="Lindqvist",
        email="victor.lindqvist@lanting.example",
        phone=None,
        role=role,
        reports_to=ADMIN_ID,
        admin=False,
        active=False,
        created=start,
        modified=start + (end - start) // 3,
        zuid=700_000_003,
    )


def _deleted(start: int, end: int, role: int) -> User:
    """One whose account is gone while the records still name them."""
    leaver = _leaver(start, end, role)
    email = "ghost@lanting.example"
    ghost = replace(leaver, full_name="Ghost 已删除", first_name="Ghost", last_name="已删除", email=email)
    return replace(ghost, id=DELETED_ID, zuid=700_000_004, deleted=True)
