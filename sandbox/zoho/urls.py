"""Every URL that is served. Whatever is not here is an unknown URL for the caller, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho import settings
from sandbox.zoho.coql.call import Coql
from sandbox.zoho.deleted import DeletedFeed
from sandbox.zoho.front import Url
from sandbox.zoho.org import Org
from sandbox.zoho.records import Records
from sandbox.zoho.remove import Removals
from sandbox.zoho.users import Users
from sandbox.zoho.write import Writes

if TYPE_CHECKING:
    from sandbox.zoho.oauth import Desk
    from sandbox.zoho.state import State

V8 = "/crm/v8"
# Which errors come inside `data[]` is the vendor's own choice (docs/vendor/zoho.md §0).
_OF_WRITES = frozenset(
    ("INVALID_MODULE", "INVALID_REQUEST_METHOD", "AUTHORIZATION_FAILED", "LIMIT_EXCEEDED", "ALREADY_MODIFIED")
)
_OF_DELETED = frozenset(("INVALID_MODULE", "PATTERN_NOT_MATCHED", "LIMIT_EXCEEDED"))
_IN_WRITES = {"POST": _OF_WRITES, "PUT": _OF_WRITES}


def urls(state: State, desk: Desk) -> list[Url]:
    records, writes, removals = Records(state), Writes(state), Removals(state)
    users, org = Users(state), Org(state)
    return [
        Url("/oauth/v2/token", "", {"POST": desk.token}, public=True),
        Url("/oauth/v2/token/revoke", "", {"POST": desk.revoke}, public=True),
        Url(f"{V8}/users", "users", {"GET": users.many}),
        Url(f"{V8}/users/{{id}}", "users", {"GET": users.one}),
        Url(f"{V8}/org", "org", {"GET": org.get}),
        Url(f"{V8}/org/currencies", "settings", {"GET": org.currencies}),
        Url(f"{V8}/coql", "ZohoCRM.coql.READ", {"POST": Coql(state).query}),
        Url(f"{V8}/settings/roles", "settings", {"GET": org.roles}),
        Url(f"{V8}/settings/roles/{{id}}", "settings", {"GET": org.role}),
        Url(f"{V8}/settings/modules", "settings", {"GET": settings.modules}),
        Url(f"{V8}/settings/modules/{{name}}", "settings", {"GET": settings.module}),
        Url(f"{V8}/settings/fields", "settings", {"GET": settings.fields}),
        Url(f"{V8}/settings/layouts", "settings", {"GET": settings.layouts}),
        Url(f"{V8}/settings/pipeline", "settings", {"GET": settings.pipeline}),
        Url(f"{V8}/{{module}}/deleted", "modules", {"GET": DeletedFeed(state).get}, inside_data={"GET": _OF_DELETED}),
        Url(f"{V8}/{{module}}/actions/count", "ZohoSearch.securesearch.READ", {"GET": records.count}),
        Url(
            f"{V8}/{{module}}",
            "modules",
            {"GET": records.many, "POST": writes.insert, "PUT": writes.update, "DELETE": removals.many},
            inside_data=_IN_WRITES,
        ),
        Url(
            f"{V8}/{{module}}/{{id}}",
            "modules",
            {"GET": records.one, "PUT": writes.update_one, "DELETE": removals.one},
            inside_data=_IN_WRITES,
        ),
    ]
