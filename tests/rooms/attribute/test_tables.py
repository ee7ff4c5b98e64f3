"""The tables that are shipped are what the frozen results say, and the program can read them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.attribute.hypotheses.counting import features
from stillwatch.adapters.cases.tables import error_rates, likelihoods
from stillwatch.attribute.hypotheses import HYPOTHESES, of_kind, of_rival
from stillwatch.attribute.likelihoods import LEVELS, likelihoods_from
from stillwatch.detect.rivals import RIVALS
from stillwatch.lab import TWINS
from stillwatch.lab.fixtures import PLANS
from stillwatch.model.errors import BadInput
from tests.house.tree import ROOT, said


def test_error_rates_are_those_of_the_frozen_tables() -> None:
    done = subprocess.run(
        [sys.executable, "tools/build_error_rates.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    assert all(row["made_on"] and row["interval"] for row in error_rates()["rows"])


def test_every_campaign_twin_and_rival_is_in_the_list() -> None:
    campaigns = [plan.campaign for plans in PLANS.values() for plan in plans]
    played = [of_kind(name) for name in (*campaigns, *TWINS) if name != "SWS-18"]
    assert None not in played
    assert {of_rival(r.hypothesis) for r in RIVALS} <= {h.name for h in HYPOTHESES}


def test_every_hypothesis_is_counted_or_says_whose_counts_it_borrows() -> None:
    table = likelihoods()
    for one in HYPOTHESES:
        assert (one.like or one.name) in table.counts, one.name
        assert bool(one.kinds) != bool(one.like)
    assert table.features == features()


def test_shares_of_levels_sum_to_one_and_ratios_turn_round() -> None:
    table = likelihoods()
    pattern = dict.fromkeys(table.features, 3)
    ratio, back = (
        table.ratio(a, b, pattern) for a, b in (("harvest", "firm"), ("firm", "harvest"))
    )
    assert ratio.best == pytest.approx(-back.best)
    assert ratio.low == pytest.approx(-back.high)
    for rows in table.counts.values():
        smoothed = np.array([[x + 0.5 for x in row] for row in rows.values()])
        assert np.allclose((smoothed / smoothed.sum(1, keepdims=True)).sum(1), 1)
        assert smoothed.shape[1] == len(LEVELS)


@pytest.mark.parametrize("value", [{}, {"schema": "stillwatch.likelihoods/1"}, {"schema": "x"}])
def test_a_table_that_is_none_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        likelihoods_from(value)
