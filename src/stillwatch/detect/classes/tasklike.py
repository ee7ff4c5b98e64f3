"""How much a prompt looks like an exercise from a data set, as a sum of named points.

A task of a training corpus stands alone: it commands or asks, sets up what it needs, and says
nothing of the person who sends it. The points below are chosen by that reasoning, not fitted.
They are weak: a person who asks a short clear question looks the same.
"""

import numpy as np
from numpy.typing import NDArray

from stillwatch.detect.classes.groups import NUMBER

POINTS: dict[str, float] = {
    "imperative": 1.5,
    "frame": 1.0,
    "given": 1.0,
    "self": -1.5,
    "deictic": -1.0,
    "greet": -1.5,
    "again": -1.5,
}
"""What each group of cues adds when it occurs."""

SHORTEST_WORDS, LONGEST_WORDS = 4, 80
LENGTH_POINTS = 0.5
TASK_AT_LEAST = 1.5


def task_points(present: NDArray[np.uint64], half_words: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the points of each prompt, roughly -6 to 4.

    Args:
        present: groups met, as bits, shape (n,).
        half_words: length of each prompt, half-words, shape (n,).

    Returns:
        points, shape (n,); ``TASK_AT_LEAST`` or more is task-like.
    """
    points = np.zeros(present.shape[0])
    for name, worth in POINTS.items():
        met = (present >> np.uint64(NUMBER[name])) & np.uint64(1)
        points += worth * met
    fits = (half_words >= 2 * SHORTEST_WORDS) & (half_words <= 2 * LONGEST_WORDS)
    points += np.where(fits, LENGTH_POINTS, -LENGTH_POINTS)
    return points
