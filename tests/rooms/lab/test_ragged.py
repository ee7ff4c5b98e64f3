"""Laws of ragged rows and of the grammar."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.lab.grammar import Lexicon
from stillwatch.lab.ragged import Ragged, beside, choose, from_rows, stack

ROWS = st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=1, max_size=8)


def lists(rows: Ragged) -> list[list[int]]:
    ends = np.cumsum(rows.lengths)
    return [part.tolist() for part in np.split(rows.ids, ends[:-1])]


@given(ROWS, st.data())
def test_moves_agree_with_lists(rows: list[list[int]], data: st.DataObject) -> None:
    ragged = from_rows(rows)
    order = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    other = from_rows([row[::-1] for row in rows])
    assert lists(ragged.take(np.array(order, dtype=np.int64))) == [rows[i] for i in order] or (
        not order
    )
    assert lists(beside([ragged, other])) == [row + row[::-1] for row in rows]
    assert lists(ragged.head(2)) == [row[:2] for row in rows]
    assert lists(ragged.keep(mask)) == [r if m else [] for r, m in zip(rows, mask, strict=True)]
    picked = lists(choose(mask, ragged, other))
    assert picked == [r if m else r[::-1] for r, m in zip(rows, mask, strict=True)]
    assert lists(stack([ragged, other])) == rows + [row[::-1] for row in rows]


@given(ROWS)
def test_merging_all_rows_gives_one(rows: list[list[int]]) -> None:
    merged = from_rows(rows).merge(np.array([len(rows)]))
    assert lists(merged) == [[x for row in rows for x in row]]


def test_slots_with_a_digit_repeat_in_their_row() -> None:
    lexicon = Lexicon()
    lexicon.add_subjects({"one": "apple pear", "two": "stone brick"})
    lexicon.slot("N", [f"Name{i}" for i in range(500)])
    frames = lexicon.compile(["{N1} likes {t} , says {N1} not {N} ."])
    n = 400
    subject = np.repeat([0, 1], n // 2)
    rows = lexicon.render(frames, np.zeros(n, np.int64), subject, np.random.default_rng(0))
    words = [[lexicon.tokens[i] for i in row] for row in lists(rows)]
    assert all(row[0] == row[5] for row in words)
    assert sum(row[0] != row[7] for row in words) > 0.95 * n
    assert all((row[2] in ("apple", "pear")) == (i < n // 2) for i, row in enumerate(words))
