"""What is sold and how it is advertised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.modules.catalogue import CAMPAIGNS, PRICE_BOOKS, PRODUCTS, VENDORS
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row, Table

# Name, category, unit and price.
GOODS = (
    ("年度订阅 Annual Licence", "Software", "Licence", 12_000),
    ("标准版 Standard Edition", "Software", "Licence", 6_800),
    ("企业版 Enterprise Edition", "Software", "Licence", 28_000),
    ("移动端 Mobile Add-on", "Software", "Licence", 2_400),
    ("报表模块 Reporting Module", "Software", "Licence", 9_600),
    ("实施服务 Implementation", "Services", "Hour", 1_200),
    ("培训 Training Day", "Services", "Each", 8_000),
    ("数据迁移 Data Migration", "Services", "Each", 15_000),
    ("年度维保 Annual Support", "Services", "Each", 18_000),
    ("系统升级 System Upgrade", "Services", "Each", 22_000),
    ("网关 Edge Gateway", "Hardware", "Box", 4_500),
    ("传感器套件 Sensor Kit", "Hardware", "Box", 1_900),
)
_VENDORS = (
    ("深圳元件 Shenzhen Components", "sales@components.example"),
    ("Nordic Sensors AB", "orders@nordic.example"),
)
_PRICE_BOOKS = ("标准价 List Prices", "渠道价 Partner Prices")
_KINDS = (
    ("Trade Show", "上海工业展 Shanghai Industry Fair", 180_000),
    ("Webinar", "线上研讨会 Product Webinar", 12_000),
    ("Email", "新品邮件 Launch Mailing", 6_000),
    ("Advertisement", "搜索推广 Search Ads", 60_000),
)
_EVERY_DAYS, _LASTING_DAYS = 90, 30
_SOURCES = {
    "Trade Show": "Trade Show",
    "Advertisement": "Advertisement",
    "Web Download": "Email",
    "Seminar Partner": "Webinar",
}


def vendors(frame: Frame) -> Iterator[Row]:
    made = [{**stamps(ADMIN_ID, frame.start), "Vendor_Name": name, "Email": email} for name, email in _VENDORS]
    return (as_row(VENDORS, draft) for draft in number(VENDORS, made))


def price_books(frame: Frame) -> Iterator[Row]:
    made = [{**stamps(ADMIN_ID, frame.start), "Price_Book_Name": name, "Active": True} for name in _PRICE_BOOKS]
    return (as_row(PRICE_BOOKS, draft) for draft in number(PRICE_BOOKS, made))


def products(frame: Frame) -> Iterator[Row]:
    drafts = [
        {
            **stamps(ADMIN_ID, frame.start),
            "Product_Name": name,
            "Product_Code": f"P-{index:03d}",
            "Product_Category": category,
            "Product_Active": True,
            "Unit_Price": price,
            "Tax": '["VAT"]',
            "Taxable": True,
            "Usage_Unit": unit,
            "Vendor_Name": VENDORS.first_record_id + index % 2 if category == "Hardware" else None,
            "Qty_in_Stock": 40 + 7 * index if category == "Hardware" else None,
        }
        for index, (name, category, unit, price) in enumerate(GOODS, start=1)
    ]
    return (as_row(PRODUCTS, draft) for draft in number(PRODUCTS, drafts))


def campaigns(frame: Frame) -> list[dict[str, Any]]:
    """One of each kind in each quarter of the window, the latest still going on."""
    rng = frame.rng("campaigns")
    found = []
    for begin in range(frame.start + 5 * times.DAY_S, frame.end, _EVERY_DAYS * times.DAY_S):
        for kind, name, budget in _KINDS:
            over = begin + _LASTING_DAYS * times.DAY_S
            spent = round(budget * rng.uniform(0.7, 1.2))
            found.append(
                {
                    **stamps(ADMIN_ID, begin, min(over, frame.end - 1)),
                    "Campaign_Name": f"{name} {times.local_date(begin)[:7]}",
                    "Type": kind,
                    "Status": "Complete" if over < frame.end else "Active",
                    "Start_Date": times.local_date(begin),
                    "End_Date": times.local_date(over),
                    "Budgeted_Cost": budget,
                    "Actual_Cost": spent if over < frame.end else None,
                    "Expected_Revenue": budget * 12,
                    "Expected_Response": rng.randrange(50, 400),
                    "Num_sent": rng.randrange(800, 9_000),
                }
            )
    return number(CAMPAIGNS, found)


def attribute(frame: Frame, deals: Table, business: list[Deal], known: list[dict[str, Any]]) -> None:
    """Deals whose source is a kind of campaign point at the latest one before them, most of the time."""
    rng = frame.rng("campaigns/deals")
    for deal in business:
        kind = _SOURCES.get(deal.source)
        before = [entry for entry in known if entry["Type"] == kind and entry["Created_Time"] <= deal.created]
        row = deals.get(deal.id)
        if before and row is not None and rng.random() < 0.8:
            deals.rows[deal.id] = deals.change(row, {"Campaign_Source": before[-1]["id"]})
