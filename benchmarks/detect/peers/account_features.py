"""One row of numbers an account: volume, rhythm, settings, text statistics."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarks.detect.peers.columns import Codes, Column, accounts_of, encode, times_us
from benchmarks.detect.peers.interface import World

_HOUR_US = 3_600_000_000
Floats = NDArray[np.float64]

#: what a prompt's text is measured by: matches of each pattern per character.
_PATTERNS = {
    "digits": "[0-9]",
    "capitals": "[A-Z]",
    "newlines": "\n",
    "punctuation": r"[.,;:!?]",
    "brackets": r"[{}()<>\[\]]",
    "spaces": " ",
}


def _mean_and_spread(codes: Codes, values: Floats, n: int) -> tuple[Floats, Floats]:
    known = ~np.isnan(values)
    where, value = codes[known], values[known]
    count = np.maximum(np.bincount(where, minlength=n), 1)
    mean = np.bincount(where, value, minlength=n) / count
    square = np.bincount(where, (value - mean[where]) ** 2, minlength=n) / count
    return mean, np.sqrt(square)


def _n_distinct(codes: Codes, values: Codes, n: int) -> Floats:
    known = values >= 0
    width = int(values.max(initial=0)) + 1
    pairs = np.unique(codes[known] * width + values[known])
    return np.asarray(np.bincount(pairs // width, minlength=n), dtype=np.float64)


def _entropy(codes: Codes, values: Codes, n: int) -> Floats:
    """Entropy in bits of each account's values (n,)."""
    width = int(values.max(initial=0)) + 1
    pairs, counts = np.unique(codes * width + values, return_counts=True)
    share = counts / np.bincount(codes, minlength=n)[pairs // width]
    return np.asarray(np.bincount(pairs // width, -share * np.log2(share), minlength=n))


def _rhythm(codes: Codes, sent: Codes, n: int) -> dict[str, Floats]:
    hour = (sent - sent.min()) // _HOUR_US
    order = np.lexsort((sent, codes))
    same = codes[order][1:] == codes[order][:-1]
    gap = np.log1p(np.diff(sent[order])[same] / 1e6)
    mean, spread = _mean_and_spread(codes[order][1:][same], gap, n)
    total = np.bincount(codes, minlength=n).astype(np.float64)
    days, hours = _n_distinct(codes, hour // 24, n), _n_distinct(codes, hour, n)
    return {
        "n": total,
        "n_days": days,
        "n_per_day": total / np.maximum(days, 1),
        "n_per_hour": total / np.maximum(hours, 1),
        "hour_entropy": _entropy(codes, hour % 24, n),
        "log_gap": mean,
        "log_gap_spread": spread,
    }


def _numbers(world: World, codes: Codes, n: int) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for name in (
        "turn",
        "temperature",
        "max_tokens",
        "input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "status",
    ):
        column = pc.cast(world.exchanges[name], pa.float64())
        values = np.asarray(column.to_numpy(), dtype=np.float64)
        found[name], found[f"{name}_spread"] = _mean_and_spread(codes, values, n)
        found[f"{name}_known"], _ = _mean_and_spread(codes, (~np.isnan(values)) * 1.0, n)
    return found


def _texts(world: World, codes: Codes, n: int) -> dict[str, Floats]:
    prompt: Column = world.exchanges["prompt"].combine_chunks()
    text: Column = pc.utf8_slice_codeunits(prompt.fill_null(""), 0, 600)
    length = np.asarray(pc.utf8_length(text).to_numpy(), dtype=np.float64)
    found: dict[str, Floats] = {}
    found["length"], found["length_spread"] = _mean_and_spread(codes, length, n)
    for name, pattern in _PATTERNS.items():
        count = np.asarray(pc.count_substring_regex(text, pattern).to_numpy(), dtype=np.float64)
        found[name], found[f"{name}_spread"] = _mean_and_spread(
            codes, count / np.maximum(length, 1), n
        )
    return found


def account_features(world: World) -> tuple[list[str], Floats]:
    """Accounts that sent something, and their features (n_accounts, n_features).

    Nothing about place, language or name is read.
    """
    account = accounts_of(world)
    codes, n = account.codes, len(account.values)
    found = _rhythm(codes, times_us(world), n)
    found |= _numbers(world, codes, n)
    found |= _texts(world, codes, n)
    for name in ("address", "network", "client", "model", "prompt", "system_prompt"):
        distinct = _n_distinct(codes, encode(world.exchanges[name]).codes, n)
        found[f"n_{name}"] = distinct
        found[f"{name}_share"] = distinct / found["n"]
    return account.values, np.column_stack(list(found.values()))
