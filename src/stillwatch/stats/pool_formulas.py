"""Formulas of a pool: whether members were opened, loaded and dealt to as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.dealing import dealt_bits, expected_pairs
from stillwatch.stats.formula import Formula, Said
from stillwatch.stats.inputs import MOST_NUMBERS, Input, count, counts, number, share
from stillwatch.stats.likelihood import (
    LN2,
    OWN_KAPPA,
    burst_ln,
    granted_bits,
    poisson_deficit_bits,
    scan_bits,
)
from stillwatch.stats.pooled_load import (
    CHANCE,
    CHARGE,
    RHYTHM,
    SPREAD,
    VOLUME,
    load_bits,
    weigh_load,
)
from stillwatch.stats.rarity import capped
from stillwatch.stats.topic_mix import KAPPA, one_mix_bits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

_SHARE = share()
#: shares that may be all of a whole.
_PARTS = Input(dims=("b",), low=1e-300, high=1.0)


def _burst(ranks: F64, stray_share: float, innocent_share: float, least: float) -> Said:
    ln = burst_ln(ranks, stray_share)
    bits = float(granted_bits(ln, innocent_share))
    return {"bits": max(bits, least), "uncapped_bits": float(ln) / LN2}


def _ascend(ranks: F64, **_: Any) -> None:
    if (np.diff(ranks) < 0).any():
        raise BadInput("ranks do not ascend.")


BURST = Formula(
    "burst",
    _burst,
    {
        "ranks": share("n"),
        "stray_share": _SHARE,
        "innocent_share": _SHARE,
        "least": number(-1e3, 0.0),
    },
    _ascend,
)


def _chosen_burst(inside: int, total: int, width: float, innocent_share: float) -> Said:
    return {"bits": scan_bits(inside, total, width, innocent_share), "share": inside / total}


def _are_inside(inside: int, total: int, **_: Any) -> None:
    if not 1 <= inside <= total:
        raise BadInput("more are inside than there are.")


CHOSEN_BURST = Formula(
    "chosen_burst",
    _chosen_burst,
    {"inside": count(), "total": count(), "width": _SHARE, "innocent_share": _SHARE},
    _are_inside,
)


def _one_mix(table: I64, mix: F64, own: F64, innocent_share: float, least: float) -> Said:
    bits = one_mix_bits(table, mix, own)
    return {
        "bits": max(capped(bits, innocent_share), least),
        "uncapped_bits": bits,
        "n_prompts": float(table.sum()),
        "n_cells": float((table.sum(0) > 0).sum()),
    }


ONE_MIX = Formula(
    "one_mix",
    _one_mix,
    {
        "table": counts("n", "cells", high=2**31),
        "mix": share("cells"),
        "own": share(KAPPA.size),
        "innocent_share": _SHARE,
        "least": number(-1e3, 0.0),
    },
)


def dealt_as_expected(
    expected: float, own_pairs: float, least_expected: float, innocent_share: float
) -> Said:
    """What ``DEALT`` gives where the pairs to expect are known already."""
    bits = dealt_bits(own_pairs, max(expected, least_expected))
    return {
        "bits": capped(bits, innocent_share),
        "uncapped_bits": bits,
        "expected": expected,
    }


def _dealt(
    sent: I64,
    first: I64,
    last: I64,
    together: F64,
    own_pairs: float,
    least_expected: float,
    innocent_share: float,
) -> Said:
    expected = expected_pairs(sent, first, last, together)
    return dealt_as_expected(expected, own_pairs, least_expected, innocent_share)


def _are_spans(sent: I64, last: I64, together: F64, **_: Any) -> None:
    if last.max() >= together.shape[0]:
        raise BadInput("a member ends after the last span.")
    if sent.size * together.shape[0] > MOST_NUMBERS:
        raise BadInput("too many members for so many spans.")


DEALT = Formula(
    "dealt",
    _dealt,
    {
        "sent": counts("n"),
        "first": counts("n", high=2**10),
        "last": counts("n", high=2**10),
        "together": counts("spans", "spans", dtype=np.float64),
        "own_pairs": count(),
        "least_expected": number(1e-9, 1e9),
        "innocent_share": _SHARE,
    },
    _are_spans,
)


def _deficit(met: int, due: float, innocent_share: float) -> Said:
    return {"bits": capped(max(poisson_deficit_bits(met, due), 0.0), innocent_share)}


DEFICIT = Formula(
    "deficit",
    _deficit,
    {"met": count(), "due": number(1e-9, 1e15), "innocent_share": _SHARE},
)


def _one_load(table: I32, first: I64, last: I64, profile: F64, own_share: F64) -> Said:
    load = np.zeros(5)
    weigh_load(table, first.copy(), last.copy(), profile, own_share, -np.inf, load)
    told = zip(
        ("volume_bits", "rhythm_bits", "charge_bits", "spread", "spread_by_chance"),
        load[[VOLUME, RHYTHM, CHARGE, SPREAD, CHANCE]].tolist(),
        strict=True,
    )
    return {"bits": float(load_bits(load)), **dict(told)}


def _have_lived(table: I32, first: I64, last: I64, **_: Any) -> None:
    if (first > last).any() or last.max() >= table.shape[1]:
        raise BadInput("a member ends before it begins, or after the table.")


ONE_LOAD = Formula(
    "one_load_2",
    _one_load,
    {
        "table": counts("n", "b", high=2**31 - 1, dtype=np.int32),
        "first": counts("n", high=2**24),
        "last": counts("n", high=2**24),
        "profile": _PARTS,
        "own_share": share(OWN_KAPPA.size),
    },
    _have_lived,
)
