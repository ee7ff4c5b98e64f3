"""Trend packs: what is seen, how often and since when, without saying by whom or of whom.

A pack holds counts by month and technique. A count that few campaigns, or few nodes, make up is
left out and said to be left out; the others are rounded. No name, account, id, price or single
customer can be in it, because nothing but months, techniques and counts can.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from stillwatch.model.errors import BadInput, NotEnoughEvidence

SCHEMA: Final = "stillwatch.trends/1"
LEAST_CAMPAIGNS: Final = 3
LEAST_NODES: Final = 3
ROUNDED_TO: Final = 5
_MONTH: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_TECHNIQUE: Final = re.compile(r"[A-Z]{2,5}(-[A-Z])?[-.]?[A-Z]?\d{1,4}(\.\d{3})?")
#: upper ends of the bands in which sizes are told.
BANDS: Final = ((100, "to 100"), (1_000, "to 1,000"), (10_000, "to 10,000"))


def trends_of(campaigns: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One node's pack, for others to pool; kept from the public until it is pooled.

    Args:
        campaigns: records of ``stillwatch.campaigns/1``.

    Returns:
        ``stillwatch.trends/1`` with cells of at least :data:`LEAST_CAMPAIGNS` campaigns.
    """
    cells: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    n = 0
    for campaign in campaigns:
        n += 1
        month = str(campaign.get("first_seen", ""))[:7]
        if not _MONTH.fullmatch(month):
            raise BadInput("a campaign has no first_seen.", where=str(campaign.get("id", "?")))
        for technique in set(campaign.get("techniques", ())):
            if _TECHNIQUE.fullmatch(str(technique)):
                cells[month, str(technique)] += 1
        sizes[month, _band(len(campaign.get("accounts", ())))] += 1
    return _pack(cells, sizes, n, 1)


def pooled(packs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Packs of several nodes as one; a cell needs :data:`LEAST_NODES` nodes.

    Args:
        packs: one of each node.

    Raises:
        NotEnoughEvidence: fewer than three packs.
        BadInput: one is no pack.
    """
    if len(packs) < LEAST_NODES:
        raise NotEnoughEvidence("packs of nodes", needed=LEAST_NODES, had=len(packs))
    cells: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    tellers: Counter[tuple[str, str]] = Counter()
    n_left_out = 0
    for pack in packs:
        try:
            if pack["schema"] != SCHEMA or pack["n_nodes"] != 1:
                raise BadInput(f"is not {SCHEMA} of one node.")
            n_left_out += int(pack["n_left_out"])
            for counts, told, name in (
                (cells, "techniques", "technique"),
                (sizes, "sizes", "size"),
            ):
                for row in pack[told]:
                    place = (_checked(row["month"], _MONTH), _named(row[name], name))
                    counts[place] += max(0, int(row["n"]))
                    tellers[place] += 1
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"is no pack of trends: {error!r}.") from None
    few = [place for place, n in tellers.items() if n < LEAST_NODES]
    for place in few:
        cells.pop(place, None)
        sizes.pop(place, None)
    made = _pack(cells, sizes, 0, len(packs))
    made["n_left_out"] += n_left_out + len(few)
    return made


def _pack(
    cells: Counter[tuple[str, str]], sizes: Counter[tuple[str, str]], n: int, n_nodes: int
) -> dict[str, Any]:
    left_out = sum(v < LEAST_CAMPAIGNS for v in [*cells.values(), *sizes.values()])
    return {
        "schema": SCHEMA,
        "n_nodes": n_nodes,
        "techniques": _rows(cells, "technique"),
        "sizes": _rows(sizes, "size"),
        "n_left_out": left_out,
        "rounded_to": ROUNDED_TO,
        "n_campaigns": _rounded(n) if n >= LEAST_CAMPAIGNS else None,
        "note": "Counts are of campaigns that were found, a floor; cells of few are left out.",
    }


def _rows(counts: Counter[tuple[str, str]], name: str) -> list[dict[str, Any]]:
    return [
        {"month": month, name: value, "n": _rounded(n)}
        for (month, value), n in sorted(counts.items())
        if n >= LEAST_CAMPAIGNS
    ]


def _rounded(n: int) -> int:
    """To the nearest five, never down to nothing."""
    return max(ROUNDED_TO, ROUNDED_TO * ((n + ROUNDED_TO // 2) // ROUNDED_TO))


def _band(n: int) -> str:
    return next((name for most, name in BANDS if n <= most), "more than 10,000")


def _checked(value: Any, shape: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise BadInput("a cell of a pack is none.")
    return value


def _named(value: Any, name: str) -> str:
    if name == "technique":
        return _checked(value, _TECHNIQUE)
    if value not in {*(band for _, band in BANDS), "more than 10,000"}:
        raise BadInput("a size of a pack is none.")
    return str(value)
