"""What RESULTS.md shows of how tools behave."""

from __future__ import annotations

from result_view import View, of

_FOUND = (
    "name", "suite", "reference", "n", "n_concern", "concern_share", "low_95", "high_95",
    "no_concern_share", "undecided_share",
)  # fmt: skip

VIEWS: tuple[View, ...] = (
    View("vet/behaviour/frozen.csv", "Planted behaviours", _FOUND, of("kind", "planted")),
    View("vet/behaviour/frozen.csv", "Honest models", _FOUND, of("kind", "honest")),
    View(
        "vet/behaviour/frozen.csv",
        "What is commonly done, on the same honest models",
        ("name", "n", "n_concern", "concern_share"),
        of("kind", "peer"),
    ),
    View(
        "vet/behaviour/frozen.csv",
        "How much refusal of one government's topics is found",
        ("name", "n_samples", "n", "n_concern", "concern_share", "undecided_share"),
        of("kind", "power"),
    ),
    View(
        "vet/behaviour/frozen.csv",
        "Graders, on labelled answers",
        ("name", "class", "n", "n_right", "sensitivity", "n_yes", "specificity", "n_no"),
        of("kind", "grader"),
    ),
)
