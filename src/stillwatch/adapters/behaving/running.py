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
from stillwatch.vet.behaviour import (
    Packs,
    Plan,
    examined,
    manifest,
    ordered,
    part_of,
    plan_from,
    questions_of,
    replies_of,
)
from stillwatch.vet.behaviour import code as coding
from stillwatch.vet.behaviour.asking import same
from stillwatch.vet.behaviour.graders import grade_by_rules, treat_by_rules
from stillwatch.vet.part import Part

MANIFEST: Final = "manifest.json"
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
    """

    plan: Plan
    subject: Endpoint
    reference: Endpoint | None = None


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
    return Job(plan=plan_from(tree, str(path)), subject=subject, reference=reference)


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
    return found


def look(
    job: Job,
    packs: Packs,
    into: Path,
    *,
    python: Path | None,
    told: Told = lambda who, done, wanted: None,
) -> Part:
    """Ask, scan, judge; what was asked before in this folder is not asked again.

    Args:
        job: what is asked of whom.
        packs: the questions.
        into: folder of the run; replies stand there, its owner's alone.
        python: interpreter of the environment of the harness.
        told: told of progress: whose answers, how many, of how many.

    Raises:
        BadInput: the folder holds another run.
        NotAllowed: the allowed money is spent.
        OutsideFailed: the harness, the scanner or the endpoint failed.
    """
    used = {"stillwatch": stillwatch.__version__, **versions(python)}
    asked = questions_of(job.plan, packs)
    order = ordered(asked, job.plan.seed)
    about = manifest(
        job.plan, packs, asked, subject=job.subject.identity(),
        reference=None if job.reference is None else job.reference.identity(), versions=used,
    )  # fmt: skip
    _keep(into, about)
    replies = {}
    for name, endpoint in _ends(job):
        replies[name] = ask(
            order, endpoint, into / name, python=python, seed=job.plan.seed, say=partial(told, name)
        )
    every = [one for many in replies.values() for one in many]
    written = [one for one in every if one.answer.tags.get("suite") == coding.NAME]
    suites = examined(
        packs, asked, replies_of(replies["subject"]),
        replies_of(replies["reference"]) if "reference" in replies else None,
        grade=grade_by_rules(packs.lexicons["en"]), treat=treat_by_rules(packs.lexicons),
        found=scan(written, python),
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
            names = ("plan", "packs", "questions", "subject", "reference")
            if any(before.get(name) != about[name] for name in names):
                raise BadInput("holds another run.", where=str(into), remedy="Name another folder.")
        put_in_place(path, data)
    except orjson.JSONDecodeError:
        raise BadInput("is no manifest.", where=str(path)) from None
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
