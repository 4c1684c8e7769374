"""Same seed and same day in Shanghai: the same bytes, in any process and at any hour."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib, sys
from datetime import datetime
import orjson
from sandbox.site import Options, Site
site = Site(Options(seed=7, started_at=datetime.fromisoformat(sys.argv[1])))
dumps = [orjson.dumps(system.dump()) for system in site.systems.values()]
print(*[hashlib.sha256(dump).hexdigest() for dump in dumps])
"""


def digests(started_at: str, hash_seed: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, started_at],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_the_same_day_gives_the_same_bytes_and_another_day_others() -> None:
    morning = digests("2026-11-23T16:00:01+00:00", "1")
    evening = digests("2026-11-24T15:59:59+00:00", "2")
    later = digests("2026-11-24T16:00:01+00:00", "1")
    assert morning == evening
    assert morning[0] != later[0]
    assert morning[1] != later[1]
