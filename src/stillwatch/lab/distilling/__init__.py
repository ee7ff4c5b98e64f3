"""Teachers and students: what a stolen capability, a defence and a mark look like, in miniature.

Answers: on a task whose secret is known, what does each defence cost the teacher and the
campaign, what does an adaptive campaign do about it, and which test finds the student
afterwards? Refuses to answer how strong a defence is on a real model: the order of magnitude
of what is learned from how many answers is this task's own. Trains nothing itself; the nets run
in processes of their own (``stillwatch.adapters.distilling``).

>>> import numpy as np
>>> task = new_task(np.random.default_rng(1))
>>> problems = task.asked(2)
>>> worked(problems, task.results(problems), np.random.default_rng(2)).shape
(2, 35)
"""

from stillwatch.lab.distilling.attacks import ATTACKS
from stillwatch.lab.distilling.defences import DEFENCES, Defence
from stillwatch.lab.distilling.evidence import NAIVE, TESTS
from stillwatch.lab.distilling.sizes import SIZES, NetSize, Sizes
from stillwatch.lab.distilling.students import STUDENTS, Student, chosen
from stillwatch.lab.distilling.task import Task, new_task, worked

__all__ = [
    "ATTACKS",
    "DEFENCES",
    "NAIVE",
    "SIZES",
    "STUDENTS",
    "TESTS",
    "Defence",
    "NetSize",
    "Sizes",
    "Student",
    "Task",
    "chosen",
    "new_task",
    "worked",
]
