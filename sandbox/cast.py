"""The people and companies that both fake CRMs draw from: the same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from sandbox import names

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from sandbox.world import SystemName, World

TEAM_NAMES = names.TEAM_NAMES
PEOPLE = 20
SHARED_PEOPLE = 5
# Every fifth company up to here is a customer in both CRMs: 40 in all.
SHARED_UNTIL, SHARED_EVERY = 200, 5

# What differs between the two companies' books. Fxiaoke's customers are nearly all Chinese.
_CHINESE_CUSTOMERS = {"zoho": 0.45, "fxiaoke": 0.96}
_CHINESE_STAFF_BY_TEAM = {"zoho": (4, 4, 3, 1), "fxiaoke": (5, 5, 5, 3)}
_DOMAIN = {"zoho": "lanting.example", "fxiaoke": "lanting-cn.example"}
# Team, then the name: Chinese as surname, given name and their pinyin.
_SHARED_CAST = (
    (0, "李", "娜", "li", "na"),
    (1, "陈", "志强", "chen", "zhiqiang"),
    (2, "王", "思远", "wang", "siyuan"),
    (3, "Haddad", "Omar", "haddad", "omar"),
    (3, "Walker", "Grace", "walker", "grace"),
)
_MOBILE_PREFIXES = ("138", "139", "136", "150", "159", "186", "187", "199")
_MAIL_DOMAINS = ("mail.example", "post.example", "corp.example.com", "office.example.net", "biz.example.org")


@dataclass(frozen=True, slots=True)
class Person:
    """A salesperson. `skill` (0.6 to 1.5) drives amounts and win rates; `team` indexes `TEAM_NAMES`."""

    key: int
    name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    team: int
    skill: float


@dataclass(frozen=True, slots=True)
class Company:
    """A customer. `size` multiplies amounts: median 1, a long tail up to 25. `industry` is the English word."""

    key: int
    name: str
    size: float
    city: str
    province: str
    country: str
    phone: str
    website: str
    industry: str


@dataclass(frozen=True, slots=True)
class ContactName:
    """Somebody at a customer, or a lead. Mail address and mobile number are unique within one CRM."""

    name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    chinese: bool


def industry_zh(industry: str) -> str:
    return _INDUSTRY_ZH[industry]


def salespeople(world: World, system: SystemName) -> list[Person]:
    """Twenty people in four teams of five, ordered by team; five of them are the same in both CRMs."""
    shared = _shared_people(world)
    rng = world.rng(f"cast/people/{system}")
    taken = {person.name for person in shared} | (
        _names_of_other_system(world, system) if system == "fxiaoke" else set()
    )
    skills = [round(0.6 + 0.9 * (slot + rng.random()) / PEOPLE, 2) for slot in range(PEOPLE - SHARED_PEOPLE)]
    rng.shuffle(skills)
    people: list[Person] = []
    for team in range(len(TEAM_NAMES)):
        crew = [person for person in shared if person.team == team]
        for seat in range(len(crew), PEOPLE // len(TEAM_NAMES)):
            chinese = seat < _CHINESE_STAFF_BY_TEAM[system][team]
            crew.append(_colleague(rng, system, team=team, chinese=chinese, taken=taken, skill=skills.pop()))
        people.extend(crew)
    return [replace(person, key=key) for key, person in enumerate(people)]


def manager(world: World, system: SystemName) -> Person:
    """The head of sales, above the four teams (`team` is -1), who owns no deals."""
    rng = world.rng(f"cast/manager/{system}")
    taken = {person.name for person in salespeople(world, system)}
    person = _colleague(rng, system, team=-1, chinese=True, taken=taken, skill=1.0)
    return replace(person, key=PEOPLE)


def companies(world: World, system: SystemName, n: int) -> Iterator[Company]:
    """The first `n` customers of a CRM, without repeated names; a smaller `n` gives the head of the same list."""
    shared = _shared_companies(world)
    seen = {company.name for company in shared}
    rng = world.rng(f"cast/companies/{system}")
    half = 0 if system == "zoho" else 1
    chinese_share = _CHINESE_CUSTOMERS[system]
    for key in range(n):
        if key < SHARED_UNTIL and key % SHARED_EVERY == 0:
            yield replace(shared[key // SHARED_EVERY], key=key)
            continue
        make = _chinese_company if rng.random() < chinese_share else _foreign_company
        company = make(rng, key, half)
        while company.name in seen:
            company = make(rng, key, half)
        seen.add(company.name)
        yield company


def contact_names(world: World, system: SystemName) -> Iterator[ContactName]:
    """Names for leads and contacts, without end."""
    rng = world.rng(f"cast/contacts/{system}")
    chinese_share = _CHINESE_CUSTOMERS[system]
    offset = rng.randrange(10**8)
    draw, pick = rng.random, rng.choice
    for index in count():
        chinese = draw() < chinese_share
        if chinese:
            (last, last_py), (first, first_py) = pick(names.SURNAMES), pick(names.GIVEN)
            name, local = last + first, f"{last_py}.{first_py}"
        else:
            first, last = pick(names.FIRST_NAMES), pick(names.LAST_NAMES)
            name, local = f"{first} {last}", f"{first}.{last}".lower()
        email = f"{local}{index + 1}@{pick(_MAIL_DOMAINS)}"
        # The factor is coprime to 10^8, so that no number comes twice.
        phone = f"{pick(_MOBILE_PREFIXES)}{(offset + index * 7_368_787) % 10**8:08d}"
        yield ContactName(name, first, last, email, phone, chinese)


def _shared_people(world: World) -> list[Person]:
    rng = world.rng("cast/people/shared")
    people = []
    for team, last, first, last_py, first_py in _SHARED_CAST:
        name = f"{first} {last}" if last.isascii() else last + first
        email = f"{first_py}.{last_py}@{_DOMAIN['zoho']}"
        skill = round(rng.uniform(0.8, 1.5), 2)
        people.append(Person(0, name, first, last, email, _mobile(rng), team, skill))
    return people


def _names_of_other_system(world: World, system: SystemName) -> set[str]:
    other: SystemName = "zoho" if system == "fxiaoke" else "fxiaoke"
    return {person.name for person in salespeople(world, other)}


def _colleague(
    rng: random.Random, system: SystemName, *, team: int, chinese: bool, taken: set[str], skill: float
) -> Person:
    while True:
        if chinese:
            (last, last_py), (first, first_py) = rng.choice(names.SURNAMES), rng.choice(names.GIVEN)
            name, local = last + first, f"{first_py}.{last_py}"
        else:
            first, last = rng.choice(names.FIRST_NAMES), rng.choice(names.LAST_NAMES)
            name, local = f"{first} {last}", f"{first}.{last}".lower()
        # By the address too: 许 and 徐 are one word in pinyin.
        if name not in taken and local not in taken:
            break
    taken |= {name, local}
    return Person(0, name, first, last, f"{local}@{_DOMAIN[system]}", _mobile(rng), team, skill)


def _shared_companies(world: World) -> list[Company]:
    rng = world.rng("cast/companies/shared")
    found: dict[str, Company] = {}
    while len(found) < SHARED_UNTIL // SHARED_EVERY:
        make = _chinese_company if rng.random() < _CHINESE_CUSTOMERS["fxiaoke"] else _foreign_company
        company = make(rng, 0, len(found) % 2)
        found[company.name] = company
    return list(found.values())


def _chinese_company(rng: random.Random, key: int, half: int) -> Company:
    city, province, area, _ = rng.choices(names.CITIES_CN, cum_weights=_CITY_CN_WEIGHTS)[0]
    industry, _, words, _ = rng.choice(names.INDUSTRIES)
    brand = rng.choice(names.BRAND_FIRST[half::2]) + rng.choice(names.BRAND_SECOND)
    name = f"{city}{brand}{rng.choice(words)}{rng.choice(names.SUFFIXES_CN)}"
    phone = f"{area}-{rng.randrange(2, 9)}{rng.randrange(10**7):07d}"
    return Company(key, name, _size(rng), city, province, "中国", phone, _website(rng), industry)


def _foreign_company(rng: random.Random, key: int, half: int) -> Company:
    city, region, country, dial, _ = rng.choices(names.CITIES_WORLD, cum_weights=_CITY_WORLD_WEIGHTS)[0]
    industry, _, _, words = rng.choice(names.INDUSTRIES)
    brand = rng.choice(names.WORDS_FIRST[half::2]) + rng.choice(names.WORDS_SECOND)
    name = f"{brand} {rng.choice(words)} {rng.choice(names.SUFFIXES_WORLD)}"
    phone = f"{dial}{rng.randrange(100, 999)} {rng.randrange(10**4):04d}"
    return Company(key, name, _size(rng), city, region, country, phone, _website(rng), industry)


def _size(rng: random.Random) -> float:
    return round(min(25.0, max(0.1, rng.lognormvariate(0, 0.95))), 2)


def _website(rng: random.Random) -> str:
    return f"https://www.{rng.choice(names.WORDS_FIRST).lower()}{rng.randrange(10**6)}.example"


def _mobile(rng: random.Random) -> str:
    return f"{rng.choice(_MOBILE_PREFIXES)}{rng.randrange(10**8):08d}"


def _cumulative(weights: list[int]) -> list[int]:
    return [sum(weights[: end + 1]) for end in range(len(weights))]


_INDUSTRY_ZH = {english: chinese for english, chinese, _, _ in names.INDUSTRIES}
_CITY_CN_WEIGHTS = _cumulative([city[3] for city in names.CITIES_CN])
_CITY_WORLD_WEIGHTS = _cumulative([city[4] for city in names.CITIES_WORLD])
