"""Split worlds: runs that were cut into jobs over accounts, among honest twins.

Honest twins that must stay apart: sweeps (one team, one model, many runs at once), a team's next
run, strangers with one popular recipe and one clock for their checkpoints, forks (several runs from
one checkpoint), work that began before the window and goes on, a nightly build that starts from one
base. Work that is preempted and goes on is one run, honestly.

What whoever cuts a run may do against being joined: wait for days, change devices, pad checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stillwatch.lab.compute.shapes import F64, RNG, JobTruth, Shape, draw_shape, make_trace

FROM_US = 1_767_225_600_000_000  # 2026-01-01
HOUR_US = 3_600_000_000
#: what whoever cuts a run may do against being joined.
EVASIONS = ("", "waits", "devices", "pads")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitWorld:
    """A made cluster.

    Args:
        truths: of every job.
        columns: its counters, by id; each from the begin of the job, in bins of ``step_s``.
        split: names of the runs that were cut up over accounts.
        twins: kind of honest twin of the other runs, by name of the run.
        step_s: width of a bin.
    """

    truths: tuple[JobTruth, ...]
    columns: dict[str, dict[str, F64]]
    split: tuple[str, ...]
    twins: dict[str, str]
    step_s: float


class _Maker:
    def __init__(self, rng: RNG, step_s: float) -> None:
        self.rng, self.step_s = rng, step_s
        self.truths: list[JobTruth] = []
        self.columns: dict[str, dict[str, F64]] = {}
        self.twins: dict[str, str] = {}

    def job(self, account: str, run: str, shape: Shape, start_us: int, hours: float) -> int:
        """Add a job; returns when it ended."""
        n = max(40, round(hours * 3600 / self.step_s))
        columns, flop = make_trace(shape, start_us, n, self.rng, step_s=self.step_s)
        name = f"{len(self.truths) + 1000}"
        end = start_us + round(n * self.step_s * 1e6)
        self.columns[name] = columns
        self.truths.append(
            JobTruth(
                job=name, account=account, kind=shape.kind, run=run, flop=flop,
                started_us=start_us, ended_us=end, n_devices=shape.n_devices,
            )
        )  # fmt: skip
        return end

    def at(self, days: float = 20.0) -> int:
        """A moment in the window."""
        return FROM_US + int(self.rng.uniform(0, days) * 24 * HOUR_US)


def make_split(
    seed: int,
    *,
    n_split: int = 3,
    n_parts: int = 20,
    n_accounts: int = 6,
    n_teams: int = 40,
    step_s: float = 120.0,
    popular_share: float = 0.0,
    evasion: str = "",
) -> SplitWorld:
    """A cluster over a month with some runs cut up.

    Args:
        seed: of all dice.
        n_split: runs that are cut in time over accounts.
        n_parts: jobs of each.
        n_accounts: accounts that each uses.
        n_teams: honest teams, a mix of twins.
        step_s: seconds between samples.
        popular_share: share of the cut runs that use the popular recipe.
        evasion: one of :data:`EVASIONS`.
    """
    make = _Maker(np.random.default_rng(seed), step_s)
    rng = make.rng
    popular = draw_shape("finetune", rng)
    names = []
    for i in range(n_split):
        name = f"cut{i}"
        names.append(name)
        own = draw_shape("pretrain", rng)
        shape = popular if rng.random() < popular_share else own
        _cut(make, name, shape, n_parts, n_accounts, evasion)
    name = "beside"
    names.append(name)
    _beside(make, name, min(n_parts, 4))
    for i in range(n_teams):
        _TWINS[i % len(_TWINS)](make, f"team{i}", popular)
    return SplitWorld(
        truths=tuple(make.truths), columns=make.columns, split=tuple(names), twins=make.twins,
        step_s=step_s,
    )  # fmt: skip


def _cut(
    make: _Maker, name: str, shape: Shape, n_parts: int, n_accounts: int, evasion: str
) -> None:
    """One after another, on an account drawn anew, each going on from the last checkpoint."""
    rng, start = make.rng, make.at(8.0)
    accounts = [f"{name}-a{k}" for k in range(n_accounts)]
    read = shape.restore_bytes
    for _ in range(n_parts):
        part = replace(shape, restore_bytes=read)
        if evasion == "devices":
            part = replace(part, n_devices=int(2 ** rng.integers(2, 7)))
        if evasion == "pads":
            padded = shape.checkpoint_bytes * float(rng.uniform(1, 2))
            part = replace(part, checkpoint_bytes=padded)
        hours = float(rng.uniform(6, 22))
        end = make.job(accounts[int(rng.integers(n_accounts))], name, part, start, hours)
        read = part.checkpoint_bytes
        wait_h = rng.uniform(24, 96) if evasion == "waits" else rng.exponential(1.2)
        start = end + int(wait_h * HOUR_US) + 60_000_000


def _beside(make: _Maker, name: str, n_parts: int) -> None:
    """At once on several accounts, meeting now and then over the outside network."""
    rng, start = make.rng, make.at(15.0)
    gaps = np.clip(rng.normal(1500, 260, 140), 600, None)
    beats = tuple(int(start + b * 1e6) for b in np.cumsum(gaps))
    shape = replace(draw_shape("pretrain", rng), beats_us=beats, beat_bytes=4e10)
    for part in range(n_parts):
        make.job(f"{name}-a{part}", name, shape, start + int(rng.uniform(0, 6e8)), 56.0)


def _sweep(make: _Maker, team: str, _: Shape) -> None:
    shape, start = draw_shape("finetune", make.rng), make.at()
    for k in range(6):
        run = f"{team}-sweep{k}"
        make.twins[run] = "sweep"
        late = int(make.rng.exponential(1.0) * HOUR_US)
        make.job(team, run, shape, start + late, float(make.rng.uniform(5, 14)))


def _next_runs(make: _Maker, team: str, _: Shape) -> None:
    shape, start = draw_shape("pretrain", make.rng), make.at(12.0)
    for k in range(4):
        run = f"{team}-next{k}"
        make.twins[run] = "next run"
        end = make.job(team, run, shape, start, float(make.rng.uniform(8, 30)))
        start = end + int(make.rng.exponential(3.0) * HOUR_US) + 60_000_000


def _popular(make: _Maker, team: str, popular: Shape) -> None:
    """One recipe, one clock, and some of them preempted: sizes and beats are alike."""
    rng, start = make.rng, make.at()
    run = f"{team}-popular"
    make.twins[run] = "popular recipe"
    beats = tuple(start + k * HOUR_US for k in range(48))
    beats = tuple(b // HOUR_US * HOUR_US for b in beats)
    shape = replace(popular, beats_us=beats, beat_bytes=2e9)
    again = replace(shape, restore_bytes=shape.checkpoint_bytes)
    began_before = rng.random() < 0.2
    end = make.job(team, run, again if began_before else shape, start, float(rng.uniform(8, 20)))
    if rng.random() < 0.5:
        make.job(team, run, again, end + int(rng.exponential(0.5) * HOUR_US) + 60_000_000, 9.0)


def _forks(make: _Maker, team: str, _: Shape) -> None:
    """One run, then several at once that each go on from its checkpoint another way."""
    rng, start = make.rng, make.at(14.0)
    shape = draw_shape("finetune", rng)
    make.twins[f"{team}-base"] = "fork"
    end = make.job(team, f"{team}-base", shape, start, float(rng.uniform(8, 24)))
    again = replace(shape, restore_bytes=shape.checkpoint_bytes)
    for k in range(int(rng.integers(2, 5))):
        make.twins[f"{team}-fork{k}"] = "fork"
        late = int(rng.exponential(0.7) * HOUR_US) + 60_000_000
        make.job(team, f"{team}-fork{k}", again, end + late, float(rng.uniform(5, 14)))


def _began_before(make: _Maker, team: str, _: Shape) -> None:
    """Goes on from a job that is not seen."""
    run = f"{team}-older"
    make.twins[run] = "began before"
    shape = draw_shape("pretrain", make.rng)
    again = replace(shape, restore_bytes=shape.checkpoint_bytes)
    make.job(team, run, again, make.at(), float(make.rng.uniform(6, 30)))


def _nightly(make: _Maker, team: str, _: Shape) -> None:
    """The same training from the same base, night after night."""
    shape, start = draw_shape("finetune", make.rng), make.at(12.0)
    for k in range(7):
        make.twins[f"{team}-night{k}"] = "nightly"
        late = int(make.rng.uniform(0, 0.2) * HOUR_US)
        make.job(team, f"{team}-night{k}", shape, start + k * 24 * HOUR_US + late, 5.0)


def _preempted(make: _Maker, team: str, _: Shape) -> None:
    shape, start = draw_shape("pretrain", make.rng), make.at(14.0)
    run = f"{team}-preempted"
    make.twins[run] = "preempted"
    for k in range(3):
        read = shape.checkpoint_bytes if k else shape.restore_bytes
        end = make.job(team, run, replace(shape, restore_bytes=read), start, 11.0)
        start = end + int(make.rng.exponential(0.7) * HOUR_US) + 60_000_000


def _plain(make: _Maker, team: str, _: Shape) -> None:
    run = f"{team}-plain"
    make.twins[run] = "plain"
    make.job(team, run, draw_shape("finetune", make.rng), make.at(), float(make.rng.uniform(6, 40)))


_TWINS = (
    _sweep, _next_runs, _popular, _preempted, _plain, _forks, _began_before, _nightly,
)  # fmt: skip


def job_of(truth: JobTruth, hardware: str = "A100") -> dict[str, Any]:
    """What a scheduler tells of a made job, for ``Job(**...)``."""
    return {
        "job": truth.job, "account": truth.account, "started_us": truth.started_us,
        "ended_us": truth.ended_us, "n_devices": truth.n_devices, "hardware": hardware,
        "state": "COMPLETED",
    }  # fmt: skip
