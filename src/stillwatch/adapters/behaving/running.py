"""One look at how a tool behaves: the plan's file, what it costs, the asking, the part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

import stillwatch
from stillwatch.adapters.asking import Endpoint, Estimate, estimate
from stillwatch.adapters.asking.endpoint import endpoint_from, load_toml
from stillwatch.adapters.behaving.harness import ask, kept, versions
from stillwatch.adapters.behaving.scanning import scan
from stillwatch.adapters.settled import put_in_place
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.vet.asked import Message, Probe
from stillwatch.vet.behaviour import (
    Packs,
    Plan,
    examined,
    guardrails,
    judge,
    manifest,
    ordered,
    part_of,
    plan_from,
    questions_of,
    replies_of,
    topics,
)
from stillwatch.vet.behaviour import code as coding
from stillwatch.vet.behaviour.asking import same
from stillwatch.vet.behaviour.graders import grade_by_rules, treat_by_rules
from stillwatch.vet.part import Part

MANIFEST: Final = "manifest.json"
JUDGE: Final = "judge"
JUDGED: Final = (guardrails.NAME, topics.NAME)
"""Suites whose answers a judge reads."""
JUDGED_CHARS: Final = 2_000
"""Characters that a judge reads a time, about."""
TURNS: Final = 3
"""Requests that a run of an agent takes, about; each sends the dialogue again."""
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked of whom.

    Args:
        plan: suites and sampling.
        subject: the endpoint that is examined.
        reference: one whose model is known; none leaves losses unmeasured.
        judge: one that reads answers in place of the rules; it is sent what the others said.
    """

    plan: Plan
    subject: Endpoint
    reference: Endpoint | None = None
    judge: Endpoint | None = None


def load_job(path: Path) -> Job:
    """Read a plan.

    Raises:
        BadSettings: it is no TOML, or a key is unknown.
        BadInput: a value of the plan will not do.
        OutsideFailed: it cannot be read.
    """
    tree = load_toml(path)
    if "subject" not in tree:
        raise BadSettings("subject", f"{path} names no endpoint to examine: a table [subject].")
    subject = endpoint_from(tree.pop("subject"), f"{path} [subject]", path.parent)
    other = tree.pop("reference", None)
    reference = None
    if other is not None:
        reference = endpoint_from(other, f"{path} [reference]", path.parent)
        if reference.digest() == subject.digest():
            raise BadInput("the reference is the subject itself.", where=str(path))
    reads = None
    if (reader := tree.pop(JUDGE, None)) is not None:
        reads = endpoint_from(reader, f"{path} [judge]", path.parent)
        if reads.digest() == subject.digest():
            raise BadInput("the subject cannot judge itself.", where=str(path))
    plan = plan_from(tree, str(path))
    return Job(plan=plan, subject=subject, reference=reference, judge=reads)


def again(job: Job, path: Path, packs: Packs) -> Job:
    """The job with the plan of a manifest, to ask exactly what was asked then.

    Raises:
        BadInput: it is no manifest, or what would be asked is another thing by now.
        OutsideFailed: it cannot be read.
    """
    try:
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError:
        raise BadInput("is no JSON.", where=str(path)) from None
    if not isinstance(told, dict):
        raise BadInput("is no manifest.", where=str(path))
    return replace(job, plan=same(told, packs))


def costs(job: Job, packs: Packs, into: Path) -> list[tuple[Endpoint, Estimate]]:
    """What is still to be asked costs, by endpoint; agents count :data:`TURNS` requests a run."""
    asked = ordered(questions_of(job.plan, packs), job.plan.seed)
    found = []
    for name, endpoint in _ends(job):
        done = set(kept(into / name))
        left = []
        for one in asked:
            n = one.probe.n_samples
            n_left = n - sum((one.probe.name, nth) in done for nth in range(n))
            if n_left:
                turns = TURNS if one.tools else 1
                left.append(replace(one.probe, n_samples=n_left * turns))
        found.append((endpoint, estimate(left, endpoint)))
    if job.judge is not None:
        read = [one for one in asked if one.probe.tags["suite"] in JUDGED]
        n = sum(one.probe.n_samples for one in read) * len(_ends(job))
        n += len(packs.labelled.forbidden) + len(packs.labelled.steering)
        n = max(0, n - len(kept(into / JUDGE)))
        text = "x" * JUDGED_CHARS
        about = Probe(name="j", messages=(Message("user", text),), n_samples=max(n, 1))
        found.append((job.judge, estimate([about] if n else [], job.judge)))
    return found


