"""The cast is plausible, the same for the same seed, and shared where it should be."""

from __future__ import annotations

from itertools import islice

import pytest

from sandbox.cast import companies, contact_names, industry_zh, manager, salespeople
from sandbox.world import SystemName, World

SYSTEMS: tuple[SystemName, ...] = ("zoho", "fxiaoke")


@pytest.mark.parametrize("system", SYSTEMS)
def test_twenty_salespeople_in_four_teams_of_five(system: SystemName) -> None:
    people = salespeople(World(seed=7), system)
    assert [person.key for person in people] == list(range(20))
    assert [person.team for person in people] == [team for team in range(4) for _ in range(5)]
    assert len({person.email for person in people}) == len({person.name for person in people}) == 20
    assert all(0.6 <= person.skill <= 1.5 for person in people)
    assert max(p.skill for p in people) - min(p.skill for p in people) > 0.5
    assert any(person.name.isascii() for person in people)
    assert manager(World(seed=7), system).name not in {person.name for person in people}


def test_five_people_work_in_both_crms() -> None:
    zoho, fxiaoke = (salespeople(World(seed=7), system) for system in SYSTEMS)
    both = {(p.name, p.email, p.phone, p.team, p.skill) for p in zoho} & {
        (p.name, p.email, p.phone, p.team, p.skill) for p in fxiaoke
    }
    assert {person[0] for person in both} == {"李娜", "陈志强", "王思远", "Omar Haddad", "Grace Walker"}
    assert len({p.name for p in zoho} | {p.name for p in fxiaoke}) == 35
    assert len({p.email for p in zoho} | {p.email for p in fxiaoke}) == 35


def test_forty_companies_are_customers_of_both() -> None:
    zoho = [company.name for company in companies(World(seed=7), "zoho", 2000)]
    fxiaoke = [company.name for company in companies(World(seed=7), "fxiaoke", 200)]
    assert len(set(zoho) & set(fxiaoke)) == 40
    assert sum(name.isascii() for name in fxiaoke) < 20
    assert 600 < sum(name.isascii() for name in zoho) < 1400


@pytest.mark.parametrize("system", SYSTEMS)
def test_company_names_do_not_repeat_at_scale(system: SystemName) -> None:
    made = list(companies(World(seed=7), system, 100_000))
    assert len({company.name for company in made}) == 100_000
    assert made[:50] == list(companies(World(seed=7), system, 50))
    assert {industry_zh(company.industry) for company in made} >= {"制造业", "软件"}


def test_contacts_have_addresses_and_numbers_of_their_own() -> None:
    made = list(islice(contact_names(World(seed=7), "fxiaoke"), 50_000))
    assert len({contact.email for contact in made}) == len({contact.phone for contact in made}) == 50_000
    assert all(len(contact.phone) == 11 for contact in made)


def test_another_seed_gives_other_people_and_the_same_seed_the_same() -> None:
    assert salespeople(World(seed=7), "zoho") == salespeople(World(seed=7), "zoho")
    assert salespeople(World(seed=7), "zoho") != salespeople(World(seed=8), "zoho")
