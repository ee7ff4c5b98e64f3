"""Small, short, extreme worlds are still worlds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.lab import FIXTURES, TWINS, Recipe, simulate

SHARE = st.sampled_from([0.0, 0.5, 1.0])


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    days=st.sampled_from([1, 2, 9]),
    campaign_accounts=st.sampled_from([2, 3, 20]),
    rate_per_day=st.sampled_from([None, 0.1, 3.0]),
    paraphrase=SHARE,
    jitter=SHARE,
    mixing=st.sampled_from([None, 0.0, 0.95]),
    infra_sharing=st.sampled_from([0.0, 0.8]),
    persona_sticky=SHARE,
    human_sessions=SHARE,
    aged_accounts=SHARE,
    responses=st.booleans(),
)
def test_any_recipe_gives_a_sound_world(**knobs: object) -> None:
    recipe = Recipe(
        n_accounts=40,
        fixtures=tuple(FIXTURES),
        twins=tuple(TWINS),
        mean_exchanges=4.0,
        **knobs,  # type: ignore[arg-type]
    )
    world = simulate(recipe, np.random.default_rng(recipe.seed))
    sent = world.rows.sent_us
    begin = np.datetime64(recipe.start, "us").astype("int64")
    assert sent.min() >= begin
    assert sent.max() < begin + recipe.days * 86_400_000_000
    assert sum(batch.num_rows for batch in world.batches()) == world.n_exchanges
    assert world.rows.account.max() < world.accounts.num_rows


def test_a_window_of_one_day_without_anyone_special() -> None:
    world = simulate(Recipe(n_accounts=10, days=1), np.random.default_rng(0))
    assert world.accounts.num_rows == 10
    assert world.truth["campaign"].null_count == 10


@pytest.mark.parametrize("twin", list(TWINS))
def test_each_twin_alone_is_benign_and_sends(twin: str) -> None:
    world = simulate(Recipe(n_accounts=60, days=3, twins=(twin,)), np.random.default_rng(3))
    truth = world.truth
    assert truth["campaign"].null_count == truth.num_rows
    playing = {
        a
        for a, t in zip(truth["account"].to_pylist(), truth["twin"].to_pylist(), strict=True)
        if t == twin
    }
    assert len(playing) >= 20
    assert playing & set(world.exchanges["account"].to_pylist())
