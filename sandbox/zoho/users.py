"""Users (docs/vendor/zoho.md §5.2, §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import query, times
from sandbox.zoho.directory import ADMIN_ID, ADMIN_PROFILE, STANDARD_PROFILE, User
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.state import State

MOST_IDS = 100
# Everybody here has confirmed the invitation.
TYPES: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda user: not user.deleted,
    "ActiveUsers": lambda user: user.active,
    "DeactiveUsers": lambda user: not user.active and not user.deleted,
    "ConfirmedUsers": lambda user: not user.deleted,
    "NotConfirmedUsers": lambda _: False,
    "DeletedUsers": lambda user: user.deleted,
    "ActiveConfirmedUsers": lambda user: user.active,
    "AdminUsers": lambda user: user.admin,
    "ActiveConfirmedAdmins": lambda user: user.admin and user.active,
    "CurrentUser": lambda _: True,  # asked for by the id of the token's user
}


class Users:
    def __init__(self, state: State) -> None:
        self._state = state

    def many(self, call: Call) -> Reply:
        """`GET /users`."""
        chosen = call.param("type") or "AllUsers"
        if chosen not in TYPES:
            raise ZohoError("INVALID_DATA", {"param_name": "type", "supported_values": list(TYPES)})
        ids = query.id_list(call)
        if ids is not None and len(ids) > MOST_IDS:
            raise ZohoError("LIMIT_EXCEEDED", {"limit": MOST_IDS, "param_name": "ids"})
        if chosen == "CurrentUser":
            ids = (call.user,)
        page = query.number(call, "page", 1)
        per_page = query.number(call, "per_page", query.MOST_PER_PAGE, query.MOST_PER_PAGE)
        found = [
            user
            for user in self._state.directory.users.values()
            if (TYPES[chosen](user) or (user.deleted and self._with_deleted(chosen)))
            and (ids is None or user.id in ids)
        ]
        start = (page - 1) * per_page
        shown = [self._show(user) for user in found[start : start + per_page]]
        if not shown:
            return Reply(204)
        more = len(found) > start + per_page
        info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": more}
        return Reply(200, {"users": shown, "info": info})

    def _with_deleted(self, chosen: str) -> bool:
        return chosen == "AllUsers" and self._state.switches.all_users_with_deleted

    def one(self, call: Call) -> Reply:
        """`GET /users/{id}`."""
        user = self._state.directory.users.get(int(call.args["id"]))
        return Reply(204) if user is None else Reply(200, {"users": [self._show(user)]})

    def _show(self, user: User) -> dict[str, Any]:
        directory = self._state.directory
        admin = directory.name(ADMIN_ID)
        return {
            "id": str(user.id),
            "full_name": user.full_name,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "alias": None,
            "status": "active" if user.active else "deleted" if user.deleted else "inactive",
            "confirm": True,
            "zuid": str(user.zuid),
            "role": {"name": directory.roles[user.role].name, "id": str(user.role)},
            "profile": ADMIN_PROFILE if user.admin else STANDARD_PROFILE,
            "Reporting_To": None if user.reports_to is None else directory.name(user.reports_to),
            "phone": None,
            "mobile": user.phone,
            "country": "China",
            "country_locale": "zh_CN",
            "language": "zh_CN",
            "locale": "zh_CN",
            "time_zone": "Asia/Shanghai",
            "offset": 28_800_000,
            "date_format": "yyyy-MM-dd",
            "time_format": "HH:mm",
            "decimal_separator": "Period",
            "number_separator": "Comma",
            "type__s": "Regular User",
            "Isonline": False,
            "created_time": times.show(user.created),
            "created_by": admin,
            "Modified_Time": times.show(user.modified),
            "Modified_By": admin,
            "territories": [],
        }
