"""Days of release: each has its source, and a lag says and holds what its days may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from stillwatch.adapters.impact.estimating import lags_of
from stillwatch.adapters.impact.shipped import benchmarks, published, releases, releases_of
from stillwatch.adapters.impact.telling import days, lag_span
from stillwatch.impact import Row, SuiteLag, Table, lags
from stillwatch.impact.lag import resting
from stillwatch.impact.release import Release
from stillwatch.model.errors import BadInput
from tests.rooms.impact.known import FIRST, made_results

ABLE = {"r0": 0.0, "r1": 150.0, "r2": 300.0, "r3": 450.0, "copy": 225.0}
DAYS = {"r0": 0, "r1": 120, "r2": 240, "r3": 360, "copy": 365}


@pytest.fixture(scope="module")
def rows() -> Sequence[Row]:
    return made_results(ABLE, DAYS, np.random.default_rng(2))


def told(model: str, precision: str) -> Release:
    source = "" if precision == "unsourced" else "https://example.test"
    return Release(model=model, released=FIRST + timedelta(days=DAYS[model]), precision=precision,
                   source=source)  # fmt: skip


def whole(rows: Sequence[Row], *releases: Release) -> SuiteLag:
    return lags(Table(rows, releases), "copy", np.random.default_rng(0), n_draws=20)[0]


def test_every_shipped_day_has_a_source_or_says_that_it_has_none() -> None:
    named = {row.model for row in benchmarks()}
    named |= {one["model"] for scale in published()["scale"] for one in scale["ability"]}
    assert named == set(releases())
    for one in releases().values():
        assert one.source.startswith("https://") == (one.precision != "unsourced")
    Table(benchmarks(), releases_of(benchmarks(), own=False))
    assert [n for n, one in releases().items() if one.precision != "day"] == ["GLM-5.1"]


def test_a_lag_is_wider_by_what_its_days_may_be_off(rows: Sequence[Row]) -> None:
    sure = whole(rows, told("copy", "day"))
    half, all_ = (whole(rows, told("copy", how)) for how in ("month", "unsourced"))
    for one, months in ((half, 0.5), (all_, 1.0)):
        assert one.lag is not None and sure.lag is not None
        assert one.lag.best == sure.lag.best
        assert one.lag.low == pytest.approx(max(sure.lag.low - months, 0.0))
        assert one.lag.high == pytest.approx(sure.lag.high + months)
        assert f"wider by {months:.1f} months" in lag_span(one.to_json())
    assert "copy (no source was found)" in all_.doubt
    assert sure.doubt == "" and "wider" not in lag_span(sure.to_json())


def test_the_days_of_the_frontier_count_by_their_weight(rows: Sequence[Row]) -> None:
    plain = whole(rows)
    assert plain.rests_on == ("copy", "r1", "r2")
    moved = whole(rows, told("r1", "unsourced"), told("r2", "unsourced"))
    assert plain.lag is not None and moved.lag is not None
    assert moved.lag.low <= plain.lag.low - 0.5 and moved.lag.high >= plain.lag.high + 0.5
    assert "r1 (no source was found) and r2" in moved.doubt
    assert whole(rows, told("r0", "unsourced")).doubt == ""
    line = [(FIRST, 0.0), (FIRST + timedelta(days=9), 3.0)]
    assert [w for _, w in resting(line, 1.0)] == pytest.approx([2 / 3, 1 / 3])
    assert resting(line, 9.0) == []


def test_a_model_that_the_list_of_days_does_not_name_is_unsourced(rows: Sequence[Row]) -> None:
    ours = {one.model: one.precision for one in releases_of(rows, own=False)}
    theirs = {one.precision for one in releases_of(rows, own=True)}
    assert set(ours.values()) == {"unsourced"} and theirs == {"as told"}


def test_screen_and_page_say_which_days_are_not_sure() -> None:
    found = lags_of(benchmarks(), "GLM-5.1")
    assert found is not None
    document = found.to_json()
    (one,) = document["suites"]
    assert "rests on the day of GLM-5.1 (sources differ by up to half a month)" in lag_span(one)
    assert "GLM-5.1: sources differ" in days(document["releases"])
    assert {r["model"] for r in document["releases"]} == {row.model for row in benchmarks()}


@pytest.mark.parametrize(("precision", "source"), [("day", ""), ("soon", "x"), ("unsourced", "x")])
def test_a_day_claims_no_more_than_it_has(precision: str, source: str) -> None:
    with pytest.raises(BadInput):
        Release(model="m", released=FIRST, precision=precision, source=source)


def test_a_list_that_contradicts_the_table_is_refused(rows: Sequence[Row]) -> None:
    with pytest.raises(BadInput, match="two days"):
        Table(rows, [replace(told("copy", "day"), released=FIRST)])
