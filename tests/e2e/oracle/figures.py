"""KPIs, scores and tiers from plain records, computed a second time with dictionaries, fractions and nothing else.

The rules are those of docs/metrics/README.md §1, §2, §3 and of config.example.yaml, keys `compute.tier` and
`compute.score`, whose values stand here once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.e2e.oracle.vendors import Crm, Deal, Lead
from tests.e2e.oracle.words import score_reason, tier_reason

METRICS = ("bookings", "won_deals", "win_rate_count", "average_deal_size", "lead_conversion_rate")
VALUE_CUTS = [1_000_000, 300_000]
NEED_CUTS = [500_000, 100_000]
MATRIX = [["VIP", "VIP", "A"], ["A", "B", "B"], ["B", "C", "C"]]
WEIGHTS = {"bookings": 60, "win_rate_count": 25, "lead_conversion_rate": 15}
CAP = Fraction(6, 5)
MIN_COVERAGE = Fraction(7, 10)
GRACE_DAYS = 30
ONE_DAY = timedelta(days=1)

# A person is the set of the users that he is: (source, user id).
Person = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Period:
    kind: str
    start: date
    end: date

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def name(self) -> str:
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}Q{(self.start.month + 2) // 3}"


@dataclass(frozen=True)
class Figure:
    """A metric's value as numerator and denominator; without a denominator the numerator is the value."""

    numerator: Fraction
    denominator: int | None

    @property
    def value(self) -> Fraction | None:
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Score:
    score: Decimal
    rank: int | None
    coverage: Fraction
    bookings: Decimal
    reason: dict[str, str]


@dataclass(frozen=True)
class Tier:
    tier: str
    won: Decimal
    opened: Decimal
    levels: tuple[int, int]
    reason: dict[str, str]


def months(first: date, last: date) -> list[Period]:
    found, start = [], first.replace(day=1)
    while start <= last:
        following = (start + timedelta(days=31)).replace(day=1)
        found.append(Period("month", start, following - ONE_DAY))
        start = following
    return found


def quarter_of(day: date) -> Period:
    start = date(day.year, day.month - (day.month - 1) % 3, 1)
    following = (start + timedelta(days=93)).replace(day=1)
    return Period("quarter", start, following - ONE_DAY)


def quarters(first: date, last: date) -> list[Period]:
    found = [quarter_of(first)]
    while found[-1].end < last:
        found.append(quarter_of(found[-1].end + ONE_DAY))
    return found


def shown_quarter(today: date) -> Period:
    """The quarter on the leaderboard: the last one during the days of grace."""
    now = quarter_of(today)
    return quarter_of(now.start - ONE_DAY) if (today - now.start).days < GRACE_DAYS else now


def people(crms: Iterable[Crm]) -> set[Person]:
    """Users with the same e-mail or the same phone are one person."""
    found: list[tuple[set[tuple[str, str]], set[str]]] = []
    for crm in crms:
        for user in crm.users:
            ids, marks = {(crm.source, user.id)}, {mark.lower() for mark in (user.email, user.phone) if mark}
            for known in [one for one in found if one[1] & marks]:
                found.remove(known)
                ids |= known[0]
                marks |= known[1]
            found.append((ids, marks))
    return {frozenset(ids) for ids, _ in found}


def measure(deals: Sequence[Deal], leads: Sequence[Lead]) -> dict[str, Figure]:
    """The five metrics over deals closed, and leads created, in one period by one owner."""
    won = [deal for deal in deals if deal.status == "won"]
    lost = [deal for deal in deals if deal.status == "lost"]
    sized = [deal.amount for deal in won if deal.amount is not None and deal.amount > 0]
    return {
        "bookings": Figure(total(won), None),
        "won_deals": Figure(Fraction(len(won)), None),
        "win_rate_count": Figure(Fraction(len(won)), len(won) + len(lost)),
        "average_deal_size": Figure(sum(map(Fraction, sized), Fraction()), len(sized)),
        "lead_conversion_rate": Figure(Fraction(sum(lead.converted for lead in leads)), len(leads)),
    }


def total(deals: Iterable[Deal]) -> Fraction:
    return sum((Fraction(deal.amount) for deal in deals if deal.amount is not None), Fraction())


# (source, what the owner is, the users whose records count), and the key of the owner.
Owner = tuple[str, str, str | Person]


