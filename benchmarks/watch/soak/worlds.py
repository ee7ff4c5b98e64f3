"""The traffic of a soak: worlds that begin one after another and overlap."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.detect.freezing import told
from benchmarks.watch.sender import render
from benchmarks.watch.streaming import PROGRAM

FIRST_DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much traffic, for how long.

    Attributes:
        fixtures: of each world, in turn.
        n_worlds, days, apart_days: how many, how long each lasts, when the next begins.
        accounts: innocent ones of a world.
        campaign_accounts: of each campaign.
        kept: entries that Redis keeps, about; more than come while a watcher starts again.
        dirt_every: exchanges after which something comes that must be set aside.
        minutes, every: of the run, unless others are asked for.
        n_kills: how often the watcher is killed.
        words: what the watcher is told besides.
    """

    fixtures: tuple[str, ...]
    n_worlds: int
    days: int
    apart_days: int
    accounts: int
    campaign_accounts: int
    kept: int
    dirt_every: int
    minutes: float
    every: str
    n_kills: int
    words: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """In words."""
        return (
            f"{self.n_worlds} worlds of {self.days} days, one every {self.apart_days} days, each "
            f"of {self.accounts} innocent accounts and campaigns of {self.campaign_accounts}; one "
            f"entry in {self.dirt_every} must be set aside; Redis keeps {self.kept} entries"
        )


FULL = Plan(
    fixtures=("C03,C04", "C01,C08", "C02,C07", "C04,C05"),
    n_worlds=7, days=18, apart_days=12, accounts=1500, campaign_accounts=40, kept=20_000,
    dirt_every=200, minutes=50, every="60s", n_kills=3,
)  # fmt: skip
#: the same kinds of campaigns all the time, so that what grows is not the traffic.
STEADY = Plan(
    fixtures=("C04,C08",),
    n_worlds=9, days=16, apart_days=10, accounts=1000, campaign_accounts=40, kept=20_000,
    dirt_every=200, minutes=25, every="30s", n_kills=2,
)  # fmt: skip
SMALL = Plan(
    fixtures=("C04", "C08"),
    n_worlds=3, days=5, apart_days=3, accounts=300, campaign_accounts=25, kept=40_000,
    dirt_every=100, minutes=0.5, every="3s", n_kills=1, words=("--window", "2d"),
)  # fmt: skip


def made(plan: Plan, place: Path) -> dict[str, Any]:
    """Make and render everything in a folder, unless it is there; says what there is."""
    about = place / "commands.json"
    if about.exists():
        shutil.rmtree(place / "state", ignore_errors=True)
        known: dict[str, Any] = json.loads(about.read_bytes())
        return known
    worlds = []
    for nth in range(plan.n_worlds):
        world = place / f"world{nth}"
        worlds.append(world)
        first = FIRST_DAY + timedelta(days=nth * plan.apart_days)
        words = [
            "lab",
            "simulate",
            world,
            "--start",
            first,
            "--days",
            plan.days,
            "--seed",
            100 + nth,
        ]
        words += ["--fixture", plan.fixtures[nth % len(plan.fixtures)], "--accounts", plan.accounts]
        words += ["--campaign-accounts", plan.campaign_accounts]
        subprocess.run([str(w) for w in (*PROGRAM, *words)], check=True, capture_output=True)
    told("rendering")
    accounts = [pq.read_table(world / "accounts.parquet") for world in worlds]
    pq.write_table(pa.concat_tables(accounts), place / "accounts.parquet")
    # later worlds have the same model, which cannot be released twice
    shutil.copy(worlds[0] / "releases.json", place / "releases.json")
    truth = []
    for world in worlds:
        rows = pq.read_table(world / "truth.parquet", columns=["account", "campaign"]).to_pylist()
        truth += [(r["account"], f"{world.name} {r['campaign']}") for r in rows if r["campaign"]]
    (place / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return render(worlds, place / "commands", plan.kept, plan.dirt_every)
