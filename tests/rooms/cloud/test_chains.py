"""Handovers weighed together: what joins, what does not, and what each join says of itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.cloud.rejoin.run import looked
from stillwatch.cloud.chains import chains
from stillwatch.cloud.likeness import Likeness, Traits
from stillwatch.cloud.rejoin import LEAST_BITS, WRONG_A_CLASS, rejoin
from stillwatch.cloud.telemetry import Job, Trace
from stillwatch.lab.compute.split import EVASIONS, job_of, make_split

HOUR = 3_600_000_000
SIZE = 25.0
BASE = 23.0
MONTH = (0.0, 30 * 86_400.0)


def traits(start_h: float, hours: float, account: str, read: float = SIZE, **more: Any) -> Traits:
    told = {"saved": SIZE, "levels": (20.0, -1.0, 0.8), "running": False, **more}
    job = Job(
        job=f"{account}@{start_h}", account=account, started_us=round(start_h * HOUR),
        ended_us=round((start_h + hours) * HOUR), n_devices=8, hardware="H100",
        running=told["running"],
    )  # fmt: skip
    return Traits(
        job=job, saved=told["saved"], restored=read, levels=told["levels"],
        beats_us=np.zeros(0), step_s=60.0,
    )  # fmt: skip


def crowd(n: int = 40) -> list[Traits]:
    """Others of other sizes, each of which starts from its own base."""
    return [
        traits(17.0 * k, 9.0, f"other{k}", BASE + 0.05 * k, saved=26.0 + 0.1 * k) for k in range(n)
    ]


def links(told: list[Traits]) -> list[tuple[str, str, Likeness]]:
    ordered = sorted(told, key=lambda one: (one.job.started_us, one.job.job))
    return [
        (ordered[one.first].job.job, ordered[one.second].job.job, one)
        for one in chains(ordered, MONTH)
    ]


def test_a_part_that_follows_soon_is_joined_and_says_why() -> None:
    ((a, b, like),) = links([*crowd(), traits(100, 10, "x", BASE), traits(111, 10, "y")])
    assert (a, b) == ("x@100", "y@111")
    assert set(like.bits) == {"handover", "habit", "account", "others"}
    assert like.total > LEAST_BITS
    assert like.bits["account"] < 0
    assert like.bits["others"] <= 1e-6


def test_two_starts_that_fit_one_end_take_from_each_other() -> None:
    told = [*crowd(), traits(100, 10, "x", BASE), traits(111, 10, "x"), traits(111.1, 9, "x")]
    assert all(like.total < 2.0 for _, _, like in links(told))


def test_a_job_that_runs_still_is_followed_by_nothing() -> None:
    told = [*crowd(), traits(100, 10, "x", BASE, running=True), traits(110.5, 10, "y")]
    assert links(told) == []


def test_another_level_of_the_fabric_is_another_run() -> None:
    later = traits(111, 10, "y", levels=(21.0, -1.0, 0.8))
    assert links([*crowd(), traits(100, 10, "x", BASE), later]) == []


def test_a_base_that_is_read_night_after_night_is_one_coincidence() -> None:
    ends = [traits(24.0 * k + 10, 5, "x", BASE) for k in range(8)]
    starts = [traits(24.0 * k + 17, 5, "y", SIZE, saved=27.0) for k in range(8)]
    assert [like.total for _, _, like in links([*crowd(), *ends, *starts])] == []


def test_a_run_of_many_parts_has_a_habit_that_carries_a_long_gap() -> None:
    parts, at = [traits(10, 10, "a0", BASE)], 21.0
    for k in range(12):
        parts.append(traits(at, 10, f"a{(k * 5 + 1) % 4}"))
        at += 11.0 if k != 6 else 22.0
    found = links([*crowd(), *parts])
    assert len(found) == 12
    assert min(like.total for _, _, like in found) > LEAST_BITS


def test_a_world_that_once_joined_strangers_does_not() -> None:
    found = looked(make_split(1008, n_parts=2, n_accounts=2))
    assert found["n_false_innocent"] == 0
    assert found["n_links_found"] >= 0.6 * found["n_links_true"]


@pytest.mark.parametrize("evasion", EVASIONS[1:])
def test_whoever_evades_does_not_make_honest_jobs_join(evasion: str) -> None:
    found = looked(make_split(1003, n_parts=8, n_accounts=3, evasion=evasion))
    assert found["n_false_innocent"] == 0


def test_a_class_has_a_budget_of_wrong_joins_across_accounts() -> None:
    world = make_split(11, popular_share=1.0)
    jobs = [Job(**job_of(truth)) for truth in world.truths]
    told = {
        t.job: Trace(from_us=t.started_us, step_s=world.step_s, columns=world.columns[t.job])
        for t in world.truths
    }
    account = {job.job: job.account for job in jobs}
    spent: defaultdict[int, float] = defaultdict(float)
    for run in rejoin(jobs, told):
        for a, b, like in run.links:
            if like.mode == "after" and account[a] != account[b]:
                assert like.total >= LEAST_BITS
                spent[like.among] += 1 / (1 + 2**like.total)
    assert spent
    assert max(spent.values()) <= WRONG_A_CLASS


def test_jobs_without_counters_and_one_job_alone_give_nothing() -> None:
    alone = traits(1, 2, "x")
    assert chains([alone], MONTH) == []
    blind = replace(alone, saved=float("nan"), restored=float("nan"))
    assert chains([blind, blind], MONTH) == []
