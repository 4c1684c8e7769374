"""Zoho's queries, COQL: many records by few fields (docs/vendor/zoho.md §3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.api import Request
from connectors.client import Client
from models.errors import FatalSyncError, ObjectUnavailableError
from models.records import Raw

ROWS = 2_000
"""Rows of one call, the most that it takes; it costs `CREDITS` (§8.2)."""
CREDITS = 3

CONVERTED_TOO = "(Converted__s = 'true' or Converted__s = 'false')"
"""Converted leads are left out unless a condition is about conversion."""

_NEEDS = "queries need the scope ZohoCRM.coql.READ beside that of the module, and a module that Zoho takes them about"


def coql(client: Client, subject: str, query: str, *, rows: int) -> list[Raw]:
    """The rows of a query.

    Args:
        client: Calls the API.
        subject: For messages.
        query: With a limit of `rows`.
        rows: Most that it may return; what the call costs follows from them (§8.2).

    Raises:
        FatalSyncError: The CRM takes no queries, or none about this module; its lists may show the same records.
    """
    request = Request("POST", "/crm/v8/coql", subject, body={"select_query": query}, rows=rows)
    try:
        found: list[Raw] = client.ask_list(request, "data")
    except ObjectUnavailableError as error:
        raise FatalSyncError(f"{error}; {_NEEDS}") from error
    return found


def rows_by_id(
    client: Client, subject: str, module: str, fields: Sequence[str], where: str, *, after: str | None = None
) -> Iterator[list[Raw]]:
    """Records by pages, ids ascending as numbers; the last one leads on, so that no offset ends it. Never an empty page.

    Args:
        client: Calls the API.
        subject: For messages.
        module: Zoho's name of the object.
        fields: Beside the id.
        where: A condition.
        after: The last id that is done with.
    """
    columns = ", ".join(dict.fromkeys(["id", *fields]))
    while True:
        condition = f"({where} and id > {after})" if after else where
        query = f"select {columns} from {module} where {condition} order by id asc limit {ROWS}"  # noqa: S608 - COQL, of our own words
        rows = coql(client, subject, query, rows=ROWS)
        if rows:
            yield rows
        if len(rows) < ROWS:
            return
        after = rows[-1]["id"]
