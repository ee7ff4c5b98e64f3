"""Marks: a word for each bin of a window, of all that became known in it.

Where two windows have the same words up to a bin, every look up to its end finds the same.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.detect.population import Population
from stillwatch.detect.room import blocks
from stillwatch.detect.sights import mixed
from stillwatch.detect.state import Window
from stillwatch.stats.texts import hash_texts

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: what keeps the words of a row, a node, an opening and a name apart.
_ROW, _NODE, _OPENING, _NAME = range(1, 5)


def marks_of(window: Window) -> U64:
    """``(n_bins,)`` words of the exchanges, accounts, openings and releases of each bin."""
    traffic, people = window.traffic, window.population
    out = np.zeros(window.n_bins, np.uint64)
    for block in blocks(traffic.n):
        bins, digest = window.bin[block], traffic.digest[block]
        row = mixed(traffic.sent_us[block], window.node[block], digest.view(np.int64))
        starts = np.flatnonzero(np.diff(bins, prepend=-1))
        out[bins[starts]] += np.add.reduceat(row * np.uint64(2 * _ROW + 1), starts)
    _add(out, window, window.first_us, _facts(people), _NODE)
    _add(out, window, people.openings, mixed(people.openings), _OPENING)
    named = [(r.released_at_us, r.model) for r in window.releases]
    named += [(us, name) for name, us in (traffic.since_us | people.known_us).items()]
    moments = np.array([us for us, _ in named], np.int64)
    words = np.array([crc32(name.encode()) for _, name in named], np.int64)
    _add(out, window, moments, mixed(moments, words), _NAME)
    return out


def _add(out: U64, window: Window, moments: I64, words: U64, salt: int) -> None:
    """Add words to the bins of some moments; what was before the window is in the first."""
    bins = np.maximum((moments - window.start_us) // window.step_us, 0)
    inside = bins < window.n_bins
    np.add.at(out, bins[inside], words[inside] * np.uint64(2 * salt + 1))


def _facts(people: Population) -> U64:
    """``(n_nodes,)`` a word of what the account table says of each node."""
    columns: list[npt.NDArray[np.generic]] = [np.arange(people.n), people.opened_us]
    for name, code in people.codes.items():
        of_value = hash_texts(pa.array([*people.values[name], ""], pa.string())).hashes
        columns.append(np.where(code < 0, np.int64(-1), of_value.view(np.int64)[code]))
    return mixed(*columns)
