"""Laws of a replay: a look reads no future, and looks may be taken as traffic comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest

from stillwatch.detect.marks import marks_of
from stillwatch.detect.replay import Replay
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settling import Outcome
from stillwatch.detect.state import State
from stillwatch.detect.traffic import Traffic
from tests.laws.replays import SETTINGS, Log, found_by, made_log

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def log() -> Log:
    """A pool and replayed reasoning among 400 accounts over five days, with firms."""
    return made_log(("C01", "C14"), seed=3)


@pytest.fixture(scope="module")
def traffic(log: Log) -> Traffic:
    """All its exchanges."""
    return log.traffic


@pytest.fixture(scope="module")
def whole(log: Log, traffic: Traffic) -> Outcome:
    """What one search finds."""
    outcome = search(traffic, log.accounts, log.releases, SETTINGS)
    assert len(outcome.docket.opened) > 2
    assert outcome.state.window.population.collapsed.any()
    return outcome


def moment(outcome: Outcome, looks: int) -> int:
    """When a look was taken."""
    window = outcome.state.window
    return window.start_us + looks * window.step_us


def written(outcome: Outcome) -> bytes:
    """The result as ``--json`` prints it, pictures included."""
    return orjson.dumps(to_result(outcome, pictures=True))


def searched(log: Log) -> bytes:
    """What one search finds in a log."""
    return written(search(log.traffic, log.accounts, log.releases, SETTINGS))


def gone_on(replay: Replay, log: Log, until_us: int | None = None) -> Replay:
    """The replay, gone on with."""
    replay.go_on(log.traffic, log.accounts, log.releases, until_us)
    return replay


@pytest.mark.parametrize("looks", [3, 9, 14])
def test_a_look_finds_what_the_log_cut_off_at_its_moment_holds(
    log: Log, traffic: Traffic, whole: Outcome, looks: int
) -> None:
    now_us = moment(whole, looks)
    on_the_way = Replay(SETTINGS)
    on_the_way.go_on(traffic, log.accounts, log.releases, now_us)
    cut_off = gone_on(Replay(SETTINGS), log.until(now_us))
    assert found_by(on_the_way) == found_by(cut_off)
    before = [one for one in whole.docket.opened if one.opened_at_look <= looks]
    assert len(before) <= len(on_the_way.docket.opened)


def test_what_a_state_holds_does_not_depend_on_what_comes(
    log: Log, traffic: Traffic, whole: Outcome
) -> None:
    window = whole.state.window
    stepped = State.start(window)
    for looks in range(1, window.n_bins):
        stepped.advance()
        if looks % 5:
            continue
        at_once = State.at(window, looks)
        assert np.array_equal(stepped.counts, at_once.counts)
        assert np.array_equal(stepped.own_share, at_once.own_share)
        assert np.array_equal(stepped.lives, at_once.lives)
        assert stepped.last_bin.tolist() == at_once.last_bin.tolist()
        short = gone_on(Replay(SETTINGS), log.until(moment(whole, looks)), 0)
        assert short.state is not None
        cut = State.at(short.state.window, looks)
        n = cut.last_bin.size
        assert np.array_equal(cut.counts, stepped.counts[:n])
        assert not stepped.counts[n:].any()
        assert np.array_equal(cut.own_share, stepped.own_share)
        assert held_by(cut) == held_by(stepped)


def held_by(state: State) -> list[tuple[int, int, list[int]]]:
    """Kind, name and holders of each key that is held."""
    held = state.held
    rows = np.split(held.node, held.offsets[1:-1])
    every = zip(held.kind.tolist(), held.key.tolist(), rows, strict=True)
    return [(kind, key, nodes.tolist()) for kind, key, nodes in every if nodes.size]


def arrivals(log: Log, rng: np.random.Generator, late_share: float) -> np.ndarray:
    """When each exchange is known: some come hours late."""
    late = rng.random(log.exchanges.num_rows) < late_share
    delay = np.where(late, rng.exponential(5 * HOUR_US, late.size), 0).astype(np.int64)
    return log.sent_us + delay


@pytest.mark.parametrize(
    ("seed", "n_kept", "late_share", "n_cuts"), [(1, 0, 0.0, 6), (2, 8, 0.00005, 5)]
)
def test_a_log_that_comes_in_cuts_gives_what_one_search_gives(
    log: Log, whole: Outcome, seed: int, n_kept: int, late_share: float, n_cuts: int
) -> None:
    rng = np.random.default_rng(seed)
    known = arrivals(log, rng, late_share)
    cuts = np.sort(rng.integers(moment(whole, 1), moment(whole, 18), n_cuts))
    replay = Replay(SETTINGS, n_kept)
    for nth, cut in enumerate(cuts.tolist()):
        gone_on(replay, log.only(known < cut, cut), cut)
        if nth == n_cuts // 2:
            assert written(replay.outcome()) == searched(log.only(known < cut, cut))
    gone_on(replay, log)
    assert written(replay.outcome()) == written(whole)
    if late_share == 0.0:
        assert replay.n_taken == whole.state.looks


def test_late_rows_are_gone_back_for_as_far_as_is_kept_and_no_farther(
    log: Log, whole: Outcome
) -> None:
    late = np.flatnonzero(log.sent_us >= moment(whole, 6))[:1]
    without = np.ones(log.exchanges.num_rows, bool)
    without[late] = False
    until = moment(whole, 8)
    taken = {}
    for n_kept in (0, 1, 3):
        replay = gone_on(Replay(SETTINGS, n_kept), log.only(without, until), until)
        assert replay.n_taken == 8
        gone_on(replay, log.until(until), until)
        taken[n_kept] = replay.n_taken - 8
        kept = found_by(replay)
        assert kept == found_by(gone_on(Replay(SETTINGS), log.until(until)))
    assert taken == {0: 8, 1: 8, 3: 2}


def test_looking_before_a_bin_is_over_leaves_no_trace(log: Log, whole: Outcome) -> None:
    replay = Replay(SETTINGS)
    for looks in (4.5, 6.3, 6.8):
        now_us = moment(whole, 0) + int(looks * SETTINGS.clock_s * 1_000_000)
        part = log.until(now_us)
        gone_on(replay, part, now_us)
        before = found_by(replay)
        assert before["looks"] == int(looks)
        assert written(replay.outcome()) == written(replay.outcome()) == searched(part)
        assert found_by(replay) == before


def test_what_is_known_anew_of_an_account_is_looked_at_from_its_first_exchange(
    log: Log, whole: Outcome
) -> None:
    until = moment(whole, 8)
    part = log.until(until)
    first_us = dict(
        zip(part.exchanges["account"].to_pylist()[::-1], part.sent_us.tolist()[::-1], strict=True)
    )
    newest = max(first_us, key=lambda name: first_us[name])
    rows = part.accounts.to_pylist()
    changed = [row | {"payment": "another"} if row["account"] == newest else row for row in rows]
    table = pa.Table.from_pylist(changed, schema=part.accounts.schema)
    replay = gone_on(Replay(SETTINGS, 4), part, until)
    replay.go_on(part.traffic, table, part.releases, until)
    assert 8 < replay.n_taken < 16
    assert found_by(replay) == found_by(gone_on(Replay(SETTINGS), replace(part, accounts=table)))


def test_marks_tell_in_which_bin_something_is_new(log: Log, whole: Outcome) -> None:
    def marks(part: Log) -> list[int]:
        state = gone_on(Replay(SETTINGS), part, 0).state
        assert state is not None
        return marks_of(state.window).tolist()

    until = moment(whole, 5)
    part = log.until(until)
    told: dict[str, Any] = {"whole": marks(log)[:5], "cut": marks(part)}
    assert told["whole"] == told["cut"]
    bins = (part.sent_us - moment(whole, 0)) // (moment(whole, 1) - moment(whole, 0))
    for nth in range(1, 5):
        keep = np.ones(bins.size, bool)
        keep[np.flatnonzero(bins == nth)[0]] = False
        fewer = marks(replace(part, exchanges=part.exchanges.filter(pa.array(keep))))
        assert fewer[:nth] == told["cut"][:nth]
        assert fewer[nth] != told["cut"][nth]


def test_a_replay_that_has_not_begun_has_nothing_to_tell() -> None:
    with pytest.raises(ValueError, match="go_on"):
        Replay(SETTINGS).outcome()
    with pytest.raises(ValueError, match="go_on"):
        _ = Replay(SETTINGS).docket
