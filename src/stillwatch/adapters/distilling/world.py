"""A world: a secret table, the teacher that knows it, keys, and what it serves in each way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.keys import new_keys
from stillwatch.adapters.distilling.pupils import Pupil, taught
from stillwatch.adapters.distilling.workers import Arrays, Worker
from stillwatch.lab.distilling.choices import filled
from stillwatch.lab.distilling.defences import Defence, laid_out
from stillwatch.lab.distilling.evidence import Keys
from stillwatch.lab.distilling.grammar import Tokens
from stillwatch.lab.distilling.lessons import Harvest
from stillwatch.lab.distilling.marking import green_table
from stillwatch.lab.distilling.reading import results_said
from stillwatch.lab.distilling.sizes import Sizes
from stillwatch.lab.distilling.students import Student
from stillwatch.lab.distilling.task import Task, new_task, problems_of, prompts, worked

#: counts up when what is made from the same seed changes.
RECIPE: Final = 1
_REACH: Final = 0.05
_N_PROXY: Final = 300
_PROXY_SHARE: Final = 0.5
#: what is drawn apart from everything else, each with seeds of its own.
_STREAMS: Final = {
    "task": 1, "keys": 2, "teacher": 3, "served": 4, "unserved": 5, "proxy": 6, "lessons": 7,
    "student": 8, "shown": 9, "coin": 10, "wrong": 11, "other": 12,
}  # fmt: skip

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class World:
    """One draw of everything.

    Args:
        seed: of the rehearsal.
        repeat: which of its worlds.
        sizes: of nets and lessons.
        versions: of what trains; other versions may make other weights.
    """

    seed: int
    repeat: int
    sizes: Sizes
    versions: Mapping[str, str]

    @property
    def made_by(self) -> dict[str, Any]:
        """Everything that decides it."""
        return {
            "recipe": RECIPE, "seed": self.seed, "repeat": self.repeat,
            "sizes": self.sizes.to_json(), "versions": dict(self.versions),
        }  # fmt: skip

    def rng(self, stream: str, name: str = "") -> np.random.Generator:
        """A generator for one purpose."""
        word = [int(byte) for byte in name.encode()]
        return np.random.default_rng([self.seed, self.repeat, _STREAMS[stream], *word])

    def number(self, stream: str, name: str = "") -> int:
        """A seed for the process that trains."""
        return int(self.rng(stream, name).integers(0, 2**62))

    @property
    def task(self) -> Task:
        """Its secret and the deal of problems."""
        return new_task(self.rng("task"))

    @property
    def keys(self) -> Keys:
        """What its defender holds."""
        return new_keys(self.rng("keys"))

    def teacher(self, kept: Kept, worker: Worker, on_progress: Progress | None = None) -> Pupil:
        """The teacher; trained once, then kept."""
        what = f"{self.repeat} teacher"
        if (found := kept.get(what, self.made_by)) is not None:
            return Pupil(self.sizes.teacher, found[1])
        task, rng = self.task, self.rng("teacher")
        problems = problems_of(rng.integers(0, 10_000, self.sizes.n_taught))
        rows = worked(problems, task.results(problems), rng)
        size = self.sizes.teacher
        pupil = taught(worker, rows, size, self.number("teacher"), on_progress=on_progress)
        kept.put(what, self.made_by, {}, pupil.weights)
        return pupil

    def harvest(self, student: Student, kept: Kept, worker: Worker, teacher: Pupil) -> Harvest:
        """What a student's campaign was served, and the twins, as the defence leaves them."""
        drawn = self._drawn(student.met, kept, worker, teacher).first(student.n_answered)
        ways = self.keys.ways

        def left(rows: Tokens) -> Tokens:
            rows = filled(rows, ways) if student.met.keyed else rows
            return laid_out(rows, student.met.layout)

        other = None
        if student.source == "unserved":
            other = self._rows("other", student.met, kept, worker, teacher)[: student.n_answered]
        return Harvest(served=left(drawn.served), unserved=left(drawn.unserved), other=other)

    def _drawn(self, defence: Defence, kept: Kept, worker: Worker, teacher: Pupil) -> Harvest:
        """Answers to all that may be asked, as they are drawn under a defence."""
        served, unserved = (
            self._rows(which, defence, kept, worker, teacher) for which in ("served", "unserved")
        )
        return Harvest(served=served, unserved=unserved)

    def _rows(
        self, which: str, defence: Defence, kept: Kept, worker: Worker, teacher: Pupil
    ) -> Tokens:
        """One draw of answers to all that may be asked."""
        name = "poison" if defence.poison else "marked" if defence.marked else "plain"
        made_by = {**self.made_by, "drawn": name, "which": which, "poison": defence.poison}
        what = f"{self.repeat} {name} {which}"
        if (found := kept.get(what, made_by)) is not None:
            return np.asarray(found[1]["rows"], dtype=np.int16)
        extra, arrays = self._drawing(defence, kept, worker)
        rows = teacher.answers(
            worker, prompts(self.task.asked(self.sizes.n_asked)), temperature=1.0,
            seed=self.number(which, name), extra=extra, arrays=arrays,
        )  # fmt: skip
        kept.put(what, made_by, {}, {"rows": rows})
        return rows

    def _drawing(
        self, defence: Defence, kept: Kept, worker: Worker
    ) -> tuple[dict[str, Any], Arrays]:
        """What the process that samples needs for marks or poison."""
        if defence.marked:
            return {"preference": self.sizes.preference}, {"green": green_table(self.keys.mark)}
        if not defence.poison:
            return {}, {}
        size = self.sizes.student
        arrays = self._proxy(kept, worker)
        told = {"shape": size.shape, "reach": _REACH, "weight": defence.poison}
        return {"poison": told}, arrays

    def _proxy(self, kept: Kept, worker: Worker) -> Arrays:
        """A student of the defender's own, and how its loss changes with its weights."""
        if (found := kept.get(f"{self.repeat} proxy", self.made_by)) is not None:
            return found[1]
        task, rng, size = self.task, self.rng("proxy"), self.sizes.student
        problems = task.probe[: 2 * _N_PROXY]
        rows = worked(problems, task.results(problems), rng)
        short = replace(size, steps=max(1, round(size.steps * _PROXY_SHARE)))
        proxy = taught(worker, rows[:_N_PROXY], short, self.number("proxy"))
        arrays = {f"proxy.{n.removeprefix('net.')}": v for n, v in proxy.weights.items()}
        arrays.update(proxy.gradient(worker, rows[_N_PROXY:]))
        kept.put(f"{self.repeat} proxy", self.made_by, {}, arrays)
        return arrays


def right_share(rows: Tokens, task: Task) -> float:
    """Share of rows whose result is right; one that says none is wrong."""
    problems = rows[:, 1:5].astype(np.int64)
    return float((results_said(rows) == task.results(problems)[:, -1]).mean())
