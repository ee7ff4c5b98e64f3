"""Ability and lag: made results whose truth is known, and the published case that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.impact.estimating import EXAMPLE, lags_of
from stillwatch.adapters.impact.shipped import COLUMNS, benchmarks, rows_from
from stillwatch.impact import Row, SuiteLag, Table, inflation, lags
from stillwatch.impact.ability import Suite
from stillwatch.impact.lag import frontier, months, passed
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.item_response import POINTS, Answers, fit
from tests.rooms.impact.known import FIRST, made_results

ABLE = {"r0": 0.0, "r1": 150.0, "r2": 300.0, "r3": 450.0, "copy": 225.0}
DAYS = {"r0": 0, "r1": 120, "r2": 240, "r3": 360, "copy": 365}


def by_name(found: Sequence[SuiteLag]) -> dict[str, SuiteLag]:
    return {one.suite: one for one in found}


@pytest.fixture(scope="module")
def published() -> dict[str, SuiteLag]:
    told = lags_of(benchmarks(), "")
    assert told is not None
    return by_name(told.suites)


def test_the_published_ordering_is_reproduced() -> None:
    rows = [row for row in benchmarks() if row.suite == "CAISI"]
    table = Table(rows)
    for slopes in (False, True):
        fitted = fit(table.answers, slopes=slopes)
        order = [table.models[i] for i in np.argsort(-fitted.ability)]
        assert order == ["GPT-5.5", "Claude Opus 4.6", EXAMPLE, "GPT-5.4 mini"]


def test_two_and_eight_months_come_out_of_the_choice_of_suite(
    published: dict[str, SuiteLag],
) -> None:
    maker, held, scale = (published[name].lag for name in (
        "DeepSeek reports", "CAISI, held out", "CAISI, its own fit over tasks"))  # fmt: skip
    assert maker is not None and held is not None and scale is not None
    assert 1.5 < maker.best < 3.5
    assert 4.5 < held.best < 7.5
    assert 8.0 < scale.best < 9.0
    assert maker.high < scale.low
    assert published["CAISI, its own fit over tasks"].at_least_share > 0.3
    assert published["CAISI, public"].lag.best < held.best  # type: ignore[union-attr]


def test_public_tasks_flatter_the_model_that_saw_them() -> None:
    rng = np.random.default_rng(1)
    honest = made_results(ABLE, DAYS, rng)
    seen = made_results(ABLE, DAYS, rng, flattered="copy", flattered_points=150.0)
    for rows, low, high in ((honest, -40.0, 40.0), (seen, 110.0, 190.0)):
        found = lags(Table(rows), "copy", np.random.default_rng(0), n_draws=40)
        more = inflation(found, "made")
        assert more is not None
        assert low < more.best < high
        assert more.low <= more.best <= more.high


def test_a_known_lag_is_found_and_its_interval_holds_it() -> None:
    held, true = 0, months(FIRST + timedelta(days=180), FIRST + timedelta(days=365))
    for seed in range(8):
        rows = made_results(ABLE, DAYS, np.random.default_rng([3, seed]), n_tasks=150)
        found = lags(Table(rows), "copy", np.random.default_rng(0), n_draws=40)
        lag = by_name(found)["made"].lag
        assert lag is not None
        assert abs(lag.best - true) < 3.0
        held += lag.low - 0.5 <= true <= lag.high + 0.5
    assert held >= 6


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(-3, 3)), min_size=1, max_size=12),
       st.floats(-4, 4), st.floats(-4, 4))  # fmt: skip
def test_the_abler_lags_no_further(points: list[tuple[int, float]], a: float, b: float) -> None:
    line = frontier([(FIRST + timedelta(days=d), x) for d, x in points])
    assert all(x[1] < y[1] and x[0] < y[0] for x, y in pairwise(line))
    day = FIRST + timedelta(days=1000)
    less, more = sorted((a, b))
    assert passed(line, more, day)[0] <= passed(line, less, day)[0] + 1e-9
    assert passed(line, 5.0, day) == (0.0, False)
    assert passed(line, -5.0, day)[1]


@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    rows = made_results({"a": 0.0, "b": 100.0, "c": 50.0}, {"a": 0, "b": 90, "c": 91},
                        np.random.default_rng(5), n_public=2, n_held=2)  # fmt: skip
    assert len(rows) == 12
    one = fit(Table(rows).answers).ability
    other = fit(Table([rows[i] for i in order]).answers).ability
    assert np.allclose(one, other, atol=2e-3)


@given(st.floats(0.05, 0.9))
def test_solving_more_never_lowers_ability(share: float) -> None:
    rows = made_results({"a": 0.0, "b": 100.0, "c": 50.0}, {"a": 0, "b": 90, "c": 91},
                        np.random.default_rng(6), n_public=3, n_held=1)  # fmt: skip
    table = Table(rows)
    scale = table.fitted(table.position("c"))

    def ability(more: float) -> float:
        moved = [replace(r, accuracy=min(share + more, 1.0)) if r.model == "c" else r for r in rows]
        return Table(moved).ability(table.position("c"), Suite(name="all"), scale)

    assert ability(0.0) < ability(0.05)


def test_a_table_that_cannot_say_says_so() -> None:
    rows = made_results({"a": 0.0, "b": 100.0}, {"a": 0, "b": 90}, np.random.default_rng(0))
    with pytest.raises(NotEnoughEvidence):
        lags(Table(rows), "a", np.random.default_rng(0))
    three = made_results({"a": 0.0, "b": 1.0, "c": 2.0}, {"a": 0, "b": 1, "c": 2},
                         np.random.default_rng(0))  # fmt: skip
    alone = [replace(r, suite="own") if r.model == "c" else r for r in three]
    found = lags(Table(alone), "c", np.random.default_rng(0), n_draws=20)
    assert all(one.lag is None and one.why_not.startswith("could not say") for one in found)
    with pytest.raises(BadInput, match="no row names"):
        lags(Table(three), "d", np.random.default_rng(0))
    with pytest.raises(BadInput, match="own reference"):
        lags(Table(three), "c", np.random.default_rng(0), references=["c"])


def test_contradictory_rows_are_refused() -> None:
    rows = made_results({"a": 0.0, "b": 1.0}, {"a": 0, "b": 1}, np.random.default_rng(0))
    with pytest.raises(BadInput, match="twice"):
        Table([*rows, rows[0]])
    with pytest.raises(BadInput, match="two days"):
        Table([*rows, replace(rows[0], benchmark="x", released=date(2020, 1, 1))])


GOOD = "s,public,d,b,10,m,2026-01-01,50,vendor,2026-01-01,here"


@pytest.mark.parametrize(
    "line",
    [GOOD.replace(",50,", ",150,"), GOOD.replace(",50,", ",nan,"), GOOD.replace(",50,", ",,"),
     GOOD.replace("2026-01-01,50", "soon,50"), GOOD.replace("public", "secret"),
     GOOD.replace(",10,", ",0,"), GOOD.replace(",10,", ",1e400,"), "s,public",
     GOOD.replace(",here", ","),
     GOOD.replace(",50,", ",-1,")],
)  # fmt: skip
def test_a_broken_row_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(BadInput, match="line 2"):
        list(rows_from(",".join(COLUMNS) + "\n" + line + "\n", "own.csv"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="column"):
        list(rows_from("model,percent\n", "own.csv"))
    path = tmp_path / "own.csv"
    path.write_text(",".join(COLUMNS) + "\n" + GOOD + "\n", encoding="utf-8")
    assert benchmarks(path)[0].accuracy == 0.5
    with pytest.raises(BadInput, match="--model"):
        lags_of(benchmarks(path), "", own=True)


def test_every_shipped_row_has_an_address_and_a_day() -> None:
    rows: list[Row] = benchmarks()
    assert len(rows) > 150
    assert all(row.source.startswith("https://") and row.as_of >= row.released for row in rows)
    assert {row.told_by for row in rows} == {"vendor", "independent"}
    assert {row.split for row in rows} == {"public", "held out"}


def test_points_are_the_published_scale() -> None:
    assert np.exp(200 / POINTS) == pytest.approx(3.0)


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, float("nan")])
def test_an_accuracy_that_is_none_is_refused(accuracy: float) -> None:
    one = np.array([0])
    with pytest.raises(BadInput):
        Answers(model=one, group=one, accuracy=np.array([accuracy]), n_tasks=np.array([5.0]),
                n_models=1, n_groups=1)  # fmt: skip
