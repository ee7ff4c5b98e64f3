"""One student from its lessons to what it shows: trained, measured, examined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.pupils import Pupil, prompts_in, taught
from stillwatch.adapters.distilling.workers import Arrays, Worker
from stillwatch.adapters.distilling.world import World, right_share
from stillwatch.lab.distilling.choices import one_a_slot
from stillwatch.lab.distilling.evidence import Shown, examples_at
from stillwatch.lab.distilling.grammar import LENGTH, Tokens
from stillwatch.lab.distilling.lessons import (
    Harvest,
    from_elsewhere,
    inverted,
    inverter_lessons,
    inverter_prompts,
    lessons_of,
    tokens_given,
)  # fmt: skip
from stillwatch.lab.distilling.students import Student
from stillwatch.lab.distilling.task import Task, prompts

Progress = Callable[[float], None]


def schooled(
    student: Student, world: World, kept: Kept, worker: Worker, teacher: Pupil,
    on_progress: Progress | None = None,
) -> tuple[dict[str, Any], Arrays]:  # fmt: skip
    """Counts of a student, and what it showed as arrays; from what was kept where it is there."""
    what, made_by = f"{world.repeat} {student.name}", _made_by(student, world)
    if (found := kept.get(what, made_by)) is not None:
        return found
    before_s = worker.cpu_s
    told, pupil, harvest = learned(student, world, kept, worker, teacher, on_progress)
    shown = _shown(pupil, harvest, world, worker, student)
    told["cpu_s"] = worker.cpu_s - before_s
    kept.put(what, made_by, told, shown)
    return told, shown


def is_kept(student: Student, world: World, kept: Kept) -> bool:
    """Whether a student of a world is finished."""
    return kept.path(f"{world.repeat} {student.name}", _made_by(student, world)).exists()


def learned(
    student: Student, world: World, kept: Kept, worker: Worker, teacher: Pupil,
    on_progress: Progress | None = None,
) -> tuple[dict[str, Any], Pupil, Harvest]:  # fmt: skip
    """Counts of a student, its net, and what its campaign was served; nothing of it is kept."""
    task = world.task
    harvest = world.harvest(student, kept, worker, teacher)
    rows, made = _lessons(student, harvest, world, task, worker)
    pupil = taught(
        worker, rows, world.sizes.student, world.number("student", student.name),
        on_progress=on_progress,
    )  # fmt: skip
    tests = prompts(task.test[: world.sizes.n_test])
    said = pupil.answers(worker, tests, temperature=0, seed=0)
    told = {
        "n_right": round(right_share(said, task) * len(said)), "n_test": len(said),
        "n_lessons": len(rows), "lesson_tokens": tokens_given(rows), "n_inverted": made,
        "n_answered": len(harvest.served), "served_tokens": tokens_given(harvest.served),
        "served_right": right_share(harvest.served, task),
    }  # fmt: skip
    return told, pupil, harvest


def _made_by(student: Student, world: World) -> dict[str, Any]:
    spec = {name: getattr(student, name) for name in type(student).__slots__ if name != "line"}
    spec["attacks"] = list(student.attacks)
    return {**world.made_by, "student": spec}


def _lessons(
    student: Student, harvest: Harvest, world: World, task: Task, worker: Worker
) -> tuple[Tokens, int]:
    """The rows that a student is taught, and how many of them an inverter made."""
    rng = world.rng("lessons", student.name)
    if "invert" not in student.attacks:
        return lessons_of(student, harvest, task, rng), 0
    elsewhere = from_elsewhere(student, task, rng)
    rows, marked = inverter_lessons(elsewhere)
    inverter = taught(
        worker, rows, world.sizes.student, world.number("student", f"{student.name} inverter"),
        taught_tokens=marked,
    )  # fmt: skip
    seed = world.number("lessons", f"{student.name} inverter")
    made = inverter.answers(worker, inverter_prompts(harvest), temperature=1.0, seed=seed)
    rows = inverted(made, elsewhere)
    return rows, len(rows) - len(elsewhere)


def _shown(
    pupil: Pupil, harvest: Harvest, world: World, worker: Worker, student: Student
) -> Arrays:
    """Everything that the tests read."""
    sizes, probes = world.sizes, world.task.probe
    slots = pupil.answers(worker, prompts(one_a_slot(probes)), temperature=0, seed=0)
    texts = pupil.answers(
        worker, prompts(probes[: sizes.n_text]), temperature=1.0,
        seed=world.number("shown", student.name),
    )  # fmt: skip
    n_alike = min(sizes.n_alike, len(harvest.served))
    again = np.repeat(prompts_in(harvest.served[:n_alike]), sizes.n_samples, axis=0)
    samples = pupil.answers(
        worker, again, temperature=1.0, seed=world.number("shown", f"{student.name} again")
    )
    pairs = harvest.first(sizes.n_pairs)
    return {
        "slot_answers": slots,
        "slot_p": examples_at(slots, pupil.foretold(worker, slots)),
        "texts": texts,
        "p_texts": pupil.foretold(worker, texts),
        "samples": samples.reshape(n_alike, sizes.n_samples, LENGTH),
        "nats_served": pupil.likelihoods(worker, pairs.served),
        "nats_unserved": pupil.likelihoods(worker, pairs.unserved),
    }


def shown_from(arrays: Arrays) -> Shown:
    """What was kept, as the tests take it."""
    return Shown(**{name: arrays[name] for name in Shown.__slots__})
