"""Runs that were cut are put together, honest jobs are not, and origin changes nothing."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.cloud.rejoin.run import looked
from stillwatch.adapters.cloud.shipped import hardware, reach, rhythm_model, rules
from stillwatch.cloud.oversight import Options, Tables, oversee
from stillwatch.cloud.rejoin import rejoin
from stillwatch.cloud.telemetry import Flow, Job, Telemetry, Trace
from stillwatch.lab.compute.split import SplitWorld, job_of, make_split
from stillwatch.model.finding import finding_from
from tests.house.test_origin_is_no_feature import WORDS, _names
from tests.house.tree import PACKAGE, parsed, words_of


def telemetry(world: SplitWorld) -> Telemetry:
    return Telemetry(
        jobs=tuple(Job(**job_of(truth)) for truth in world.truths),
        traces={
            t.job: Trace(from_us=t.started_us, step_s=world.step_s, columns=world.columns[t.job])
            for t in world.truths
        },
    )


TABLES = Tables(hardware=hardware(), reach=reach(), rhythm=rhythm_model(), rules=rules())


def test_cut_runs_are_joined_and_no_honest_pair_is() -> None:
    total: Counter[str] = Counter()
    for seed in range(4):
        total.update(looked(make_split(seed)))
    assert total["n_links_found"] >= 0.9 * total["n_links_true"]
    assert total["n_beside_found"] >= 0.9 * total["n_beside"]
    assert total["n_false_honest"] == 0


def test_the_order_of_jobs_and_the_names_of_accounts_change_nothing() -> None:
    told = telemetry(make_split(5, n_split=1, n_teams=10))
    runs = rejoin(told.jobs, told.traces)
    rng = np.random.default_rng(1)
    mixed = [told.jobs[i] for i in rng.permutation(len(told.jobs))]
    assert [run.id for run in rejoin(mixed, told.traces)] == [run.id for run in runs]
    renamed = [replace(job, account=f"x{hash(job.account)}") for job in told.jobs]
    assert {run.id for run in rejoin(renamed, told.traces)} == {run.id for run in runs}


def test_nothing_and_one_job_are_runs_of_their_own() -> None:
    assert rejoin([], {}) == []
    told = telemetry(make_split(5, n_split=0, n_teams=5))
    assert len(rejoin(told.jobs[:1], {})) == 1


def test_jobs_without_counters_are_never_joined() -> None:
    told = telemetry(make_split(5, n_split=2, n_teams=5))
    assert all(len(run.jobs) == 1 for run in rejoin(told.jobs, {}))


def test_who_is_a_foreign_person_reaches_rules_and_nothing_else() -> None:
    told = telemetry(make_split(6, n_split=1, n_parts=6, n_teams=10))
    accounts = sorted({job.account for job in told.jobs})
    seen = []
    for seed in range(3):
        flags = np.random.default_rng(seed).random(len(accounts)) < 0.5
        facts = {a: {"foreign_customer": bool(f)} for a, f in zip(accounts, flags, strict=True)}
        result = oversee(told, TABLES, Options(day=date(2026, 2, 1), facts=facts))
        for run in result["runs"]:
            run["rules"] = [r for r in run["rules"] if r["rule"] != "us-iaas-training"]
            run["rules_below"] = [r for r in run["rules_below"] if r != "us-iaas-training"]
        seen.append(result)
    assert seen[0] == seen[1] == seen[2]


def test_one_kind_of_sign_is_a_watch_and_names_the_innocent_twins() -> None:
    told = telemetry(make_split(7, n_split=0, n_teams=60))
    training = told.jobs[0].account
    flows = tuple(
        Flow(account=training, bucket_us=told.jobs[0].started_us, bytes_in=5e12,
             remote_kind="model_api")
        for _ in range(3)
    )  # fmt: skip
    result = oversee(replace(told, flows=flows), TABLES, Options(day=date(2026, 2, 1)))
    words = {name: run["word"] for run in result["runs"] for name in run["accounts"]}
    assert words[training] == "watch"
    run = next(run for run in result["runs"] if training in run["accounts"])
    others = {word for account, word in words.items() if account not in run["accounts"]}
    assert others == {"none"}
    (finding,) = map(finding_from, run["findings"])
    assert (finding.about, finding.family) == (run["run"], "network")
    assert sum("innocent twin" in caveat for caveat in run["caveats"]) == 3


@pytest.mark.parametrize("day", ["2024-06-01", "2026-02-01"])
def test_no_run_of_this_size_is_above_any_threshold(day: str) -> None:
    told = telemetry(make_split(8, n_split=1, n_parts=4, n_teams=5))
    result = oversee(told, TABLES, Options(day=date.fromisoformat(day)))
    assert result["runs"]
    assert not any(rule["binds"] for run in result["runs"] for rule in run["rules"])
    assert result["note"] == "This is not legal advice."


@pytest.mark.parametrize(
    "name",
    ["telemetry", "rhythm", "flops", "likeness", "chains", "rejoin", "series", "sketches",
     "matching", "evidence", "findings", "hardware"],
)  # fmt: skip
def test_no_name_in_what_sees_runs_speaks_of_origin(name: str) -> None:
    tree = parsed(PACKAGE / "cloud" / f"{name}.py")
    sought = WORDS | {"citizenship", "foreign", "jurisdiction", "nation"}
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    wrong = [
        text
        for node in ast.walk(tree)
        if id(node) not in prose
        for text in _names(node)
        if sought & set(words_of(text))
    ]
    assert not wrong, wrong
