"""The editions of Zoho CRM and what each allows (docs/vendor/zoho.md §8.1)."""

from __future__ import annotations

import math
from typing import NamedTuple


class Edition(NamedTuple):
    """Credits for 24 hours, calls of one app at the same time, and custom fields of a module (§6.8)."""

    credits: int
    credits_per_user: int
    most_credits: float
    concurrent: int
    custom_fields: int


# Under the names of `license_details.paid_type` (§5.3). How many custom fields the free one has is not documented.
EDITIONS = {
    "free": Edition(5_000, 0, 5_000, 5, 10),
    "standard": Edition(50_000, 250, 100_000, 10, 10),
    "professional": Edition(50_000, 500, 3_000_000, 15, 155),
    "enterprise": Edition(50_000, 1_000, 5_000_000, 20, 300),
    "ultimate": Edition(50_000, 2_000, math.inf, 25, 500),
}
