"""The scale awkward: the data of demo with what breaks clients, and 10,001 leads (docs/vendor/fxiaoke.md §11).

Rows are changed in the order of their ids, so that each oddity lies in a known number of records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.areas import CODES
from sandbox.fxiaoke.directory import SYSTEM_USER
from sandbox.fxiaoke.generate.market import SEAS
from sandbox.fxiaoke.generate.record import base
from sandbox.fxiaoke.generate.timeline import DAY_MS
from sandbox.fxiaoke.objects_awkward import CHOICES, CURRENCIES, OWN_STAGE, field_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

    Values = dict[str, Any]
    Change = Callable[[int, Row], Values]

SAME_TIME = 500  # leads that share one millisecond, and as many that share one second
EVERY_TYPE = 60  # accounts whose custom fields of each type are filled
OLD_OPPORTUNITIES = 60
GONE = "1099"  # an owner of whom PersonnelObj knows nothing any more
NAMES = (
    "😀 表情公司 👩‍👩‍👧‍👦",
    "引号 \"双\" '单' `反` “中文”",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "<script>alert(1)</script>",
    "𠮷野家 𝒳 𪚥",
    "Robert'); DROP TABLE leads;--",
    "tab\there",
    "two\nlines",
    "  spaces around  ",
    "null",
    "0",
    "مرحبا שלום",
    "e\u0301 and é",
    "\u200bzero\u200bwidth",
    "%s {0} ${x} \\n",
    "长" * 100,
)
COMPANIES = (*NAMES[:-1], "长" * 200)  # names of companies may be longer
LONG = "字" * 255
# Local midnights in China.
DATES = {
    "1969-12-31": -115_200_000,
    "1970-01-01": -28_800_000,
    "2000-02-29": 951_753_600_000,
    "2024-02-29": 1_709_136_000_000,
    "2025-12-31": 1_767_110_400_000,
    "2026-01-01": 1_767_196_800_000,
    "2099-12-31": 4_102_329_600_000,
    # Days on which China changed its clocks, and one in between: the tenant's zone is GMT+8 all the same (§3.3).
    "1986-05-04": 515_520_000_000,
    "1988-07-01": 583_689_600_000,
    "1991-09-15": 684_864_000_000,
}
MIDNIGHTS = tuple(DATES.values())
# When clocks change in Berlin and New York in 2026, in spring and in autumn.
CLOCK_CHANGES = (1_774_746_000_000, 1_792_890_000_000, 1_772_953_200_000, 1_793_512_800_000)
INSTANTS = (MIDNIGHTS[5], MIDNIGHTS[5] - 1, 0, *CLOCK_CHANGES, *(change - 1 for change in CLOCK_CHANGES))
RATES = {"CNY": "1.000000", "USD": "7.118200", "EUR": "7.743100", "JPY": "0.046800"}


def make_awkward(state: State, timeline: Timeline) -> None:
    for name, change in (
        ("LeadsObj", _lead(state.tables["LeadsObj"], timeline)),
        ("AccountObj", _account(state)),
        ("ContactObj", _contact),
        ("NewOpportunityObj", _deal(state.tables["NewOpportunityObj"])),
    ):
        _change(state.tables[name], change)
    old = state.tables["OpportunityObj"]
    old.fill(map(old.make, _old_opportunities(state, timeline)))


def _change(table: Table, change: Change) -> None:
    ordered = sorted(table.rows(), key=lambda row: table.value(row, "_id"))
    rows = [table.changed(row, change(place, row)) for place, row in enumerate(ordered)]
    table.fill(rows, list(table.invalid_rows()))


def _spread(place: int, start: int, changes: Iterable[tuple[int, Callable[[int], Values]]]) -> Values:
    """The change in whose stretch a place lies: each has a length and a maker of values by the place inside it."""
    for length, make in changes:
        if start <= place < start + length:
            return make(place - start)
        start += length
    return {}


def _lead(table: Table, timeline: Timeline) -> Change:
    instant = timeline.end - DAY_MS + 3_600_000
    midnight = timeline.end - DAY_MS
    states = ("under_review", "in_change", "ineffective")
    stretches: tuple[tuple[int, Callable[[int], Values]], ...] = (
        (SAME_TIME, lambda _: {"last_modified_time": instant}),
        (SAME_TIME, lambda at: {"last_modified_time": instant + 1000 + at * 2 % 1000}),
        (len(NAMES), lambda at: {"name": NAMES[at], "company": COMPANIES[at], "remark": LONG, "address": LONG}),
        (10, lambda _: {"owner": None, "data_own_department": None, "leads_pool_id": None}),
        (10, lambda _: {"owner": GONE, "created_by": GONE, "last_modified_by": GONE}),
        (15, lambda at: {"life_status": states[at % 3]}),
        (10, lambda _: {"lock_status": "1", "lock_user": "1000"}),
        (10, lambda at: {"last_modified_time": midnight, **_automatic(at)}),
    )

    def change(place: int, row: Row) -> Values:
        values = _spread(place, 0, stretches)
        if "last_modified_time" in values:
            values["create_time"] = min(table.value(row, "create_time"), values["last_modified_time"])
        return values

    return change


def _automatic(place: int) -> Values:
    """What the system made or changed by itself (§2.1); two of these it owns too."""
    owner = {"owner": SYSTEM_USER, "data_own_department": None} if place < 2 else {}
    return {"created_by": SYSTEM_USER, "last_modified_by": SYSTEM_USER, **owner}


def _account(state: State) -> Change:
    table = state.tables["AccountObj"]
    contacts = sorted(state.tables["ContactObj"].ids())
    accounts = sorted(table.ids())
    stretches: tuple[tuple[int, Callable[[int], Values]], ...] = (
        (EVERY_TYPE, lambda at: _every_type(at, accounts, contacts)),
        (len(NAMES), lambda at: {"name": COMPANIES[at], "tier_reason__c": LONG}),
        (
            6,
            lambda at: {"owner": None, "data_own_department": None, "high_seas_id": SEAS[at % 2][0], "biz_status": "1"},
        ),
        (4, lambda _: {"owner": GONE}),
        (10, lambda at: {"parent_account_id": accounts[at]}),
    )
    return lambda place, row: {"account_status": table.value(row, "deal_status"), **_spread(place, 0, stretches)}


def _contact(place: int, _row: Row) -> Values:
    stretches: tuple[tuple[int, Callable[[int], Values]], ...] = (
        (len(NAMES), lambda at: {"name": NAMES[at], "remark": LONG}),
        (10, lambda _: {"account_id": None}),
        (10, lambda _: {"owner": None, "data_own_department": None}),
        (len(MIDNIGHTS), lambda at: {"date_of_birth": MIDNIGHTS[at]}),
    )
    return _spread(place, 0, stretches)


def _deal(table: Table) -> Change:
    """Several currencies; open deals in the fourth stage are in the tenant's own one."""

    def change(place: int, row: Row) -> Values:
        currency = CURRENCIES[place % len(CURRENCIES)][0]
        named = {"name": NAMES[place]} if place < len(NAMES) else {}
        staged = {"sales_stage": OWN_STAGE[0]} if table.value(row, "sales_stage") == "4" else {}
        return {
            **named,
            **staged,
            "mc_currency": currency,
            "mc_exchange_rate": RATES[currency],
            "mc_functional_currency": "CNY",
            "mc_exchange_rate_version": "1764000000000",
        }

    return change