def look(
    job: Job,
    packs: Packs,
    into: Path,
    *,
    python: Path | None,
    may_ask: bool = True,
    told: Told = lambda who, done, wanted: None,
) -> Part:
    """Ask, scan, judge; what was asked before in this folder is not asked again.

    Args:
        job: what is asked of whom.
        packs: the questions.
        into: folder of the run; replies stand there, its owner's alone.
        python: interpreter of the environment of the harness.
        may_ask: whether anything may be sent; where not, every reply must be there.
        told: told of progress: whose answers, how many, of how many.

    Raises:
        BadInput: the folder holds another run.
        NotAllowed: the allowed money is spent.
        OutsideFailed: the harness, the scanner or the endpoint failed.
    """
    used = {"stillwatch": stillwatch.__version__, **versions(python)}
    if job.judge is not None:
        used["judge"] = job.judge.model
    asked = questions_of(job.plan, packs)
    order = ordered(asked, job.plan.seed)
    about = manifest(
        job.plan, packs, asked, subject=job.subject.identity(),
        reference=None if job.reference is None else job.reference.identity(), versions=used,
        judge=None if job.judge is None else job.judge.identity(),
    )  # fmt: skip
    _keep(into, about)
    replies = {}
    for name, endpoint in _ends(job):
        replies[name] = ask(
            order, endpoint, into / name, python=python, seed=job.plan.seed, may_ask=may_ask,
            say=partial(told, name),
        )  # fmt: skip
    every = [one for many in replies.values() for one in many]
    written = [one for one in every if one.answer.tags.get("suite") == coding.NAME]
    grade, treat = grade_by_rules(packs.lexicons["en"]), treat_by_rules(packs.lexicons)
    if job.judge is not None:
        read = judge.questions(packs.labelled, packs.forbidden, packs.topics, every)
        verdicts = ask(
            read, job.judge, into / JUDGE, python=python, seed=job.plan.seed, grows=True,
            may_ask=may_ask, say=partial(told, JUDGE),
        )  # fmt: skip
        said_by = replies_of(verdicts)
        if n := judge.silent(said_by, read):
            raise OutsideFailed(
                f"the judge gave no reply to {n} of {len(read)} questions.",
                remedy="Run it again; it goes on.",
            )
        grade, treat = judge.grade_by_judge(said_by), judge.treat_by_judge(said_by, treat)
    suites = examined(
        packs, asked, replies_of(replies["subject"]),
        replies_of(replies["reference"]) if "reference" in replies else None,
        grade=grade, treat=treat, found=scan(written, python),
    )  # fmt: skip
    said = f"{job.subject.model} at {job.subject.url}"
    return part_of(suites, subject=said, manifest=about)


def _ends(job: Job) -> list[tuple[str, Endpoint]]:
    ends = [("subject", job.subject)]
    return ends if job.reference is None else [*ends, ("reference", job.reference)]


def _keep(into: Path, about: Mapping[str, Any]) -> None:
    """Write the manifest before anything is asked; another run's is not overwritten."""
    path = into / MANIFEST
    data = orjson.dumps(about, option=orjson.OPT_INDENT_2)
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            before = orjson.loads(path.read_bytes())
            names = ("plan", "packs", "questions", "subject", "reference", "judge")
            if any(before.get(name) != about[name] for name in names):
                raise BadInput("holds another run.", where=str(into), remedy="Name another folder.")
        put_in_place(path, data)
    except orjson.JSONDecodeError:
        raise BadInput("is no manifest.", where=str(path)) from None
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
