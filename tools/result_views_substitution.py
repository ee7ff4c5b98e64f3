"""Which parts of the frozen tables of substitution are shown in RESULTS.md."""

from __future__ import annotations

from result_view import View, of

_TABLE = "vet/substitution/frozen.csv"
_RATE = ("n", "n_alarms", "alarm_share", "low_95", "high_95")

VIEWS: tuple[View, ...] = (
    View(_TABLE, "Innocent routes", ("name", *_RATE, "cpu_ms"), of("kind", "null")),
    View(
        _TABLE,
        "Routes that serve another model for a share of requests",
        (
            "name",
            "apart",
            "share",
            "questions",
            "alarm_share",
            "low_95",
            "high_95",
            "exact_share",
            "bets_share",
        ),
        of("kind", "power"),
    ),
    View(
        _TABLE,
        "Intervals of the share, and of when it began",
        (
            "name",
            "share",
            "n",
            "candidate_coverage",
            "candidate_width",
            "least_coverage",
            "least_median",
            "dated_share",
            "dated_coverage",
            "dated_width",
        ),
        of("kind", "interval"),
    ),
    View(
        _TABLE,
        "Endpoints that look like it",
        ("name", *_RATE, "explained_share", "excused_share"),
        of("kind", "twin"),
    ),
)
