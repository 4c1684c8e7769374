"""What customers asked for after the sale, and what they think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.modules.cases import CASES, ORIGINS, TYPES
from sandbox.zoho.modules.catalogue import PRODUCTS
from sandbox.zoho.modules.feedback import FEEDBACK
from sandbox.zoho.seed.activities import moment
from sandbox.zoho.seed.catalogue import GOODS
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.seed.contact import Contact
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row

_CASES, _ANSWERS = 500, 600
_TROUBLES = (
    "导出失败",
    "登录异常",
    "发票申请",
    "Export fails",
    "Cannot sign in",
    "Question about invoice",
    "Slow report",
)
_COMMENTS = ("响应很快", "希望增加报表", "价格偏高", "Great support", "Too slow", "Would recommend", None, None, None)


def cases(frame: Frame, business: list[Deal]) -> list[dict[str, Any]]:
    """Cases come after a won deal; few old ones are still open."""
    rng = frame.rng("cases")
    found = []
    for deal in rng.choices([deal for deal in business if deal.stage == "Closed Won"], k=_CASES):
        created = moment(frame, rng, deal.closing, frame.end - 1)
        solved = created + int(rng.expovariate(1 / (4 * times.DAY_S)))
        closed = solved < frame.end
        state = "Closed" if closed else rng.choice(("New", "On Hold", "Escalated"))
        contact = deal.contact
        found.append(
            {
                **stamps(deal.account.owner, created, solved if closed else None),
                "Subject": rng.choice(_TROUBLES),
                "Status": state,
                "Priority": rng.choice(("High", "Medium", "Medium", "Low")),
                "Type": rng.choice(TYPES[1:]),
                "Case_Origin": rng.choice(ORIGINS),
                "Email": contact.name.email if contact else None,
                "Reported_By": contact.name.name if contact else None,
                "Related_To": contact.id if contact else None,
                "Account_Name": deal.account.id,
                "Deal_Name": deal.id,
                "Product_Name": PRODUCTS.first_record_id + rng.randrange(len(GOODS)),
            }
        )
    return number(CASES, found)


def feedback(frame: Frame, known: list[Contact], asked: list[dict[str, Any]]) -> Iterator[Row]:
    """Half of the answers are to closed cases; scores lean to the upper end, with a tail."""
    rng = frame.rng("feedback")
    closed = [case for case in asked if case["Status"] == "Closed" and case["Related_To"]]
    found: list[dict[str, Any]] = []
    for index in range(_ANSWERS):
        if index % 2:
            case = rng.choice(closed)
            about = {"Account": case["Account_Name"], "Contact": case["Related_To"], "Case": case["id"], "Kind": "CSAT"}
            at, owner = case["Modified_Time"], case["Owner"]
        else:
            contact = rng.choice(known)
            about = {"Account": contact.account.id, "Contact": contact.id, "Case": None}
            about |= {"Kind": rng.choices(("NPS", "Complaint", "Suggestion"), (8, 1, 1))[0]}
            at, owner = moment(frame, rng, contact.created, frame.end - 1), contact.account.owner
        low = about["Kind"] == "Complaint" or rng.random() < 0.18
        score = rng.randrange(7) if low else rng.choice((7, 8, 8, 9, 9, 10, 10))
        answered = {"Score": score, "Answered_At": at, "Comment": rng.choice(_COMMENTS)}
        found.append(stamps(owner, at) | about | answered)
    for draft in number(FEEDBACK, found):
        draft["Name"] = f"FB-{draft['id'] % 100_000:05d}"
    return (as_row(FEEDBACK, draft) for draft in found)
