"""The three calls of bulk read (docs/vendor/zoho.md §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho import scopes
from sandbox.zoho.bulk import request
from sandbox.zoho.bulk.callback import Messenger
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.bulk.jobs import Jobs
    from sandbox.zoho.state import State

CREATE_CREDITS = 50


class BulkRead:
    def __init__(self, state: State, jobs: Jobs) -> None:
        self._state, self._jobs = state, jobs
        self._messenger = Messenger(jobs)

    def create(self, call: Call) -> Reply:
        """`POST /read`."""
        if not request.is_json(call):
            status = self._state.switches.bulk_media_type_status
            raise ZohoError("MEDIA_TYPE_NOT_SUPPORTED", status=status)
        asked = request.parse(call, self._state)
        if asked.query is not None:
            scopes.require_module(call, asked.query.module)
        job = self._jobs.add(asked, call.user)
        call.credits = CREATE_CREDITS
        self._messenger.watch()
        details = self._jobs.head(job, "ADDED")
        added = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully."}
        return Reply(201, {"data": [added | {"details": details}], "info": {}})

    def poll(self, call: Call) -> Reply:
        """`GET /read/{id}`."""
        call.credits = self._state.switches.bulk_poll_credits
        self._messenger.watch()
        return Reply(200, {"data": [self._jobs.show(self._jobs.find(call.args["id"]))]})

    def download(self, call: Call) -> Reply:
        """`GET /read/{id}/result`: the SDK needs both headers (§10.3)."""
        call.credits = self._state.switches.bulk_poll_credits
        name = f"{int(call.args['id'])}.zip"
        headers = {
            "content-type": "application/x-download",
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
        }
        return Reply(200, self._jobs.download(call.args["id"]), headers)