def _every_type(place: int, accounts: list[str], contacts: list[str]) -> Values:
    """A value of each type of §3.3 that a row stores; every seventh account leaves them empty."""
    if place % 7 == 6:
        return {}
    choice = CHOICES[place % len(CHOICES)][0]
    file = {"filename": f"合同 {place}.pdf", "path": f"N_202601_01_{place:032x}", "ext": "pdf", "size": 1024 + place}
    image = {**file, "filename": f"现场 {place}.jpg", "ext": "jpg", "isImage": True}
    by_type: Values = {
        "text": NAMES[place % len(NAMES)],
        "long_text": LONG,
        "html_rich_text": "<p>你好 <b>world</b> &amp; &lt;tag&gt;</p>",
        "email": f"a+{place}@example.com",
        "url": f"https://example.com/?q={place}&r=1#x",
        "phone_number": f"138{place:08d}",
        "auto_number": f"AN-{place:06d}",
        "select_one": choice,
        "select_many": ("r1", "b3")[: 1 + place % 2],
        "number": ("-0.00001", "12345678.12345", "0.00000")[place % 3],
        "currency": ("-1.50", "99999999999.99", "0.00")[place % 3],
        "percentile": ("12.50", "100.00", "0.00")[place % 3],
        "date": MIDNIGHTS[place % len(MIDNIGHTS)],
        "date_time": INSTANTS[place % len(INSTANTS)],
        "time": (0, 86_399_999, 34_200_000)[place % 3],
        "true_or_false": place % 2 == 0,
        "employee": ("1001", "1021", GONE)[place % 3],
        "employee_many": ("1001", "1002", GONE),
        "department": "1002",
        "department_many": ("1001", "1003"),
        "out_employee": ("300001", "300002"),
        "object_reference": contacts[place],
        "master_detail": accounts[place + 1],
        "object_reference_many": tuple(contacts[place : place + 3]),
        "file_attachment": (file,),
        "image": (image, {**image, "path": f"{image['path']}2"}),
        "signature": (image,),
        "country": CODES["country"]["中国"],
        "province": CODES["province"]["上海市"],
        "city": CODES["city"]["上海"],
        "district": "310104",
        "town": "310104001",
        "location": "121.47#%$31.23#%$上海市示例路1号",
        "embedded_object_list": ({"key": f"k{place}", "value": str(place)},),
        "tag": ("重要", "续约"),
        "array": ("a", "b,c", ""),
        "tree_path": "1/12/123",
    }
    values = {field_name(kind): value for kind, value in by_type.items()}
    values[f"{field_name('select_one')}__o"] = "自己写的" if choice == "other" else None
    return {**values, "UDCal1__c": f"{place}.50", "UDAttach1__c": (file,), "UDImg1__c": (image,)}


