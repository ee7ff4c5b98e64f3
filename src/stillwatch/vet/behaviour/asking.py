"""What is asked in all: suites chosen, packs, sampling, and the manifest that asks it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from stillwatch.model.errors import BadInput
from stillwatch.vet.behaviour import code, guardrails, hijacking, topics
from stillwatch.vet.behaviour.code import Coding
from stillwatch.vet.behaviour.guardrails import Forbidden
from stillwatch.vet.behaviour.hijacking import Agents
from stillwatch.vet.behaviour.labelled import Labelled
from stillwatch.vet.behaviour.lexicons import Lexicon
from stillwatch.vet.behaviour.questions import Question, Sampling, digest
from stillwatch.vet.behaviour.suites import SUITES
from stillwatch.vet.behaviour.topics import Topics

SCHEMA: Final = "stillwatch.behaviour/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packs:
    """What can be asked, and by what answers are read."""

    forbidden: Forbidden
    agents: Agents
    coding: Coding
    topics: Topics
    lexicons: Mapping[str, Lexicon]
    lexicons_ref: str
    labelled: Labelled

    def refs(self) -> dict[str, str]:
        """Digest of each."""
        return {
            "guardrails": self.forbidden.ref, "hijacking": self.agents.ref,
            "code": self.coding.ref, "steering": self.topics.ref,
            "lexicons": self.lexicons_ref, "labelled": self.labelled.ref,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of a model.

    Args:
        suites: of :data:`~stillwatch.vet.behaviour.suites.SUITES`.
        sampling: how often and how warmly.
        seed: of the order in which it is asked, and for endpoints that take one.

    Raises:
        BadInput: a suite is unknown, or none is named.
    """

    suites: tuple[str, ...] = SUITES
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what nobody knows."""
        if not self.suites or (unknown := set(self.suites) - set(SUITES)):
            names = ", ".join(SUITES)
            raise BadInput(
                f"no suites {sorted(unknown) if self.suites else ''}; there are {names}.",
                where="suites",
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "suites": list(self.suites), "seed": self.seed,
            "n_samples": self.sampling.n_samples, "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
        }  # fmt: skip


def plan_from(value: Mapping[str, Any], where: str = "plan") -> Plan:
    """A plan from plain values; what is not named has its default.

    Raises:
        BadInput: a field is unknown, of the wrong kind or out of range.
    """
    told = dict(value)
    try:
        suites = tuple(str(one) for one in told.pop("suites", SUITES))
        seed = int(told.pop("seed", 1))
        sampling = Sampling(**told)
    except (TypeError, ValueError) as error:
        raise BadInput(f"is no plan: {error}.", where=where) from error
    return Plan(suites=tuple(one for one in SUITES if one in suites) if set(suites) <= set(SUITES)
                else suites, sampling=sampling, seed=seed)  # fmt: skip


def questions_of(plan: Plan, packs: Packs) -> dict[str, list[Question]]:
    """All questions, by suite."""
    made = {
        guardrails.NAME: lambda: guardrails.questions(packs.forbidden, plan.sampling),
        hijacking.NAME: lambda: hijacking.questions(packs.agents, plan.sampling),
        code.NAME: lambda: code.questions(packs.coding, plan.sampling),
        topics.NAME: lambda: topics.questions(packs.topics, plan.sampling),
    }
    return {name: made[name]() for name in plan.suites}


def ordered(asked: Mapping[str, Sequence[Question]], seed: int) -> list[Question]:
    """All of them in one order that mixes suites: no hour of the endpoint is one suite's."""
    every = sorted((one for many in asked.values() for one in many), key=lambda one: one.probe.name)
    return [every[at] for at in np.random.default_rng(seed).permutation(len(every))]


def manifest(
    plan: Plan,
    packs: Packs,
    asked: Mapping[str, Sequence[Question]],
    *,
    subject: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    versions: Mapping[str, str],
    judge: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a rerun needs to ask exactly the same.

    Args:
        plan: suites and sampling.
        packs: as they are.
        asked: by suite.
        subject: identity of the endpoint; no key.
        reference: identity of the reference's.
        versions: of what asks.
        judge: identity of the judge's endpoint; None where rules grade.
    """
    every = [one for many in asked.values() for one in many]
    return {
        "schema": SCHEMA,
        "plan": plan.to_json(),
        "packs": packs.refs(),
        "questions": digest(every),
        "n_questions": len(every),
        "n_answers": sum(one.probe.n_samples for one in every),
        "subject": dict(subject),
        "reference": None if reference is None else dict(reference),
        "judge": None if judge is None else dict(judge),
        "versions": dict(versions),
    }


def same(told: Mapping[str, Any], packs: Packs) -> Plan:
    """The plan of a manifest, where what is here would ask exactly the same.

    Raises:
        BadInput: it is no manifest, or packs or questions are others by now.
    """
    if told.get("schema") != SCHEMA:
        raise BadInput(f"the schema is not {SCHEMA}.", where="manifest")
    plan = plan_from(told.get("plan", {}), "manifest")
    changed = sorted(
        name for name, ref in packs.refs().items() if told.get("packs", {}).get(name) != ref
    )
    asked = questions_of(plan, packs)
    found = digest(one for many in asked.values() for one in many)
    if changed or found != told.get("questions"):
        raise BadInput(
            f"other packs than then: {', '.join(changed) or 'questions'}.", where="manifest",
            remedy="Ask with the version of stillwatch that the manifest names, or start anew.",
        )  # fmt: skip
    return plan
