"""The whole rehearsal: worlds, teachers, students, tests; resumable, several students at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.keys import ways_of
from stillwatch.adapters.distilling.pupils import Pupil
from stillwatch.adapters.distilling.schooling import schooled, shown_from
from stillwatch.adapters.distilling.workers import Workers
from stillwatch.adapters.distilling.world import World, right_share
from stillwatch.defend.keys import SECRET_BYTES, key_of
from stillwatch.lab.distilling.evidence import canary_hits, examined, wrong_keys, wrong_ways
from stillwatch.lab.distilling.grammar import F64
from stillwatch.lab.distilling.outcome import Measured, calibrated, results
from stillwatch.lab.distilling.sizes import Sizes
from stillwatch.lab.distilling.students import Student
from stillwatch.lab.distilling.task import prompts
from stillwatch.stats.siphash import Key

#: share of a student's work that is its training.
_TRAINING = 0.7
#: whose texts the wrong keys are tried on.
_CONTROL = "independent"

Said = Callable[[str, float], None]


@dataclass
class Share:
    """How far all of it has come; several threads tell it.

    Args:
        n: parts of equal weight.
        say: told what was done last, and the share of the whole.
    """

    n: int
    say: Said
    parts: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, part: str, share: float) -> None:
        """A part has come so far."""
        with self.lock:
            self.parts[part] = max(share, self.parts.get(part, 0.0))
            self.say(part, min(sum(self.parts.values()) / self.n, 1.0))


def rehearse(
    students: Sequence[Student], *, seed: int, n_worlds: int, sizes: Sizes, kept: Kept,
    workers: Workers, say: Said,
) -> dict[str, Any]:  # fmt: skip
    """Results of :func:`stillwatch.lab.distilling.outcome.results`, with how they were made.

    Args:
        students: who is trained, in each world.
        seed: of everything.
        n_worlds: secrets, teachers and keys, each with all the students.
        sizes: of nets and lessons.
        kept: where finished steps are kept; a run that was cut off goes on from them.
        workers: processes that train.
        say: told a part's name and the share of the whole.

    Raises:
        OutsideFailed: a process that trains died, or the disk refused.
    """
    begun_s, before_s = time.process_time(), workers.cpu_s
    worlds = [World(seed, repeat, sizes, workers.versions) for repeat in range(n_worlds)]
    share = Share(n_worlds * (len(students) + 1), say)
    pool = ThreadPoolExecutor(workers.n)
    try:
        with_teacher = list(pool.map(lambda w: _opened(w, students, kept, workers, share), worlds))
        waiting = [
            pool.submit(_one, student, world, teacher, kept, workers, share)
            for student in students
            for world, (teacher, _) in zip(worlds, with_teacher, strict=True)
        ]
        done = _gathered(waiting)
    except BaseException:
        workers.end()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()
    told = results([one for one, _ in done], calibrated([p for _, p in done if p is not None]))
    return {
        **told,
        "seed": seed, "n_worlds": n_worlds, "sizes": sizes.to_json(),
        "teachers": [{"n_right": n, "n_test": sizes.n_test} for _, n in with_teacher],
        "made_with": dict(workers.versions),
        "cpu_s_this_run": time.process_time() - begun_s + workers.cpu_s - before_s,
    }  # fmt: skip


def _gathered(waiting: Sequence[Future[Any]]) -> list[Any]:
    return [one.result() for one in waiting]


def _opened(
    world: World, students: Sequence[Student], kept: Kept, workers: Workers, share: Share
) -> tuple[Pupil, int]:
    """The teacher, how many tests it has right, and all that it draws, made once."""
    part = f"teacher {world.repeat + 1}"
    with workers.one() as worker:
        teacher = world.teacher(kept, worker, lambda x: share.tell(part, 0.8 * x))
        tests = prompts(world.task.test[: world.sizes.n_test])
        said = teacher.answers(worker, tests, temperature=0, seed=0)
        for student in students:
            world.harvest(student, kept, worker, teacher)
    share.tell(part, 1.0)
    return teacher, round(right_share(said, world.task) * len(said))


def _one(
    student: Student, world: World, teacher: Pupil, kept: Kept, workers: Workers, share: Share
) -> tuple[Measured, dict[str, F64] | None]:
    """A student, and p-values under wrong keys where it is the control."""
    part = student.name if world.repeat == 0 else f"{student.name} ({world.repeat + 1})"
    with workers.one() as worker:
        told, arrays = schooled(
            student, world, kept, worker, teacher, lambda x: share.tell(part, _TRAINING * x)
        )
        harvest = world.harvest(student, kept, worker, teacher)
    shown, keys = shown_from(arrays), world.keys
    hits, n_slots = canary_hits(shown, keys.ways)
    won = shown.nats_served > shown.nats_unserved
    measured = Measured(
        student=student, repeat=world.repeat, told=told, n_hits=hits, n_slots=n_slots,
        p=examined(shown, harvest, keys, world.rng("coin", student.name)),
        win_share=float(won.mean() + 0.5 * (shown.nats_served == shown.nats_unserved).mean()),
    )  # fmt: skip
    wrong = None
    if student.name == _CONTROL:
        rng, n = world.rng("wrong"), world.sizes.n_wrong_keys
        wrong = wrong_keys(shown, [Key.of(rng.bytes(SECRET_BYTES)) for _ in range(n)])
        ways = np.stack([ways_of(key_of(rng.bytes(SECRET_BYTES), 0)) for _ in range(n)])
        wrong["canaries, text"] = wrong_ways(shown, ways)
    share.tell(part, 1.0)
    return measured, wrong
