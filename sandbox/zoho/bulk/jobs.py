"""The jobs of the org, which run one after the other (docs/vendor/zoho.md §4).

Nothing runs in the background: a job's state follows from the clock. Its records are those of the moment it was
accepted; the file is written when it is first wanted.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.zoho import limits, settings, times
from sandbox.zoho.bulk import files
from sandbox.zoho.bulk.criteria import Criteria, name_of
from sandbox.zoho.bulk.request import CSV, ICS, Query
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.fields import ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.zoho.bulk.request import Asked
    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row

# Together 3.6 s for a job alone, and 3 s more for each that waits behind another, as measured (§4).
ADDED_S, QUEUED_S, RUNS_S = 0.3, 0.3, 3.0
MOST_ROWS = {CSV: 200_000, ICS: 20_000}
MOST_DOWNLOADS, DOWNLOADS_S = 10, 60


@dataclass(slots=True)
class Job:
    """One job; `last` is the id of its last record, and there is a `token` if there are more."""

    id: int
    user: int
    query: Query
    per_page: int
    callback: str | None
    created: float
    starts: float
    ends: float
    count: int
    last: int
    token: str | None
    fails: bool
    rows: list[Row] = field(default_factory=list)
    packed: bytes | None = None
    called_back: bool = False

    def state(self, now: float) -> str:
        if now < self.created + ADDED_S:
            return "ADDED"
        if now < self.starts:
            return "QUEUED"
        if now < self.ends:
            return "IN PROGRESS"
        return "FAILURE" if self.fails else "COMPLETED"


class Jobs:
    """All jobs by id."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.known: dict[int, Job] = {}
        self.left = False  # another state has taken the place of this one
        self._downloads: deque[float] = deque()

    def now(self) -> float:
        return self._state.world.now().timestamp()

    def add(self, asked: Asked, user: int) -> Job:
        """Accept a job, at the end of the queue.

        Raises:
            ZohoError: The criteria or the token are wrong.
        """
        query = asked.query or self._continued(asked.token or "", user)
        per_page = min(self._state.switches.bulk_rows, MOST_ROWS[query.file_type])
        skip = 0 if query.after else (query.page - 1) * per_page
        rows = list(islice(self._matching(query), skip, skip + per_page + 1))
        more, rows = len(rows) > per_page, rows[:per_page]
        now, job_id = self.now(), self._state.new_id()
        starts = max([now + ADDED_S + QUEUED_S, *(job.ends for job in self.known.values())])
        job = self.known[job_id] = Job(
            id=job_id,
            user=user,
            query=query,
            per_page=per_page,
            callback=asked.callback,
            created=now,
            starts=starts,
            ends=starts + RUNS_S,
            count=len(rows),
            last=rows[-1][ID] if rows else 0,
            token=_token(self._state.world.seed, job_id) if more else None,
            fails=self._state.switches.bulk_job_fails,
            rows=rows,
        )
        return job

    def find(self, job_id: str) -> Job:
        job = self.known.get(int(job_id))
        if job is None:
            raise _unknown(job_id)
        return job

    def download(self, job_id: str) -> bytes:
        """The file of a completed job: ten times a minute, for a day.

        Raises:
            ZohoError: There is none, or this is one too many.
        """
        job, now = self.find(job_id), self.now()
        kept_s = self._state.switches.bulk_result_days * times.DAY_S
        if job.state(now) != "COMPLETED" or now >= job.ends + kept_s:
            raise _unknown(job_id)
        while self._downloads and self._downloads[0] <= now - DOWNLOADS_S:
            self._downloads.popleft()
        if len(self._downloads) >= MOST_DOWNLOADS:
            raise limits.exceeded("", self._state.switches, MOST_DOWNLOADS, "1 minute")
        self._downloads.append(now)
        return self._packed(job)

    def show(self, job: Job) -> dict[str, Any]:
        """A job as a poll and a callback tell it."""
        module = self._state.tables[job.query.module].module
        named = {"id": module.tab_id, "api_name": job.query.module}
        query: dict[str, Any] = {"module": named, "page": job.query.page}
        if job.query.fields is not None:
            query["fields"] = job.query.fields
        if job.query.criteria is not None:
            query["criteria"] = _with_ids(module, job.query.criteria)
        state = job.state(self.now())
        shown = self.head(job, state) | {"query": query, "file_type": job.query.file_type}
        if state == "COMPLETED":
            shown["result"] = _result(job)
        elif state == "FAILURE":
            message = "Internal server error occurred."
            error = {"status": "error", "code": "INTERNAL_SERVER_ERROR", "message": message, "details": {}}
            shown["result"] = {"error_message": error}
        return shown

    def head(self, job: Job, state: str) -> dict[str, Any]:
        user = self._state.directory.name(job.user)
        return {
            "id": str(job.id),
            "operation": "read",
            "state": state,
            "created_by": user,
            "created_time": times.show(int(job.created)),
        }

    def dump(self) -> dict[str, Any]:
        """The records of a job are kept as its file, for which those of today would be wrong."""
        jobs = []
        for job in self.known.values():
            packed = base64.b64encode(self._packed(job)).decode()
            jobs.append(asdict(replace(job, rows=[])) | {"packed": packed})
        return {"jobs": jobs, "downloads": list(self._downloads)}

    def load(self, state: dict[str, Any]) -> None:
        self.known = {
            saved["id"]: Job(**{**saved, "query": Query(**saved["query"]), "packed": base64.b64decode(saved["packed"])})
            for saved in state["jobs"]
        }
        self._downloads = deque(state["downloads"])

    def _packed(self, job: Job) -> bytes:
        if job.packed is None:
            # A field that was created since has its default.
            blank = tuple(self._state.tables[job.query.module].blank().values())
            rows = [row + blank[len(row) :] for row in job.rows]
            job.packed = files.pack(self._state, job.query, rows, str(job.id))
            job.rows = []
        return job.packed

    def _matching(self, query: Query) -> Iterable[Row]:
        table = self._state.tables[query.module]
        rows: Iterable[Row] = table.by_id.walk(table.rows, (0, query.after), back=False)
        place = table.module.position.get("Converted__s")
        if place is not None and not self._state.switches.bulk_converted_leads:
            rows = (row for row in rows if not row[place])
        tracked = next((field for field in table.module.fields if field.to and field.to == table.module.parent), None)
        if table.module.generated_type == "field_tracker" and tracked is not None:
            # Stays of a record that is deleted are left out.
            parent, living = table.module.position[tracked.api_name], self._state.tables[table.module.parent or ""].rows
            rows = (row for row in rows if row[parent] in living)
        if query.criteria is None:
            return rows
        test = Criteria(self._state, table.module).test(query.criteria)
        return (row for row in rows if test(row))

    def _continued(self, token: str, user: int) -> Query:
        """The rest of the job that a token belongs to; the token is its user's, for a day from the job's end."""
        for job in self.known.values():
            if job.token == token and job.user == user:
                if self.now() >= job.ends + times.DAY_S:
                    raise ZohoError("EXPIRED_VALUE", {"api_name": "page_token", "json_path": "$.query.page_token"})
                return replace(job.query, page=job.query.page + 1, after=job.last)
        raise ZohoError("TOKEN_BOUND_DATA_MISMATCH", {"api_name": "page_token", "json_path": "$.query.page_token"})


def _unknown(job_id: str) -> ZohoError:
    return ZohoError("RESOURCE_NOT_FOUND", {"resource": job_id}, message="The requested resource doesn't exist.")


def _token(seed: int, job: int) -> str:
    return hashlib.blake2b(f"{seed}/bulk/{job}".encode(), digest_size=18).hexdigest()


def _result(job: Job) -> dict[str, Any]:
    result = {
        "page": job.query.page,
        "per_page": job.per_page,
        "count": job.count,
        "download_url": f"/crm/bulk/v8/read/{job.id}/result",
        "more_records": job.token is not None,
    }
    return result | ({} if job.token is None else {"next_page_token": job.token})


def _with_ids(module: Module, node: dict[str, Any]) -> dict[str, Any]:
    """Criteria as a poll shows them: each field with its id, null for one of the system's."""
    if "group" in node:
        return node | {"group": [_with_ids(module, member) for member in node["group"]]}
    name = name_of(node) or ""
    base = name.partition(".")[0]
    field_id = settings.described(module, base)["id"] if base in module.by_name else None
    return node | {"field": {"api_name": name, "id": field_id}}
