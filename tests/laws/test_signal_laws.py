"""Laws that every signal keeps: what may not matter does not, and bits stay in bounds."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.signal import Signal
from stillwatch.detect.state import State
from stillwatch.stats.formula import Term
from tests.laws.mixtures import mixed_world
from tests.rooms.detect.worlds import World, group_of, read

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=6)
#: what a busy account's templates are is told by all of its traffic.
LOOKS_AHEAD = {"shared_template"}


def _bits(world: World, until_h: float | None = None) -> list[float]:
    state = world.state(until_h)
    return [s.weigh(group_of(state, "p")).bits for s in SIGNALS]


def _cap(signal: Signal) -> float:
    share = getattr(inspect.getmodule(signal.weigh), "INNOCENT_SHARE", None)
    return math.inf if share is None else -math.log2(share)


@FEW
@given(SEEDS, st.floats(20.0, 100.0))
def test_bits_are_numbers_within_the_stated_cap(seed: int, until_h: float) -> None:
    for signal, value in zip(SIGNALS, _bits(mixed_world(seed), until_h), strict=True):
        assert math.isfinite(value), signal.name
        assert value <= _cap(signal) + 1e-6, signal.name
        if signal.question == "harvest":
            assert 0.0 <= value <= 8.0, signal.name


@FEW
@given(SEEDS)
def test_readings_say_what_was_seen_and_where_it_stands(seed: int) -> None:
    state = mixed_world(seed).state()
    for signal in SIGNALS:
        reading = signal.weigh(group_of(state, "p"))
        assert reading.observed
        assert reading.percentile is None or 0.0 <= reading.percentile <= 1.0


@FEW
@given(SEEDS, st.floats(20.0, 100.0))
def test_bits_follow_from_the_terms_to_the_last_digit(seed: int, until_h: float) -> None:
    state = mixed_world(seed).state(until_h)
    for signal in SIGNALS:
        for prefix in ("p", "c1", "c"):
            reading = read(signal, state, prefix)
            assert reading.bits == 0.0 or _terms(signal, state, prefix), signal.name


def _terms(signal: Signal, state: State, prefix: str) -> tuple[Term, ...]:
    group = group_of(state, prefix)
    group.keeps_terms = True
    return signal.weigh(group).terms


@FEW
@given(SEEDS)
def test_names_of_accounts_do_not_matter(seed: int) -> None:
    world = mixed_world(seed)
    rng = np.random.default_rng(seed)
    names = [a["account"] for a in world.accounts]
    fresh = {n: f"{n[0]}{x:04d}" for n, x in zip(names, rng.permutation(len(names)), strict=True)}
    renamed = replace(
        world,
        exchanges=[e | {"account": fresh[e["account"]]} for e in world.exchanges],
        accounts=[a | {"account": fresh[a["account"]]} for a in world.accounts],
    )
    assert _bits(renamed) == pytest.approx(_bits(world), abs=1e-6)


@FEW
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    world = mixed_world(seed)
    rng = np.random.default_rng(seed)
    shuffled = replace(
        world,
        exchanges=[world.exchanges[i] for i in rng.permutation(len(world.exchanges))],
        accounts=[world.accounts[i] for i in rng.permutation(len(world.accounts))],
    )
    assert _bits(shuffled) == pytest.approx(_bits(world), abs=1e-6)


@FEW
@given(SEEDS)
def test_where_accounts_come_from_leaves_every_bit_as_it_is(seed: int) -> None:
    world = mixed_world(seed)
    rng = np.random.default_rng(seed)
    regions = rng.permutation([a.get("region") or "dd" for a in world.accounts])
    moved = [a | {"region": str(r)} for a, r in zip(world.accounts, regions, strict=True)]
    assert _bits(replace(world, accounts=moved)) == _bits(world)


@FEW
@given(SEEDS)
def test_exchanges_of_disclosed_accounts_change_nothing(seed: int) -> None:
    world = mixed_world(seed)
    rng = np.random.default_rng(seed)
    copied = [dict(world.exchanges[i]) for i in rng.integers(0, len(world.exchanges), 60)]
    added = [e | {"account": "study", "exchange_id": f"s{k}"} for k, e in enumerate(copied)]
    more = replace(world, exchanges=world.exchanges + added)
    assert _bits(more) == pytest.approx(_bits(world), abs=1e-6)


@FEW
@given(SEEDS, st.floats(25.0, 75.0))
def test_what_is_still_to_come_is_not_read(seed: int, until_h: float) -> None:
    """Up to a moment, a longer log and one cut off after it give the same bits."""
    world = mixed_world(seed)
    state = world.state(until_h)
    before = [e for e in world.exchanges if e["sent_at"] < state.now_us]
    cut_off = replace(world, exchanges=before).state(until_h)
    for signal in SIGNALS:
        if signal.name not in LOOKS_AHEAD:
            whole = signal.weigh(_seen(state)).bits
            assert signal.weigh(_seen(cut_off)).bits == pytest.approx(whole, abs=1e-6), signal.name


def _seen(state: State) -> Group:
    """The members ``p`` that have sent something."""
    group = group_of(state, "p")
    return Group(state, group.nodes[state.last_bin[group.nodes] >= 0])
