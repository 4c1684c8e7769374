"""Area codes: countries, provinces and cities travel as codes, their names in `__r` (docs/vendor/fxiaoke.md §3.3)."""

from __future__ import annotations

from sandbox import names

# The first numbers of each kind are those of the sample in §6.3; the others only follow them.
_FIRST = {"country": 248, "province": 2510, "city": 3000}
AREA_TYPES = frozenset({*_FIRST, "district", "town"})


def _code(kind: str, areas: list[str]) -> dict[str, str]:
    return {area: str(_FIRST[kind] + place) for place, area in enumerate(dict.fromkeys(areas))}


CODES: dict[str, dict[str, str]] = {
    "country": _code("country", ["中国", *(city[2] for city in names.CITIES_WORLD)]),
    "province": _code("province", [*(city[1] for city in names.CITIES_CN), *(city[1] for city in names.CITIES_WORLD)]),
    "city": _code("city", [*(city[0] for city in names.CITIES_CN), *(city[0] for city in names.CITIES_WORLD)]),
}
LABELS: dict[str, dict[str, str]] = {
    **{kind: {code: area for area, code in codes.items()} for kind, codes in CODES.items()},
    "district": {"310104": "徐汇区"},
    "town": {"310104001": "天平路街道"},
}