class Sales:
    """Closed deals and created leads of some CRMs, by whose they are and by their day."""

    def __init__(self, crms: Sequence[Crm], today: date) -> None:
        self.crms = crms
        self.today = today
        self.persons = people(crms)
        self._deals: dict[Owner, list[Deal]] = defaultdict(list)
        self._leads: dict[Owner, list[Lead]] = defaultdict(list)
        person_of = {user: person for person in self.persons for user in person}
        for crm in crms:
            team_of = {user.id: user.team for user in crm.users}

            def owners(user: str, crm: Crm = crm, team_of: dict[str, str] = team_of) -> Iterator[Owner]:
                yield ("*", "company", "")
                yield (crm.source, "company", "")
                yield ("*", "user", person_of.get((crm.source, user), ""))
                yield (crm.source, "user", user)
                if user in team_of:
                    yield (crm.source, "team", team_of[user])

            for deal in crm.deals:
                for owner in owners(deal.owner) if deal.status in ("won", "lost") else ():
                    self._deals[owner].append(deal)
            for lead in crm.leads:
                for owner in owners(lead.owner):
                    self._leads[owner].append(lead)

    @property
    def first_day(self) -> date:
        """The day of the oldest record; a deal is one from when it was created, closed or not."""
        return min([day for _, day in self._days()] + [deal.created_on for crm in self.crms for deal in crm.deals])

    def _days(self) -> Iterator[tuple[Owner, date]]:
        for owner, deals in self._deals.items():
            yield from ((owner, deal.closed_on) for deal in deals if deal.closed_on)
        for owner, leads in self._leads.items():
            yield from ((owner, lead.created_on) for lead in leads)

    def of(self, owner: Owner, period: Period) -> tuple[list[Deal], list[Lead]]:
        """What the owner closed and what leads he got in a period."""
        deals = [deal for deal in self._deals[owner] if deal.closed_on and period.holds(deal.closed_on)]
        return deals, [lead for lead in self._leads[owner] if period.holds(lead.created_on)]

    def measure(self, owner: Owner, period: Period) -> dict[str, Figure]:
        return measure(*self.of(owner, period))

    def owners(self) -> list[Owner]:
        """Company, teams and users of each source; company and persons of all together."""
        found: list[Owner] = [("*", "company", ""), *(("*", "user", person) for person in self.persons)]
        for crm in self.crms:
            found.append((crm.source, "company", ""))
            found += [(crm.source, "team", team) for team in crm.teams]
            found += [(crm.source, "user", user.id) for user in crm.users]
        return found

    def scores(self, source: str, period: Period) -> dict[str | Person, Score]:
        """Of everybody at work who closed a deal or got a lead in the period."""
        active = {(crm.source, user.id) for crm in self.crms for user in crm.users if user.active}
        owners: list[Owner] = []
        for owner in self.owners():
            users = owner[2] if isinstance(owner[2], frozenset) else {(owner[0], owner[2])}
            if owner[:2] == (source, "user") and active & users and any(self.of(owner, period)):
                owners.append(owner)
        figures = {owner[2]: self.measure(owner, period) for owner in owners}
        if not figures:
            return {}
        mean = sum((one["bookings"].numerator for one in figures.values()), Fraction()) / len(figures)
        exact = {who: _composite(one, mean) for who, one in figures.items()}
        # Equal scores are ranked by what was won; who is equal in that too shares the rank.
        height = {who: (rounded(score, 2), figures[who]["bookings"].numerator) for who, (score, _) in exact.items()}
        ranked = {who: height[who] for who, (_, coverage) in exact.items() if coverage >= MIN_COVERAGE}
        return {
            who: Score(
                height[who][0],
                1 + sum(other > height[who] for other in ranked.values()) if who in ranked else None,
                exact[who][1],
                decimal(one["bookings"].numerator),
                {language: _reason(one, mean, language) for language in ("en", "zh")},
            )
            for who, one in figures.items()
        }


def _composite(figures: dict[str, Figure], mean: Fraction) -> tuple[Fraction, Fraction]:
    """Score and coverage: the weighted mean over the metrics that are known, and the share of the weights they have."""
    bookings = figures["bookings"].numerator
    parts = {
        "bookings": min(bookings / mean, CAP) if mean else None,
        "win_rate_count": figures["win_rate_count"].value,
        "lead_conversion_rate": figures["lead_conversion_rate"].value,
    }
    known = {name: part for name, part in parts.items() if part is not None}
    weight = sum(WEIGHTS[name] for name in known)
    score = sum((WEIGHTS[name] * part * 100 for name, part in known.items()), Fraction())
    return score / weight if weight else Fraction(), Fraction(weight, sum(WEIGHTS.values()))


def _reason(figures: dict[str, Figure], mean: Fraction, language: str) -> str:
    bookings = figures["bookings"].numerator
    rates = figures["win_rate_count"].value, figures["lead_conversion_rate"].value
    return score_reason(decimal(bookings), bookings / mean if mean else None, CAP, rates, language)


def tiers(crm: Crm, today: date) -> dict[str, Tier]:
    """Account → tier: won amount of the 12 months to today against open pipeline."""
    since = date(today.year - 1, today.month, min(today.day, 28) if today.month == 2 else today.day)
    won: dict[str, Decimal] = defaultdict(Decimal)
    opened: dict[str, Decimal] = defaultdict(Decimal)
    for deal in crm.deals:
        if deal.amount is None:
            continue
        if deal.status == "open":
            opened[deal.account] += deal.amount
        elif deal.status == "won" and deal.closed_on and since < deal.closed_on <= today:
            won[deal.account] += deal.amount
    return {account.id: _tier(won[account.id], opened[account.id]) for account in crm.accounts}


def _tier(won: Decimal, opened: Decimal) -> Tier:
    levels = (sum(won < cut for cut in VALUE_CUTS), sum(opened < cut for cut in NEED_CUTS))
    tier = MATRIX[levels[0]][levels[1]]
    cuts = (VALUE_CUTS, NEED_CUTS)
    reason = {language: tier_reason(tier, (won, opened), levels, cuts, language) for language in ("en", "zh")}
    return Tier(tier, won, opened, levels, reason)


def rounded(number: Fraction | Decimal, places: int) -> Decimal:
    """Halves upwards."""
    scaled = Fraction(number) * 10**places
    return Decimal((scaled * 2 + 1) // 2).scaleb(-places)


def decimal(number: Fraction) -> Decimal:
    """An amount, which never has more than four decimals."""
    assert (number * 10_000).denominator == 1, number
    return Decimal(int(number * 10_000)).scaleb(-4)