def _old_opportunities(state: State, timeline: Timeline) -> Iterable[Values]:
    rng = state.world.rng("fxiaoke/awkward/opportunities")
    accounts = state.tables["AccountObj"]
    for place, account_id in enumerate(accounts.ids()[:OLD_OPPORTUNITIES]):
        row = accounts.get(account_id) or ()
        owner, department = accounts.value(row, "owner"), accounts.value(row, "data_own_department")
        created = timeline.start + place * DAY_MS + 10 * 3_600_000
        changed = created + rng.randrange(1, 60) * DAY_MS
        yield {
            **base(rng, timeline, created=created, modified=changed, owner=owner, department=department),
            "_id": f"{rng.getrandbits(128):032x}",
            "name": f"{accounts.value(row, 'name')[:150]}-旧商机",
            "account_id": account_id,
            "expected_deal_closed_date": timeline.midnight(changed),
            "expected_deal_amount": f"{rng.randrange(5, 500) * 1000}.00",
            "oppo_stage_id": f"{rng.getrandbits(128):032x}",
            "sales_process_name": "销售流程",
            "sales_stg_changed_time": changed,
            "probability": rng.choice(("10", "30", "60", "100")),
            "biz_status": rng.choice(("running", "win", "lose")),
            "before_sale_stage_count": 4,
            "after_sale_stage_order": 0,
            "after_stage_stay_time": 0,
            "is_start_after_sale": False,
            "last_followed_time": changed,
        }
