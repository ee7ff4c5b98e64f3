"""Laws of the four quantities: knowledge narrows, more sends count for more, order is nothing."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.impact.shipped import learning
from stillwatch.impact import (
    Counted,
    answers,
    attempts,
    document_of,
    from_totals,
    ledger,
    uplift,
    usable_tokens,
)
from stillwatch.impact.document import Subject
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity
from tests.rooms.impact.known import CAP, counted, known

Rows = list[tuple[str, int, int | None]]
OUTCOMES = st.sampled_from(["answered", "refused", "unsaid"])
TOKENS = st.integers(0, CAP)
ROWS = st.lists(st.tuples(OUTCOMES, TOKENS), min_size=1, max_size=30).map(
    lambda rows: [(o, t, None if o == "refused" else t) for o, t in rows]
)
SUBJECT = Subject(campaign="", case="", source="made", first_seen="", last_seen="", days=1.0,
                  logs_read=True, defence="none")  # fmt: skip


def ends(one: Counted) -> list[Quantity]:
    told = [f(one, known()).value for f in (attempts, answers, usable_tokens)]
    assert all(q is not None for q in told)
    return [q for q in told if q is not None]


def inside(narrow: Quantity, wide: Quantity) -> bool:
    return wide.low <= narrow.low + 1e-9 and narrow.high <= wide.high + 1e-9


@given(ROWS, st.data())
def test_forgetting_tokens_never_narrows(rows: Rows, data: st.DataObject) -> None:
    nth = data.draw(st.integers(0, len(rows) - 1))
    less = [(o, t, None if i == nth else k) for i, (o, t, k) in enumerate(rows)]
    for narrow, wide in zip(ends(counted(rows)), ends(counted(less)), strict=True):
        assert inside(narrow, wide)


@given(ROWS, st.data())
def test_forgetting_an_outcome_never_narrows(rows: Rows, data: st.DataObject) -> None:
    nth = data.draw(st.integers(0, len(rows) - 1))
    less = [("unsaid", t, None) if i == nth else (o, t, k) for i, (o, t, k) in enumerate(rows)]
    for narrow, wide in zip(ends(counted(rows)), ends(counted(less)), strict=True):
        assert inside(narrow, wide)


@given(ROWS, st.floats(0, 1), st.floats(0, 1))
def test_less_sure_membership_never_narrows(rows: Rows, a: float, b: float) -> None:
    sure, less = max(a, b), min(a, b)
    for narrow, wide in zip(ends(counted(rows, sure)), ends(counted(rows, less)), strict=True):
        assert inside(narrow, wide)


@given(ROWS, OUTCOMES, TOKENS)
def test_one_more_exchange_lowers_nothing(rows: Rows, outcome: str, tokens: int) -> None:
    more = [*rows, (outcome, tokens, None if outcome == "refused" else tokens)]
    before, after = ends(counted(rows)), ends(counted(more))
    assert after[0].best == before[0].best + 1
    for x, y in zip(before[:2], after[:2], strict=True):
        assert y.low >= x.low - 1e-9
        assert y.high >= x.high - 1e-9
    assert after[2].low >= before[2].low - 1e-9


@given(ROWS)
def test_logs_never_widen_what_sums_alone_say(rows: Rows) -> None:
    told = counted(rows)
    sums = from_totals(membership=told.membership, n_sent=len(rows),
                       output_tokens=int(told.shown_tokens.sum()), reasoning_tokens=None,
                       n_window=told.n_window, fdr=0.0)  # fmt: skip
    for narrow, wide in zip(ends(told), ends(sums), strict=True):
        assert inside(narrow, wide)


@given(st.integers(0, 10**9))
def test_nobody_is_zero_with_an_upper_bound(n_window: int) -> None:
    nobody = from_totals(membership=np.zeros(0), n_sent=0, output_tokens=None,
                         reasoning_tokens=None, n_window=n_window, fdr=0.0)  # fmt: skip
    for q in ends(nobody):
        assert q.low == q.best == 0
        assert q.high <= n_window * CAP
    told = attempts(nobody, known()).value
    assert told is not None
    assert told.high == pytest.approx(0.01 * n_window)
    tokens = usable_tokens(nobody, known()).value
    assert tokens is not None
    said = uplift(tokens, learning(), known())
    assert said.value is None or said.value.best == 0


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_tokens_never_buy_less(a: float, b: float) -> None:
    from stillwatch.impact.uplift import share_of_gap

    few, many = (Quantity(best=x, low=x, high=x, unit="token") for x in sorted((a, b)))
    less, more = (share_of_gap(x, learning(), known()) for x in (few, many))
    assert less.low <= more.low + 1e-12
    assert less.best <= more.best + 1e-12
    assert less.high <= more.high + 1e-12
    assert less.low >= 0 and more.high <= 1


def test_no_tokens_buy_nothing() -> None:
    none = Quantity(best=0, low=0, high=0, unit="token")
    said = uplift(none, learning(), known()).value
    assert said is not None
    assert (said.low, said.best, said.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n_sent", -1), ("n_answered", 5), ("shown_tokens", -1), ("membership", 1.5),
     ("membership", float("nan")), ("n_distinct", 4), ("fdr", -0.1)],
)  # fmt: skip
def test_counts_that_cannot_be_are_refused(field: str, value: float) -> None:
    good = counted([("answered", 10, 10)], prompts=[1])
    columns = {name: getattr(good, name) for name in Counted.__slots__}
    scalar = field in ("n_distinct", "fdr")
    columns[field] = value if scalar else np.array([value]).astype(columns[field].dtype)
    with pytest.raises(BadInput):
        Counted(**columns)


def test_units_stay_apart_and_no_number_stands_for_all() -> None:
    one = counted(
        [("answered", 900, 900)] * 40 + [("refused", 0, None)] * 4, prompts=list(range(40))
    )
    document = document_of(SUBJECT, one, learning(), known(), lags=None,
                           collateral={"this campaign": ledger(None)})  # fmt: skip
    assert [q["name"] for q in document["quantities"]] == [
        "attempts", "answers", "usable_tokens", "uplift"]  # fmt: skip
    units = [q["value"]["unit"] for q in document["quantities"] if q["value"]]
    assert units[:3] == ["exchange", "exchange", "token"]
    text = json.dumps(document)
    assert not re.search(r"stolen(?! keys)|total_loss|\"(total|sum|score)\"", text)
    assert all(line["value"] is None for line in document["collateral"]["this campaign"])


def test_repeats_are_counted_where_digests_are_known() -> None:
    rows = [("answered", 100, 100)] * 10
    apart = usable_tokens(counted(rows, prompts=list(range(10))), known()).value
    alike = usable_tokens(counted(rows, prompts=[1] * 10), known()).value
    blind = usable_tokens(counted(rows), known()).value
    assert apart is not None and alike is not None and blind is not None
    assert alike.best == pytest.approx(apart.best / 10)
    assert inside(apart, blind) and inside(alike, blind)


def test_the_assumption_stands_first_and_narrowing_it_lets_it_be_said() -> None:
    tokens = Quantity(best=4e9, low=2e9, high=6e9, unit="token")
    wide = uplift(tokens, learning(), known())
    assert wide.says[0].startswith("Assumed:")
    told = {"best": 1e8, "low": 5e7, "high": 2e8, "source": "known of the student"}
    narrow = uplift(tokens, learning(), known().with_own({"half_gap_tokens": told}, where="t"))
    assert narrow.value is not None
    assert narrow.value.low > 0.3
