"""What ran: a run whose process is gone is not shown as running."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy import update

from models.warehouse import runs
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_run


def test_a_run_whose_process_is_gone_is_failed_for_the_reader_and_by_the_next_run(warehouse: Warehouse) -> None:
    dead = runs.start(warehouse, "sync")
    elsewhere = runs.start(warehouse, "compute")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    with warehouse.begin() as connection:
        connection.execute(update(ops_run).values(pid=gone.pid))
        connection.execute(update(ops_run).where(ops_run.c.run_id == elsewhere).values(host="another machine"))
    alive = runs.start(warehouse, "publish")
    died = ("failed", "the process ended without a word")
    with warehouse.read() as connection:
        found = {run["run_id"]: (run["state"], run["error"]) for run in runs.newest(connection, 5)}
    assert found == {dead: died, elsewhere: ("running", None), alive: ("running", None)}
    with warehouse.begin() as connection:
        connection.execute(update(ops_run).where(ops_run.c.run_id == alive).values(pid=gone.pid))
    with warehouse.read() as connection:
        assert [(run["run_id"], run["state"]) for run in runs.newest(connection, 1)] == [(alive, "failed")]
