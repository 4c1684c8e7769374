"""One empty result record for each salesperson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.modules.performance import PERFORMANCE
from sandbox.zoho.seed.frame import as_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.zoho.directory import Directory
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row

FIRST_ID = 5_000_000_500_000_001


def rows(frame: Frame, people: Directory) -> Iterator[Row]:
    sellers = [people.users[seller.id] for seller in frame.sellers]
    made = [frame.start for _ in sellers]
    columns: dict[str, Sequence[Any]] = {
        "id": [FIRST_ID + index for index in range(len(sellers))],
        "Owner": [ADMIN_ID for _ in sellers],
        "Created_By": [ADMIN_ID for _ in sellers],
        "Created_Time": made,
        "Modified_By": [ADMIN_ID for _ in sellers],
        "Modified_Time": made,
        "Last_Activity_Time": made,
        "Name": [user.full_name for user in sellers],
        "Salesperson": [user.id for user in sellers],
    }
    return as_rows(PERFORMANCE, len(sellers), columns)
