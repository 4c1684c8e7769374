"""What each activity is about, one row for each record: made anew with every new version of the activity."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, delete, insert, select

from models.warehouse.core import activities, activity_links
from models.warehouse.functions import one_of


def keep_links(connection: Connection, source: str, ids: Sequence[str]) -> None:
    """Replace the links of these activities by those that stand in `activities.links` now."""
    t, a = activity_links, activities.c
    connection.execute(delete(t).where(t.c.source == source, one_of(t.c.activity_id, ids)))
    query = select(a.source_id, a.links).where(a.source == source, one_of(a.source_id, ids), a.links.is_not(None))
    rows = [
        {"source": source, "activity_id": activity, "entity": entity, "entity_id": entity_id}
        for activity, links in connection.execute(query)
        for entity, entity_id in orjson.loads(links)
    ]
    if rows:
        connection.execute(insert(t), rows)
