"""Looks at a vendor's routes, one after another, in one folder that remembers.

The folder holds the plan as it was at the first look, and a folder of answers for the reference,
the candidate and each route. A look asks the next questions; one that was cut off goes on. All
sides are asked at the same time, so that nothing that changes with the hour tells them apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final

import orjson

from stillwatch.adapters.asking import Endpoint, ask, read_answers
from stillwatch.adapters.asking.folder import LINES
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.adapters.substitution.plan import Plan
from stillwatch.model.errors import BadInput, OutsideFailed, StillwatchError
from stillwatch.vet import Answer, Part, Probe
from stillwatch.vet.substitution import compare, judge, part_of, questions

PLAN: Final = "plan.json"
#: a look with fewer of its answers was cut off, and goes on before the next.
WHOLE: Final = 0.95
Job = tuple[str, Endpoint, list[Probe], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the next look asks.

    Args:
        jobs: name, endpoint, probes and folder of each side.
        first: number of its first question.
        last: one past its last.
    """

    jobs: tuple[Job, ...]
    first: int
    last: int


class Watch:
    """The looks of one plan.

    Args:
        plan: what is fixed.
        state: the folder, made at the first look.

    Raises:
        BadInput: the folder was begun with another plan.
        OutsideFailed: the disk refuses.
    """

    def __init__(self, plan: Plan, state: Path) -> None:
        self.plan = plan
        self.state = state
        self._check()

    def next_look(self) -> Look:
        """The look that is due: the one that was cut off, or the next."""
        plan, reached = self.plan, self._reached()
        if plan.reference is None:
            windows = [
                (
                    f"{name}, first window",
                    one,
                    self._probes(plan.questions, name),
                    self._window(name),
                )
                for name, one in plan.routes.items()
            ]
            if any(self._share(one) < WHOLE for one in windows):
                return Look(jobs=tuple(windows), first=0, last=0)
        before = self._jobs(max(0, reached - plan.per_look), reached)
        if any(self._share(one) < WHOLE for one in before):
            return Look(jobs=tuple(before), first=max(0, reached - plan.per_look), last=reached)
        last = reached + plan.per_look
        if plan.reference is None:
            last = min(last, plan.questions)
        return Look(jobs=tuple(self._jobs(reached, last)), first=reached, last=last)

    def take(
        self, look: Look, on_done: Callable[[str, int, int], None] | None = None
    ) -> dict[str, str]:
        """Ask what a look asks, all sides at once.

        Args:
            look: of :meth:`next_look`.
            on_done: told side, answers there and wanted.

        Returns:
            What stopped a side, by its name; a side that was stopped goes on at the next run.

        Raises:
            OutsideFailed: another process takes a look into this folder.
        """
        self._begin()
        lock = self._hold()
        stop = Event()
        try:
            with ThreadPoolExecutor(max(len(look.jobs), 1)) as pool:
                running = {one[0]: pool.submit(_asked, one, stop, on_done) for one in look.jobs}
                try:
                    found = {name: one.result() for name, one in running.items()}
                except BaseException:
                    stop.set()
                    raise
        finally:
            os.close(lock)
        return {name: said for name, said in found.items() if said}

    def part(self) -> Part:
        """What all looks so far say."""
        plan = self.plan
        usual = self._answers(self.state / "reference") if plan.reference else []
        other = self._answers(self.state / "candidate") if plan.candidate else []
        routes = [
            compare(
                name, self._answers(self._folder(name)),
                usual if plan.reference else self._answers(self._window(name)), other,
                n_planned=plan.questions, seed=plan.seed,
            )
            for name in plan.routes
        ]  # fmt: skip
        judged = judge(routes, alpha=plan.alpha, announced=plan.announced)
        reference = "each route's own first window"
        if plan.reference is not None:
            reference = f"{plan.reference.model} at {plan.reference.url}"
        return part_of(
            judged, subject=plan.vendor, alpha=plan.alpha,
            plan={**plan.fixed(), "digest": plan.digest()}, reference=reference,
        )  # fmt: skip

    def _jobs(self, first: int, last: int) -> list[Job]:
        plan, n = self.plan, last - first
        found: list[Job] = []
        if n <= 0:
            return found
        if plan.reference is not None:
            probes = questions(
                first, n, seed=plan.seed, route="reference", n_samples=plan.reference_samples
            )
            found.append(("reference", plan.reference, probes, self.state / "reference"))
        if plan.candidate is not None:
            probes = questions(first, n, seed=plan.seed, route="candidate")
            found.append(("candidate", plan.candidate, probes, self.state / "candidate"))
        for name, one in plan.routes.items():
            probes = questions(first, n, seed=plan.seed, route=name)
            found.append((name, one, probes, self._folder(name)))
        return found

    def _probes(self, n: int, route: str) -> list[Probe]:
        plan = self.plan
        return questions(0, n, seed=plan.seed, route=route, n_samples=plan.reference_samples)

    def _reached(self) -> int:
        """One past the last question that any route was asked, rounded up to whole looks."""
        asked = [
            int(one.probe) for name in self.plan.routes for one in self._answers(self._folder(name))
        ]
        if not asked:
            return 0
        each = self.plan.per_look
        reached = -(-(max(asked) + 1) // each) * each
        return min(reached, self.plan.questions) if self.plan.reference is None else reached

    def _share(self, job: Job) -> float:
        """Share of a side's answers that are there."""
        _, _, probes, folder = job
        had = {(one.probe, one.sample) for one in self._answers(folder)}
        wanted = [(one.name, nth) for one in probes for nth in range(one.n_samples)]
        return sum(one in had for one in wanted) / max(len(wanted), 1)

    def _answers(self, folder: Path) -> list[Answer]:
        return read_answers(folder) if (folder / LINES).exists() else []

    def _folder(self, route: str) -> Path:
        return self.state / "routes" / route

    def _window(self, route: str) -> Path:
        return self.state / "windows" / route

    def _check(self) -> None:
        path = self.state / PLAN
        try:
            told = orjson.loads(path.read_bytes()) if path.exists() else None
        except (OSError, orjson.JSONDecodeError):
            raise BadInput("cannot be read.", where=str(path)) from None
        if told is not None and told.get("digest") != self.plan.digest():
            changed = _changed(told.get("plan"), self.plan.fixed())
            raise BadInput(
                f"was begun with another plan: {changed} changed.",
                where=str(self.state),
                remedy="A plan holds for all its looks; name another folder for another plan.",
            )

    def _begin(self) -> None:
        path = self.state / PLAN
        try:
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                told = {"plan": self.plan.fixed(), "digest": self.plan.digest()}
                put_in_place(path, orjson.dumps(told, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise OutsideFailed(f"{self.state} cannot be written: {error.strerror}.") from None

    def _hold(self) -> int:
        try:
            return hold_folder(self.state, "look", "Wait for it.")
        except OSError as error:
            raise OutsideFailed(f"{self.state} cannot be written: {error.strerror}.") from None


def _asked(job: Job, stop: Event, on_done: Callable[[str, int, int], None] | None) -> str:
    """Ask one side; returns what stopped it."""
    name, endpoint, probes, folder = job
    n_wanted, n_nothing = sum(one.n_samples for one in probes), 0
    asking = ask(probes, endpoint, into=folder)
    try:
        for n_done, answer in enumerate(asking, 1):
            n_nothing += answer.finish == "error"
            if on_done is not None:
                on_done(name, n_done - n_nothing, n_wanted)
            if stop.is_set():
                return "it was stopped"
    except StillwatchError as error:
        return str(error)
    finally:
        getattr(asking, "close", lambda: None)()
    return f"{n_nothing} of {n_wanted} questions came to nothing" if n_nothing else ""


def _changed(before: Any, now: dict[str, Any]) -> str:
    if not isinstance(before, dict):
        return "everything"
    return ", ".join(sorted(key for key in now if before.get(key) != now[key])) or "the battery"
