"""Formulas of chance: how rare among others, or how seldom by chance, is what members do."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.formula import Formula, Said
from stillwatch.stats.inputs import MOST_NUMBERS, Input, count, counts, number, share
from stillwatch.stats.likelihood import chance_of_sharing, more_than_chance, shared_trait_bits
from stillwatch.stats.rarity import capped, rarity_bits, share_of_others, smoothed_share

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_SHARE = share()
_FLAGS = counts("n", high=1)


def _shared_traits(
    has: F64, held: F64, unseen: float, n_strangers: int, innocent_share: float
) -> Said:
    by_chance = chance_of_sharing(held, unseen, has.size, n_strangers)
    return {
        "bits": float(shared_trait_bits(has, by_chance, innocent_share)),
        "n_sharing": float(has.sum()),
        "expected": float(by_chance.sum()),
    }


SHARED_TRAITS = Formula(
    "shared_traits",
    _shared_traits,
    {
        "has": counts("n", high=1, dtype=np.float64),
        "held": counts("n", dtype=np.float64),
        "unseen": number(1e-9, 1e9),
        "n_strangers": Input(low=1, high=2**53, whole=True),
        "innocent_share": _SHARE,
    },
)


def _unusual_share(
    n_with: float,
    n_sent: float,
    floor: float,
    n_at_least: int,
    n_others: int,
    innocent_share: float,
) -> Said:
    of_sent = n_with / n_sent
    if of_sent <= floor:
        return {"bits": 0.0, "share": of_sent, "percentile": 0.0}
    p = share_of_others(n_at_least, n_others)
    bits = capped(rarity_bits(p), innocent_share)
    return {"bits": bits, "share": of_sent, "percentile": 1.0 - p}


_COUNTED = {"n_with": count(), "n_at_least": count()}
_HELD_AGAINST = {
    "n_sent": Input(low=1, high=2**53, whole=True),
    "floor": number(0.0, 1.0),
    "n_others": count(),
    "innocent_share": _SHARE,
}


def _are_shares(n_sent: float, **given: Any) -> None:
    """Nothing is of more exchanges than were sent."""
    if any(value > n_sent for name, value in given.items() if name.endswith("n_with")):
        raise BadInput("more exchanges with the property than were sent.")
    if any(n > given["n_others"] for name, n in given.items() if name.endswith("n_at_least")):
        raise BadInput("more others that show as much than there are others.")


UNUSUAL_SHARE = Formula("unusual_share", _unusual_share, _COUNTED | _HELD_AGAINST, _are_shares)


def _two_unusual_shares(
    n_sent: float,
    floor: float,
    n_others: int,
    each_innocent_share: float,
    n_distinct: int,
    n_probes: int,
    innocent_share: float,
    **counted: float,
) -> Said:
    tried, refused = (
        _unusual_share(
            counted[f"{which}_n_with"],
            n_sent,
            floor,
            int(counted[f"{which}_n_at_least"]),
            n_others,
            each_innocent_share,
        )
        for which in ("tried", "refused")
    )
    once = n_distinct / max(n_probes, 1)
    return {
        "bits": capped(max(once * (tried["bits"] + refused["bits"]), 0.0), innocent_share),
        "once": once,
        "percentile": tried["percentile"],
        "tried_share": tried["share"],
        "refused_share": refused["share"],
        "refused_percentile": refused["percentile"],
    }


TWO_UNUSUAL_SHARES = Formula(
    "two_unusual_shares",
    _two_unusual_shares,
    {f"{which}_{name}": one for which in ("tried", "refused") for name, one in _COUNTED.items()}
    | _HELD_AGAINST
    | {"each_innocent_share": _SHARE, "n_distinct": count(), "n_probes": count()},
    _are_shares,
)


def _more_than_chance(
    hits: I64 | npt.NDArray[np.bool_], n_hits_outside: float, n_outside: float, **cap: float
) -> Said:
    by_chance = smoothed_share(n_hits_outside, n_outside)
    bits = more_than_chance(hits, by_chance, cap["innocent_share"])
    return {"bits": max(bits, 0.0), "n_hits": float(hits.sum()), "by_chance": by_chance}


def _hits_are_some(n_hits_outside: float, n_outside: float, **_: Any) -> None:
    if n_hits_outside > n_outside:
        raise BadInput("more hits outside than there are others.")


_HITS = {
    "hits": _FLAGS,
    "n_hits_outside": count(),
    "n_outside": count(),
    "innocent_share": _SHARE,
}
MORE_THAN_CHANCE = Formula("more_than_chance", _more_than_chance, _HITS, _hits_are_some)


def rise_of_share(counts: F64, fewest: float) -> F64:
    """``(...)`` rise of a share, or of that in the second half of the time after if that is more.

    Args:
        counts: ``(3, 2, ...)`` before, after and late after: all, and those that count.
        fewest: of all late ones, that are needed to tell.
    """
    of_all = counts[:, 1] / np.maximum(counts[:, 0], 1.0)
    late = np.where(counts[2, 0] >= fewest, of_all[2], 0.0)
    out: F64 = np.maximum(of_all[1], late) - of_all[0]
    return out


def _risen_together(
    inside: F64, outside: F64, least_rise: float, fewest: float, **hits: Any
) -> Said:
    rise, others = (float(rise_of_share(c, fewest)) for c in (inside, outside))
    said = {**_more_than_chance(**hits), "rise": rise, "rise_outside": others}
    if rise < least_rise or others > rise / 2.0:
        return {**said, "bits": 0.0}
    return {**said, "percentile": 1.0 - said["by_chance"]}


RISEN_TOGETHER = Formula(
    "risen_together",
    _risen_together,
    _HITS
    | {
        "inside": counts(3, 2, dtype=np.float64),
        "outside": counts(3, 2, dtype=np.float64),
        "least_rise": number(0.0, 1.0),
        "fewest": count(),
    },
    _hits_are_some,
)


def _one_class(codes: I64, sizes: I64, n_active: int, innocent_share: float) -> Said:
    price = log2(max(int((sizes > 0).sum()), 1))
    out = {"bits": 0.0, "code": -1.0, "n_hits": 0.0, "by_chance": 0.0}
    best = 0.0
    for code, size in enumerate(sizes.tolist()):
        hits = codes == code
        k = int(hits.sum())
        by_chance = smoothed_share(max(size - k, 0), max(n_active - codes.size, 0))
        # the cap comes after the price of choosing the class
        bits = more_than_chance(hits, by_chance, 2.0**-60) - price
        if bits > best:
            best = bits
            out = {"code": float(code), "n_hits": float(k), "by_chance": by_chance}
    return {**out, "bits": max(capped(best, innocent_share), 0.0)}


def _are_few(codes: I64, sizes: I64, **_: Any) -> None:
    if codes.size * sizes.size > MOST_NUMBERS:
        raise BadInput("too many members for so many classes.")


ONE_CLASS = Formula(
    "one_class",
    _one_class,
    {
        "codes": Input(dims=("n",), low=-1, high=2**31, whole=True, dtype=np.int64),
        "sizes": counts("c"),
        "n_active": count(),
        "innocent_share": _SHARE,
    },
    _are_few,
)


def _moves_on(inside: F64, outside: F64, fewest: int, innocent_share: float) -> Said:
    n_turned, n_changed = (int(x) for x in inside[0])
    if n_changed == 0:
        return {"bits": 0.0, "by_chance": 0.0}
    rates = {"rate_outside": (outside[1] + 0.5) / (outside[0] + 5.0)}
    for name, (n, k) in zip(("rate_after_failures", "rate_after_answers"), inside[1:], strict=True):
        if n >= fewest:
            rates[name] = (k + 0.5) / (n + 1.0)
    by_chance = float(max(rates.values()))
    bits = more_than_chance(np.arange(n_turned) < n_changed, by_chance, innocent_share)
    return {"bits": max(bits, 0.0), "by_chance": by_chance, **rates}


def _changes_are_some(inside: F64, outside: F64, **_: Any) -> None:
    if (inside[:, 1] > inside[:, 0]).any() or outside[1] > outside[0]:
        raise BadInput("more steps that changed than there are steps.")


MOVES_ON = Formula(
    "moves_on",
    _moves_on,
    {
        "inside": counts(3, 2, high=2**24, dtype=np.float64),
        "outside": counts(2, dtype=np.float64),
        "fewest": count(),
        "innocent_share": _SHARE,
    },
    _changes_are_some,
)


def _even_days(
    same: float, pairs: float, n_parts: int, n_as_even: int, n_others: int, innocent_share: float
) -> Said:
    p = share_of_others(n_as_even, n_others)
    bits = capped(rarity_bits(p), innocent_share)
    return {
        "bits": bits,
        "unevenness": float(n_parts * same / pairs),
        "as_even": p,
        "percentile": 1.0 - p,
    }


EVEN_DAYS = Formula(
    "even_days",
    _even_days,
    {
        "same": number(0.0, 1e300),
        "pairs": number(1.0, 1e300),
        "n_parts": count(2**10),
        "n_as_even": count(),
        "n_others": count(),
        "innocent_share": _SHARE,
    },
)
