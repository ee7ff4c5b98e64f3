"""Oversight: from telemetry to runs, with what each computed, which rules speak, and how sure.

Three words are said of a run's data. ``none``: nothing unusual. ``watch``: one kind of sign, such
as much traffic from models on an account that trains; honest customers show it too. ``matched``: a
provider's campaign and the account agree in two independent families; the match says how sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from math import log, log10
from typing import Any, Final

from stillwatch.cloud.evidence import bits_of_p, rank_p
from stillwatch.cloud.findings import findings_of
from stillwatch.cloud.flops import Flop, Reach, estimate, summed
from stillwatch.cloud.hardware import HardwareTable
from stillwatch.cloud.matching import SHARE, Match
from stillwatch.cloud.regimes import NOT_ADVICE, Answer, Measured, Rule, ask
from stillwatch.cloud.rejoin import Run, rejoin
from stillwatch.cloud.rhythm import Kind, RhythmModel, kind_of
from stillwatch.cloud.telemetry import Job, Telemetry
from stillwatch.model.quantity import Quantity

SCHEMA: Final = "stillwatch.runs/1"
#: innocent accounts of the same signs, which a reader must have in view.
TWINS: Final = (
    "retrieval or agents on accelerators that call models all day",
    "an evaluation farm",
    "a customer of synthetic data under a disclosed agreement",
)
#: least bytes from models over the whole window that are worth a word.
LEAST_BYTES: Final = 1e8
#: chance at which a sign is worth a look, for one account.
WATCH_P: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The dated data that runs are judged by."""

    hardware: HardwareTable
    reach: Mapping[str, Reach]
    rhythm: RhythmModel
    rules: Sequence[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller chose.

    Args:
        day: the day on which rules are read.
        facts: legal facts by account, such as ``foreign_customer``; they reach rules only.
        disclosed: accounts with a disclosed agreement on synthetic data.
        matches: comparisons with campaigns, by the cloud's own names of accounts.
        least_device_hours: shorter jobs are left out of runs.
    """

    day: date
    facts: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    disclosed: frozenset[str] = frozenset()
    matches: Sequence[Match] = ()
    least_device_hours: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run with all that is said of it."""

    run: Run
    flop: Flop
    p_training: float | None
    answers: tuple[Answer, ...]
    word: str
    signs: tuple[tuple[str, float, str], ...]
    caveats: tuple[str, ...]


def oversee(telemetry: Telemetry, tables: Tables, options: Options) -> dict[str, Any]:
    """Everything that is said of a cluster, as the public contract ``stillwatch.runs/1``."""
    worth = [job for job in telemetry.jobs if job.device_hours >= options.least_device_hours]
    kinds = {job.job: kind_of(telemetry.traces.get(job.job), tables.rhythm) for job in worth}
    training = [job for job in worth if kinds[job.job].best in ("training", "unknown")]
    runs = rejoin(training, telemetry.traces)
    ingress = _ingress(telemetry)
    of_runs = replace(tables, rules=[r for r in tables.rules if r.measure == "run_flop"])
    seen = [_seen(run, telemetry, of_runs, options, kinds, ingress) for run in runs]
    seen.sort(key=_concern)
    n_by_kind: dict[str, int] = {}
    for kind in kinds.values():
        n_by_kind[kind.best] = n_by_kind.get(kind.best, 0) + 1
    due = sorted(
        (a.due[0], a.due[1], a.rule, one.run.id) for one in seen for a in one.answers if a.due
    )
    ahead = next((d for d in due if d[0] >= options.day), None)
    return {
        "schema": SCHEMA,
        "day": str(options.day),
        "note": NOT_ADVICE,
        "n_jobs": len(telemetry.jobs),
        "n_small": len(telemetry.jobs) - len(worth),
        "n_by_kind": n_by_kind,
        "score_errors": dict(tables.rhythm.errors),
        "hardware_as_of": tables.hardware.as_of,
        "could_not_look": _blind(telemetry, worth, kinds),
        "next_due": None
        if ahead is None
        else {"day": str(ahead[0]), "what": ahead[1], "rule": ahead[2], "run": ahead[3]},
        "overdue": [
            {"day": str(d), "what": what, "rule": rule, "run": run}
            for d, what, rule, run in due
            if d < options.day
        ],
        "runs": [_told(one) for one in seen],
    }


def _concern(one: Seen) -> tuple[bool, int, float, str]:
    """What a reader must see first: a rule that binds, a match, a watch, then the largest."""
    binds = any(answer.binds for answer in one.answers)
    words = ("matched", "watch", "none")
    return (
        not binds,
        words.index(one.word),
        -(one.flop.value.best if one.flop.value else 0.0),
        one.run.id,
    )


def _seen(
    run: Run,
    telemetry: Telemetry,
    tables: Tables,
    options: Options,
    kinds: Mapping[str, Kind],
    ingress: Mapping[str, Mapping[str, float]],
) -> Seen:
    parts = [
        estimate(job, telemetry.traces.get(job.job), tables.hardware, tables.reach)
        for job in run.jobs
    ]
    flop = summed(parts)
    known = [kinds[job.job].p["training"] for job in run.jobs if kinds[job.job].p]
    p_training = sum(known) / len(known) if known else None
    facts: dict[str, bool] = {}
    for account in run.accounts:
        for name, value in options.facts.get(account, {}).items():
            facts[name] = facts.get(name, False) or value
    ended = datetime.fromtimestamp(max(j.ended_us for j in run.jobs) / 1e6, UTC).date()
    measured = Measured(flop=flop.value, crossed_on=ended, facts=facts)
    answers = ask(tables.rules, measured, options.day)
    word, signs, caveats = _word(run, options, ingress)
    if p_training is None:
        caveats = ("its rhythm could not be looked at; it may be no training", *caveats)
    return Seen(
        run=run,
        flop=flop,
        p_training=p_training,
        answers=tuple(answers),
        word=word,
        signs=tuple(signs),
        caveats=(*flop.caveats, *caveats),
    )


def _word(
    run: Run, options: Options, ingress: Mapping[str, Mapping[str, float]]
) -> tuple[str, list[tuple[str, float, str]], tuple[str, ...]]:
    """What is said of a run's data, the signs by family in bits, and what must travel with it."""
    signs: list[tuple[str, float, str]] = []
    said = [m for m in options.matches if m.said and m.account in run.accounts]
    for match in said:
        for family, bits in match.bits.items():
            signs.append((family, bits, f"agrees with {match.campaign}"))
    for remote, family in (("model_api", "network"), ("corpus", "content")):
        by_account = ingress.get(remote, {})
        total = sum(by_account.get(account, 0.0) for account in run.accounts)
        if total < LEAST_BYTES:
            continue
        others = [v for account, v in ingress["all"].items() if account not in run.accounts]
        p = rank_p(total, [by_account.get(a, 0.0) for a in ingress["all"] if a not in run.accounts])
        if len(others) >= 9 and p <= WATCH_P:
            what = "answers of models" if remote == "model_api" else "known corpora of answers"
            signs.append((family, bits_of_p(p), f"1e{log10(total):.1f} bytes of {what}"))
    caveats: tuple[str, ...] = ()
    if signs:
        caveats = tuple(f"innocent twin: {twin}" for twin in TWINS)
    if disclosed := sorted(options.disclosed & set(run.accounts)):
        caveats += (f"a disclosed agreement is on record for {', '.join(disclosed)}",)
    if said:
        caveats += (f"of matches that are said, at most {SHARE:.0%} are expected to be false",)
    word = "matched" if said else "watch" if signs else "none"
    return word, signs, caveats


def _ingress(telemetry: Telemetry) -> dict[str, dict[str, float]]:
    """Bytes received by account, by kind of remote; ``all`` names every account."""
    found: dict[str, dict[str, float]] = {"all": {job.account: 0.0 for job in telemetry.jobs}}
    for flow in telemetry.flows:
        by_account = found.setdefault(flow.remote_kind, {})
        by_account[flow.account] = by_account.get(flow.account, 0.0) + flow.bytes_in
        found["all"].setdefault(flow.account, 0.0)
    return found


def _blind(
    telemetry: Telemetry, worth: Sequence[Job], kinds: Mapping[str, Kind]
) -> list[dict[str, Any]]:
    """What could not be looked at, and why, counted."""
    why: dict[str, int] = {}
    for job in worth:
        if kinds[job.job].why_not:
            told = kinds[job.job].why_not
            told = "too few samples" if told.startswith("only") else told
            why[f"rhythm: {told}"] = why.get(f"rhythm: {told}", 0) + 1
    if not telemetry.flows:
        why["data flow: no flows were told"] = len(worth)
    return [{"why": reason, "n_jobs": n} for reason, n in sorted(why.items())]


def _told(one: Seen) -> dict[str, Any]:
    run, value = one.run, one.flop.value
    return {
        "run": run.id,
        "accounts": list(run.accounts),
        "started_us": run.jobs[0].started_us,
        "ended_us": max(job.ended_us for job in run.jobs),
        "jobs": [
            {
                "job": job.job,
                "account": job.account,
                "started_us": job.started_us,
                "ended_us": job.ended_us,
                "n_devices": job.n_devices,
                "hardware": job.hardware,
                "running": job.running,
            }
            for job in run.jobs
        ],
        "device_hours": round(sum(job.device_hours for job in run.jobs), 2),
        "p_training": None if one.p_training is None else round(one.p_training, 4),
        "flop": None if value is None else _rounded(value),
        "flop_way": one.flop.way,
        "flop_counter": one.flop.counter,
        "flop_why_not": one.flop.why_not,
        "links": run.links_json(),
        "word": one.word,
        "signs": [
            {"family": family, "bits": round(bits, 2), "what": what}
            for family, bits, what in one.signs
        ],
        "findings": [f.to_json() for f in findings_of(run, one.signs, one.caveats)],
        "rules": [answer.to_json() for answer in one.answers if answer.met != "below"],
        "rules_below": [answer.rule for answer in one.answers if answer.met == "below"],
        "caveats": list(dict.fromkeys(one.caveats)),
    }


def _rounded(value: Quantity) -> dict[str, Any]:
    """Four digits: more would be made up."""
    told = value.to_json()
    for name in ("best", "low", "high"):
        n = 4 - int(log(max(told[name], 1.0), 10)) - 1
        told[name] = float(round(told[name], n))
    return told
