"""The same e-mail address or telephone number makes one person, unless it could be anybody's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, insert, select

from models.warehouse.core import people, users
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import migrate
from pipeline.sync.people import User, link, link_people
from tests.unit.models.test_warehouse import NOW


def test_an_address_links_whatever_its_case() -> None:
    found = link([User("zoho", "1", "Li@X.cn", None), User("fx", "9", " li@x.cn", None)])
    assert found == {("zoho", "1"): "fx:9", ("fx", "9"): "fx:9"}


def test_a_chinese_mobile_number_links_with_and_without_its_country() -> None:
    found = link([User("zoho", "1", None, "+86 138-0000-0001"), User("fx", "9", None, "13800000001")])
    assert set(found.values()) == {"fx:9"}


def test_a_switchboards_number_names_nobody() -> None:
    shared = "021-55550000"
    everybody = [User("zoho", "1", None, shared), User("zoho", "2", None, shared), User("fx", "9", None, shared)]
    assert len(set(link(everybody).values())) == 3


def test_an_extension_names_nobody() -> None:
    assert len(set(link([User("zoho", "1", None, "201"), User("fx", "9", None, "201")]).values())) == 2


def test_nobody_is_two_users_of_one_source() -> None:
    everybody = [
        User("fx", "9", "li@x.cn", "13800000002"),
        User("zoho", "1", "li@x.cn", None),
        User("zoho", "2", None, "13800000002"),
    ]
    found = link(everybody)
    assert found["zoho", "1"] == found["fx", "9"] != found["zoho", "2"]


def test_a_login_that_was_made_again_does_not_hide_the_living_one() -> None:
    old, new = User("zoho", "1", "li@x.cn", None, deleted=True), User("zoho", "2", "li@x.cn", None)
    found = link([old, new, User("fx", "9", "li@x.cn", None)])
    assert found["zoho", "2"] == found["fx", "9"] != found["zoho", "1"]


def test_people_follow_the_users_table(warehouse: Warehouse) -> None:
    row = {"row_hash": "", "run_id": "r", "first_seen_at": NOW, "synced_at": NOW, "phone": None}
    with warehouse.begin() as connection:
        connection.execute(
            insert(users),
            [
                row | {"source": "zoho", "source_id": "1", "email": "li@x.cn"},
                row | {"source": "fx", "source_id": "9", "email": "li@x.cn"},
                row | {"source": "fx", "source_id": "8", "email": "wu@x.cn"},
            ],
        )
    link_people(warehouse)
    with warehouse.read() as connection:
        found = {(r.source, r.user_id): r.person_id for r in connection.execute(select(people))}
    assert found == {("zoho", "1"): "fx:9", ("fx", "9"): "fx:9", ("fx", "8"): "fx:8"}


def test_two_sources_may_link_at_once(postgres_url: str) -> None:
    warehouse = Warehouse(postgres_url)
    migrate(warehouse)
    row = {"row_hash": "", "run_id": "r", "first_seen_at": NOW, "synced_at": NOW, "phone": None}
    rows = [row | {"source": s, "source_id": str(n), "email": f"{n}@x.cn"} for s in ("a", "b") for n in range(200)]
    for _ in range(10):
        with warehouse.begin() as connection:
            connection.execute(delete(people))
            connection.execute(delete(users))
            connection.execute(insert(users), rows)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: link_people(warehouse), range(4)))
        with warehouse.read() as connection:
            assert len(set(connection.scalars(select(people.c.person_id)))) == 200
    warehouse.close()
