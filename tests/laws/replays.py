"""A made world for the laws of a replay, cut where one likes, and what was found by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.detect.opening import Docket
from stillwatch.detect.replay import Replay
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.state import State
from stillwatch.detect.traffic import Traffic, build_traffic
from stillwatch.lab import Recipe, simulate
from stillwatch.model.release import Release
from stillwatch.stats.siphash import Key

KEY = Key.of(b"laws of a replay")
SETTINGS = DetectSettings(clock_s=21_600)


@dataclass(frozen=True)
class Log:
    """Exchanges, accounts and releases as far as they are known."""

    exchanges: pa.Table
    accounts: pa.Table
    releases: tuple[Release, ...]

    @property
    def sent_us(self) -> np.ndarray:
        """``(n,)`` when each exchange was sent."""
        return np.asarray(self.exchanges["sent_at"].cast(pa.int64()).combine_chunks())

    @property
    def traffic(self) -> Traffic:
        """The exchanges, sketched."""
        return build_traffic(self.exchanges.combine_chunks().to_batches(10_000), KEY)

    def only(self, rows: np.ndarray, now_us: int) -> Log:
        """Some exchanges, and the accounts that were opened before a moment or sent one."""
        exchanges = self.exchanges.filter(pa.array(rows))
        opened = self.accounts["opened_at"].cast(pa.int64())
        there = pc.fill_null(pc.less(opened, now_us), False)
        sent = pc.is_in(self.accounts["account"], value_set=exchanges["account"].combine_chunks())
        accounts = self.accounts.filter(pc.or_(there, sent))
        dated = tuple(r for r in self.releases if r.released_at_us < now_us)
        return Log(exchanges, accounts, dated or self.releases[:1])

    def until(self, now_us: int) -> Log:
        """What was known at a moment."""
        return self.only(self.sent_us < now_us, now_us)


def made_log(fixtures: Sequence[str], seed: int, n_accounts: int = 400, days: int = 5) -> Log:
    """A made world of a few campaigns, firms and innocent twins, with responses."""
    recipe = Recipe(
        fixtures=tuple(fixtures),
        twins=("SWS-3", "SWS-2", "SWS-11", "SWS-10"),
        n_accounts=n_accounts,
        days=days,
        seed=seed,
        responses=True,
    )
    world = simulate(recipe, np.random.default_rng(seed))
    releases = tuple(
        Release(
            one["model"],
            int(datetime.fromisoformat(one["released_at"]).astimezone(UTC).timestamp() * 1e6),
        )
        for one in world.releases["releases"]
    )
    return Log(world.exchanges, world.accounts, releases)


def found_by(replay: Replay) -> dict[str, Any]:
    """What the looks that were taken have left behind, nodes by the names of their accounts."""
    assert replay.state is not None
    state, docket = replay.state, replay.docket
    return {"looks": state.looks, **_docket(docket, state)}


def _docket(docket: Docket, state: State) -> dict[str, Any]:
    return {
        "opened": [
            (one.opened_at_look, one.bits, one.weighing, one.n_parts, names(state, one.nodes))
            for one in docket.opened
        ],
        "heard": [
            [(look, names(state, nodes)) for look, nodes in one.heard] for one in docket.opened
        ],
        "waiting": [
            (one.bits, one.why, one.operator, names(state, one.nodes)) for one in docket.waiting
        ],
    }


def names(state: State, nodes: np.ndarray) -> list[str]:
    """Accounts of nodes, sorted, of an organisation those that have sent something so far."""
    traffic, people = state.window.traffic, state.window.population
    sent = np.unique(traffic.account[traffic.sent_us < state.now_us])
    accounts = sent[np.isin(people.node[sent], nodes)]
    return [traffic.accounts[a] for a in accounts.tolist()]
