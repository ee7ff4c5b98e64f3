"""A fed run is found by its flow, the ordinary one of its size is not, and data stays home."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cloud.distillation.run import KEY, sides
from stillwatch.adapters.cloud.sketch_files import from_json, named, sketch_accounts, to_json
from stillwatch.cloud.evidence import e_of_p, kept, rank_p
from stillwatch.cloud.matching import correlation_of, match, p_of_signs
from stillwatch.cloud.series import ready
from stillwatch.cloud.sketches import address_digests, signs
from stillwatch.cloud.telemetry import Flow
from stillwatch.lab.compute.harvest import FROM_US, make_harvest
from stillwatch.model.errors import BadInput, BadSettings, NotEnoughEvidence


def test_the_fed_run_is_found_and_the_ordinary_one_is_not() -> None:
    for seed in range(3):
        world = make_harvest(seed, n_twins=120, address_share=1.0)
        provider, cloud, names = sides(world)
        found = named(match(provider, cloud), names)
        assert [one.account for one in found if one.said] == ["distiller"]
        assert world.flop["distiller"] == 1e21


def test_where_the_campaign_is_no_customer_nobody_is_named() -> None:
    provider, cloud, _ = sides(make_harvest(9, n_twins=120, with_campaign=False))
    assert not any(one.said for one in match(provider, cloud))


def test_sketches_hold_no_account_no_address_and_no_volume() -> None:
    world = make_harvest(3, n_twins=20)
    _, cloud, _ = sides(world)
    text = json.dumps(to_json(cloud))
    assert not any(account in text for account in world.role)
    assert not any(address in text for told in world.addresses.values() for address in told)
    assert from_json(json.loads(text), where="x") == cloud


def test_another_key_or_window_is_refused() -> None:
    provider, cloud, _ = sides(make_harvest(3, n_twins=20))
    with pytest.raises(BadInput, match="key_id"):
        match(replace(provider, key_id="x"), cloud)
    with pytest.raises(BadInput, match="from_us"):
        match(replace(provider, from_us=0), cloud)
    with pytest.raises(BadInput):
        match(cloud, provider)


def test_a_private_way_of_counting_common_addresses_can_stand_in() -> None:
    provider, cloud, _ = sides(make_harvest(3, n_twins=20))
    calls = []

    def overlap(a: frozenset[str], b: frozenset[str]) -> int:
        calls.append(1)
        return len(a & b)

    assert match(provider, cloud, overlap=overlap) == match(provider, cloud)
    assert len(calls) == len(cloud.sketches)


@given(st.integers(0, 2**32 - 1))
def test_unrelated_white_series_have_p_values_that_are_not_small(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.array([ready(np.exp(rng.normal(0, 1, 400))) for _ in range(2)])
    one, other = signs(rows, KEY)
    assert p_of_signs(one, other, 400) > 1e-7
    assert p_of_signs(one, one, 400) < 1e-50


def test_the_sketch_tells_the_correlation_of_two_series() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(0, 1, 600)
    b = 0.6 * a + 0.8 * rng.normal(0, 1, 600)
    rows = np.array([a / np.linalg.norm(a), b / np.linalg.norm(b)])
    true = float(rows[0] @ rows[1])
    assert correlation_of(*signs(rows, KEY, 16_384)) == pytest.approx(true, abs=0.05)


def test_too_little_says_that_it_could_not_look() -> None:
    assert ready(np.ones(500)) is None
    assert ready(np.zeros(500)) is None
    assert ready(np.arange(20.0)) is None
    with pytest.raises(NotEnoughEvidence):
        sketch_accounts(
            [Flow(account="a", bucket_us=FROM_US, bytes_in=1.0)],
            (FROM_US, FROM_US + 400 * 3_600_000_000), KEY,
        )  # fmt: skip


def test_addresses_are_keyed() -> None:
    one, other = (address_digests(["192.0.2.1"], key) for key in (KEY, bytes(32)))
    assert one != other
    assert one == address_digests([" 192.0.2.1 "], KEY)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=50))
def test_e_values_fall_with_p_and_what_is_kept_is_the_largest(ps: list[float]) -> None:
    ordered = sorted(ps)
    values = [e_of_p(p) for p in ordered]
    assert all(a >= b - 1e-6 for a, b in pairwise(values))
    chosen = kept(values, 0.01)
    assert chosen == sorted(chosen, reverse=True)


def test_the_mean_of_an_e_value_under_chance_is_at_most_one() -> None:
    p = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean([e_of_p(float(x)) for x in p]) < 1.001
    assert rank_p(5.0, [1.0] * 99) == 0.01


@pytest.mark.parametrize("wrong", [{}, {"schema": "x"}, {"sketches": [{"signs": ["zz"]}]}])
def test_a_file_that_is_no_sketch_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        from_json(wrong, where="x")


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    from stillwatch.adapters.cloud.sketch_files import read_key

    path = tmp_path / "k"
    path.write_bytes(b"short")
    with pytest.raises(BadSettings):
        read_key(path)
