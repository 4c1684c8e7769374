"""Every URL that is served. Whatever is not here is an unknown URL for the caller, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho import v2
from sandbox.zoho.bulk.calls import BulkRead
from sandbox.zoho.composite import KEY as COMPOSITE
from sandbox.zoho.composite import Composite
from sandbox.zoho.convert import Convert
from sandbox.zoho.coql.call import Coql
from sandbox.zoho.custom_fields import CustomFields
from sandbox.zoho.deleted import DeletedFeed
from sandbox.zoho.front import Url
from sandbox.zoho.locks import Locks
from sandbox.zoho.mass_update import MassUpdate
from sandbox.zoho.merge import Merge
from sandbox.zoho.org import Org
from sandbox.zoho.records import Records
from sandbox.zoho.related import LOCKS, Related
from sandbox.zoho.remove import Removals
from sandbox.zoho.search import Search
from sandbox.zoho.settings import Settings
from sandbox.zoho.tags import Tagging
from sandbox.zoho.users import Users
from sandbox.zoho.write import Writes

if TYPE_CHECKING:
    from sandbox.zoho.bulk.jobs import Jobs
    from sandbox.zoho.oauth import Desk
    from sandbox.zoho.state import State

V8, BULK = "/crm/v8", "/crm/bulk/v8"
# Which errors come inside `data[]` is the vendor's own choice (docs/vendor/zoho.md §0).
_OF_WRITES = frozenset(
    ("INVALID_MODULE", "INVALID_REQUEST_METHOD", "AUTHORIZATION_FAILED", "LIMIT_EXCEEDED", "ALREADY_MODIFIED")
)
_OF_DELETED = frozenset(
    ("INVALID_MODULE", "INVALID_REQUEST_METHOD", "PATTERN_NOT_MATCHED", "LIMIT_EXCEEDED", "NO_PERMISSION")
)
_IN_WRITES = {"POST": _OF_WRITES, "PUT": _OF_WRITES}
_IN_DELETED = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), _OF_DELETED)
_SEARCH = "ZohoSearch.securesearch.READ"


def urls(state: State, desk: Desk, jobs: Jobs) -> list[Url]:
    records, writes, removals = Records(state), Writes(state), Removals(state)
    merge, mass_update = Merge(state), MassUpdate(state)
    related, tagging, locks = Related(state), Tagging(state), Locks(state)
    users, org, search, settings = Users(state), Org(state), Search(state), Settings(state)
    bulk = BulkRead(state, jobs)
    served = [
        Url("/oauth/v2/token", "", {"POST": desk.token}, public=True),
        Url("/oauth/v2/token/revoke", "", {"POST": desk.revoke}, public=True),
        Url(f"{BULK}/read", "ZohoCRM.bulk.READ", {"POST": bulk.create}),
        Url(f"{BULK}/read/{{id}}", "ZohoCRM.bulk.READ", {"GET": bulk.poll}),
        Url(f"{BULK}/read/{{id}}/result", "ZohoCRM.bulk.READ", {"GET": bulk.download}),
        Url(f"{V8}/users", "users", {"GET": users.many}),
        Url(f"{V8}/users/{{id}}", "users", {"GET": users.one}),
        Url(f"{V8}/org", "org", {"GET": org.get}),
        Url(f"{V8}/org/currencies", "settings/currencies", {"GET": org.currencies}),
        Url(f"{V8}/coql", "ZohoCRM.coql.READ", {"POST": Coql(state).query}),
        Url(f"{V8}/settings/roles", "settings", {"GET": org.roles}),
        Url(f"{V8}/settings/roles/{{id}}", "settings", {"GET": org.role}),
        Url(f"{V8}/settings/modules", "settings", {"GET": settings.modules}),
        Url(f"{V8}/settings/modules/{{name}}", "settings", {"GET": settings.module}),
        Url(f"{V8}/settings/fields", "settings", {"GET": settings.fields, "POST": CustomFields(state).create}),
        Url(f"{V8}/settings/layouts", "settings", {"GET": settings.layouts}),
        Url(f"{V8}/settings/pipeline", "settings", {"GET": settings.pipeline}),
        Url(f"{V8}/{{module}}/deleted", "modules", {"GET": DeletedFeed(state).get}, inside_data=_IN_DELETED),
        Url(f"{V8}/{{module}}/search", _SEARCH, {"GET": search.get}, also=("modules",)),
        Url(f"{V8}/{{module}}/actions/count", _SEARCH, {"GET": search.count}, also=("modules", "settings/layouts")),
        Url(f"{V8}/settings/related_lists", "settings", {"GET": related.lists}),
        Url(f"{V8}/Leads/{{id}}/actions/convert", "modules/leads", {"POST": Convert(state).lead}),
        Url(f"{V8}/{{module}}/{{id}}/actions/merge", "modules", {"GET": merge.status, "POST": merge.order}),
        Url(
            f"{V8}/{{module}}/actions/mass_update",
            "mass_update",
            {"GET": mass_update.status, "POST": mass_update.order},
            operations={"GET": "READ", "POST": "UPDATE"},
        ),
        Url(f"{V8}/{{module}}/actions/add_tags", "modules", {"POST": tagging.add}),
        Url(f"{V8}/{{module}}/actions/remove_tags", "modules", {"POST": tagging.remove}),
        Url(f"{V8}/{{module}}/{{id}}/actions/add_tags", "modules", {"POST": tagging.add}),
        Url(f"{V8}/{{module}}/{{id}}/actions/remove_tags", "modules", {"POST": tagging.remove}),
        Url(
            f"{V8}/{{module}}/{{id}}/{LOCKS}",
            "modules",
            {"GET": locks.many, "POST": locks.lock},
            inside_data=_IN_WRITES,
        ),
        Url(f"{V8}/{{module}}/{{id}}/{LOCKS}/{{lock}}", "modules", {"GET": locks.one, "DELETE": locks.unlock}),
        Url(
            f"{V8}/{{module}}/{{id}}/{{list}}",
            "modules",
            {"GET": related.many, "POST": writes.note},
            inside_data=_IN_WRITES,
        ),
        Url(f"{V8}/{{module}}/upsert", "modules", {"POST": writes.upsert}, inside_data=_IN_WRITES),
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
    composite = Composite(state, served)
    served.append(Url(f"{V8}/{COMPOSITE}", "ZohoCRM.composite_requests.CUSTOM", {"POST": composite.order}))
    return served + v2.urls(state, records, served)
