"""What a CRM says of itself, kept in the warehouse for a day, and asked anew as soon as a record knows more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import orjson
from sqlalchemy import delete, insert, select

from models.records import Page
from models.warehouse.engine import Warehouse
from models.warehouse.kept import ops_metadata
from pipeline.sync.batch import BatchLoader
from pipeline.sync.normalize import Normalizer

DAY = timedelta(days=1)


class KeptAnswers:
    """The answers of one source. Implements `models.protocols.Answers`.

    New ones are stored by `save`, since they may come in while another thread is in a transaction.

    Args:
        warehouse: Where they are kept.
        source: Connection name.
        now: By this machine's clock. What is older than `max_age`, or younger than now, is asked anew.
        run_id: Kept with new ones.
        max_age: None: whatever their age and whoever got them, for work that calls no CRM.

    Attributes:
        is_used: An answer of a former run was given out since the last `renew`.
    """

    def __init__(
        self, warehouse: Warehouse, source: str, *, now: datetime, run_id: str, max_age: timedelta | None = DAY
    ) -> None:
        self._warehouse, self._source, self._now, self._run_id = warehouse, source, now, run_id
        self._max_age = max_age
        t = ops_metadata
        query = select(t.c.key, t.c.answer, t.c.whose).where(t.c.source == source)
        if max_age is not None:
            query = query.where(t.c.asked_at > now - max_age, t.c.asked_at <= now)
        with warehouse.read() as connection:
            found = connection.execute(query)
            self._former: dict[str, tuple[bytes, str]] = {key: (answer.encode(), whose) for key, answer, whose in found}
        self._new: dict[str, tuple[bytes, str]] = {}
        self._unsaved: set[str] = set()
        self.is_used = False

    def get(self, key: str, whose: str = "") -> bytes | None:
        if key in self._new:
            return self._new[key][0]
        answer, got_by = self._former.get(key, (None, ""))
        if answer is not None and (self._max_age is None or got_by == whose):
            self.is_used = True
            return answer
        return None

    def put(self, key: str, answer: bytes, whose: str = "") -> None:
        self._new[key] = answer, whose
        self._unsaved.add(key)

    def renew(self) -> bool:
        if self._max_age is None:
            return False
        self._former = {}
        was_used, self.is_used = self.is_used, False
        return was_used

    def save(self) -> None:
        """Store what is new."""
        if not self._unsaved:
            return
        t, stamps = ops_metadata, {"source": self._source, "asked_at": self._now, "run_id": self._run_id}
        new = {key: self._new[key] for key in sorted(self._unsaved)}
        rows = [
            {**stamps, "key": key, "answer": answer.decode(), "whose": whose} for key, (answer, whose) in new.items()
        ]
        with self._warehouse.begin() as connection:
            connection.execute(delete(t).where(t.c.source == self._source, t.c.key.in_(self._unsaved)))
            connection.execute(insert(t), rows)
        self._unsaved.clear()

    def is_news(self, object_name: str, names: Iterable[str]) -> bool:
        """Whether the metadata of an object lack a name that they were not known to lack; from now on they are."""
        key = f"lacking {object_name}"
        listed = set(orjson.loads(self.get(key) or b"[]"))
        news = set(names) - listed
        if news:
            self.put(key, orjson.dumps(sorted(listed | news)))
        return bool(news)


def watch(
    pages: Iterable[Page], loader: BatchLoader, answers: KeptAnswers, anew: Callable[[Normalizer], Normalizer]
) -> Iterator[Page]:
    """The pages. Before one that disagrees with kept metadata, those are asked anew and `loader` maps by them.

    Where nothing is kept the first page alone is looked at, so that what no metadata tell is no news in the next run.

    Args:
        pages: As they are fetched.
        loader: Of their records.
        answers: The kept metadata.
        anew: Asks the CRM for all of them, and makes what maps the stream's records in place of what did.
    """
    is_first = True
    for page in pages:
        if is_first or answers.is_used:
            object_name, lacking = loader.normalizer.stream.object, loader.normalizer.unknown(page.records)
            if lacking and answers.is_news(object_name, lacking) and answers.is_used:
                loader.normalizer = anew(loader.normalizer)
                answers.is_news(object_name, loader.normalizer.unknown(page.records))
        is_first = False
        yield page
