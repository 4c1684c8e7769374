"""Who is calling, and may they: authentication, rate limit and daily quota (docs/vendor/fxiaoke.md §1, §8)."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.directory import ADMIN
from sandbox.fxiaoke.render import Style
from sandbox.fxiaoke.tokens import APP_LIFE_S, CORP_ID, ENTERPRISE, TokenBook
from sandbox.world import CHINA

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.datastructures import Headers
    from starlette.requests import Request

    from sandbox.fxiaoke.directory import Directory
    from sandbox.fxiaoke.switches import Switches

WINDOW_S = 20.0
TOKEN_CALLS, TOKEN_WINDOW_S = 10, 60.0
# The user and department calls name no acting employee, or null (§0, §2.2).
NEEDS_USER = "/cgi/crm/"


@dataclass(frozen=True, slots=True)
class Caller:
    """The acting employee by plain id ("" where a call needs none), and how answers should look."""

    user: str
    style: Style

    @property
    def only_owner(self) -> str | None:
        """Whose rows alone the caller sees; None for an administrator."""
        return None if self.style.admin else self.user


@dataclass(frozen=True, slots=True)
class Moment:
    """When a call comes, and which window of the rate limit it counts in."""

    now: datetime
    window: str


class Gateway:
    """Lets calls in or raises what the vendor answers."""

    def __init__(self, directory: Directory, switches: Switches) -> None:
        self.oauth, self.legacy = TokenBook(), TokenBook()
        self.app = TokenBook(APP_LIFE_S, APP_LIFE_S)
        self._directory, self._switches = directory, switches
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._day, self._calls_today = "", 0

    def admit(self, path: str, request: Request, body: dict[str, Any], moment: Moment) -> Caller:
        """Check one business call.

        Raises:
            FxiaokeError: Authentication first, then the rate limit, then the quota.
        """
        headers = request.headers
        by_header = "authorization" in headers
        if by_header:
            self._check_header(headers, moment.now.timestamp())
            user = headers.get("x-fs-userid")
        else:
            self._check_body(body, moment.now.timestamp())
            user = body.get("currentOpenUserId")
        if self._switches.trace_id_required and not request.query_params.get("thirdTraceId"):
            raise FxiaokeError(32000, "thirdTraceId is missing")
        plain = self._user(user) if path.startswith(NEEDS_USER) else ""
        self.count(moment.window, moment.now, self._switches.limit, WINDOW_S)
        self._spend(moment.now)
        return Caller(plain, _style(body, legacy=not by_header, admin=plain in ("", ADMIN)))

    def dump(self) -> dict[str, Any]:
        books = {"oauth": self.oauth, "legacy": self.legacy, "app": self.app}
        return {
            **{name: book.dump() for name, book in books.items()},
            "quota": [self._day, self._calls_today],
            "recent": {window: list(instants) for window, instants in self._recent.items()},
        }

    def load(self, state: dict[str, Any]) -> None:
        for name, book in (("oauth", self.oauth), ("legacy", self.legacy), ("app", self.app)):
            book.load(state[name])
        self._day, self._calls_today = state["quota"]
        self._recent = defaultdict(deque, {window: deque(instants) for window, instants in state["recent"].items()})

    def count(self, window: str, now: datetime, limit: int, window_s: float) -> None:
        """Let a call through the sliding window of its path (or of another name); refused calls do not prolong the wait."""
        recent, instant = self._recent[window], now.timestamp()
        while recent and recent[0] <= instant - window_s:
            recent.popleft()
        if len(recent) >= limit:
            raise FxiaokeError(self._switches.limit_code)
        recent.append(instant)

    def _check_header(self, headers: Headers, now: float) -> None:
        kind, _, token = headers["authorization"].partition(" ")
        if kind.lower() != "bearer" or not self.oauth.knows(token.strip(), now):
            raise FxiaokeError(self._switches.expired_code)
        if headers.get("x-fs-ea") != ENTERPRISE:
            raise FxiaokeError(11015, "header x-fs-ea missing or illegal")

    def _check_body(self, body: dict[str, Any], now: float) -> None:
        token = body.get("corpAccessToken")
        if not token:
            raise FxiaokeError(20017)
        if not body.get("corpId"):
            raise FxiaokeError(10014)
        if not isinstance(body["corpId"], str):
            raise FxiaokeError(11015)
        if not isinstance(token, str) or not self.legacy.knows(token, now) or body["corpId"] != CORP_ID:
            raise FxiaokeError(self._switches.expired_code)

    def _user(self, given: Any) -> str:
        """The plain id of the acting employee, given in either form."""
        if not given:
            raise FxiaokeError(10010)
        user = self._directory.plain(str(given))
        person = self._directory.person(user)
        if person is None:
            raise FxiaokeError(20012)
        return user

    def _spend(self, now: datetime) -> None:
        """Count against the quota of the day, which starts at midnight in China (§8)."""
        day = now.astimezone(CHINA).date().isoformat()
        if day != self._day:
            self._day, self._calls_today = day, 0
        quota = self._switches.daily_quota
        if quota is not None and self._calls_today >= quota:
            raise FxiaokeError(30002)
        self._calls_today += 1


def _style(body: dict[str, Any], *, legacy: bool, admin: bool) -> Style:
    return Style(
        fsuids=bool(body.get("convertUserId", legacy)),
        empties=legacy,
        include_null=bool(body.get("includeNull", False)),
        admin=admin,
    )
