"""Where there are many links, communities are searched for beside the looks: the same laws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson
import pytest

from stillwatch.detect import candidates
from stillwatch.detect.gathering import Packed
from stillwatch.detect.group import probe_groups
from stillwatch.detect.replay import Replay
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settling import Outcome
from tests.laws.replays import SETTINGS, Log, found_by, made_log


@pytest.fixture(scope="module", autouse=True)
def _many() -> Iterator[None]:
    """Every log has many links."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "FEW_LINKS", 0)
        yield


@pytest.fixture(scope="module")
def log() -> Log:
    """A pool and replayed reasoning among 400 accounts over five days, with firms."""
    return made_log(("C01", "C14"), seed=3)


@pytest.fixture(scope="module")
def whole(log: Log) -> Outcome:
    """What one search finds."""
    outcome = search(log.traffic, log.accounts, log.releases, SETTINGS)
    assert len(outcome.docket.opened) > 2
    return outcome


@pytest.mark.parametrize("looks", [4, 9, 14])
def test_a_look_finds_what_the_log_cut_off_at_its_moment_holds(
    log: Log, whole: Outcome, looks: int
) -> None:
    window = whole.state.window
    now_us = window.start_us + looks * window.step_us
    on_the_way, cut_off = Replay(SETTINGS), Replay(SETTINGS)
    on_the_way.go_on(log.traffic, log.accounts, log.releases, now_us)
    short = log.until(now_us)
    cut_off.go_on(short.traffic, short.accounts, short.releases)
    assert found_by(on_the_way) == found_by(cut_off)


def test_looks_taken_as_traffic_comes_find_what_one_search_finds(log: Log, whole: Outcome) -> None:
    window, replay = whole.state.window, Replay(SETTINGS, n_kept=4)
    for looks in (3, 4, 7, 11, 12):
        now_us = window.start_us + looks * window.step_us
        part = log.until(now_us)
        replay.go_on(part.traffic, part.accounts, part.releases, now_us)
        replay.outcome()
    replay.go_on(log.traffic, log.accounts, log.releases)
    told = [orjson.dumps(to_result(one, pictures=True)) for one in (replay.outcome(), whole)]
    assert told[0] == told[1]


def test_what_is_remembered_of_groups_holds_nothing_that_was_found_beside_them(
    whole: Outcome,
) -> None:
    docket = whole.docket
    every = [*docket.waiting, *docket.opened]
    nodes = [one.nodes for one in every]
    nodes += [group for one in docket.opened for _, group in one.heard]
    assert len(nodes) > len(every) > 3
    assert all(one.base is None for one in nodes)


def test_loads_measured_by_two_threads_are_the_same_to_the_last_bit(
    whole: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, rng = whole.state, np.random.default_rng(1)
    n = state.window.population.n
    sizes = rng.integers(3, 60, 300)
    groups = Packed.of([np.sort(rng.choice(n, size, replace=False)) for size in sizes])
    hopeless = np.where(rng.random(groups.n) < 0.5, -np.inf, -12.0)
    found = {}
    for most in (10**9, 0):
        monkeypatch.setattr("stillwatch.detect.group.MANY_NODES", most)
        found[most] = probe_groups(state, groups, hopeless)
    assert found[0].tobytes() == found[10**9].tobytes()
