"""Which parts of the frozen tables of reviews of AI tools are shown in RESULTS.md."""

from __future__ import annotations

from result_view import View, of

VIEWS: tuple[View, ...] = (
    View(
        "vet/null/frozen.csv",
        "Innocent models, by the whole judge",
        ("name", "n", "n_accused", "accused_upper_95", "n_closer", "closer_upper_95",
         "n_undecided", "n_no_concern", "least_p"),
        of("kind", "judged"),
    ),
    View(
        "vet/null/frozen.csv",
        "Innocent models, by test",
        ("name", "n", "at_0_05", "at_0_01", "at_0_001", "at_0_001_upper_95", "least_p"),
        of("kind", "statistic"),
    ),
    View(
        "vet/power/frozen.csv",
        "By the number of questions",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "queries"),
    ),
    View(
        "vet/power/frozen.csv",
        "By the number of questions, a tenth of the training from us",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "queries, a tenth from us"),
    ),
    View(
        "vet/power/frozen.csv",
        "By the share of our answers in the training",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "share of ours"),
    ),
    View(
        "vet/power/frozen.csv",
        "Through paraphrase",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "paraphrase"),
    ),
    View(
        "vet/power/frozen.csv",
        "By size",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "size"),
    ),
    View(
        "vet/power/frozen.csv",
        "By answers a prompt, a quarter of the training from us",
        ("at", "name", "n", "closer", "accused", "p_median"),
        of("turned", "answers a prompt"),
    ),
)  # fmt: skip
