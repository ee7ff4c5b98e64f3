"""Which parts of the frozen tables are shown in RESULTS.md; the files hold the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]


def every(_: Row) -> bool:
    """Show all rows."""
    return True


def of(column: str, *values: str) -> Callable[[Row], bool]:
    """Show the rows that hold one of the values in a column."""
    return lambda row: row.get(column, "") in values


def not_of(column: str, *values: str) -> Callable[[Row], bool]:
    """Show the rows that hold none of the values in a column."""
    return lambda row: row.get(column, "") not in values


@dataclass(frozen=True, slots=True)
class View:
    """A table of the page.

    Args:
        source: folder below ``benchmarks`` and file.
        title: heading.
        columns: shown, in this order; a column that the file lacks is left out. Empty for
            all.
        rows: which rows.
    """

    source: str
    title: str
    columns: tuple[str, ...] = ()
    rows: Callable[[Row], bool] = every


_SETS = (
    "set", "n_exchanges", "n_accounts", "n_campaigns", "n_found", "recall_median", "precision",
    "leak_median", "leak_worst", "leak_worst_found", "n_accused", "share", "upper_95",
    "n_false_campaigns", "wall_s", "peak_mib",
)  # fmt: skip
_POINTS = (
    "turned", "fixture", "mixing", "rate", "size", "paraphrase", "jitter", "sticky", "infra",
    "found", "recall", "precision", "leak", "leak_rough", "n_siblings", "n_leaked",
    "hours_to_detect", "carried_by", "why_not",
)  # fmt: skip
_CONTENT_FREE = (
    "world", "mode", "found", "n_campaigns", "recall", "leak", "leak_worst", "n_accused",
    "n_could_not_look", "same_as_text",
)  # fmt: skip
_LEAKS = (
    "name", "n", "n_cut", "cut_share", "low_95", "high_95", "by_letters", "by_words",
    "out_share_of_cut", "most_held_chars", "chunk_us_mean", "chunk_us_p99", "peer_cut_share",
    "peer_times_ours",
)  # fmt: skip

VIEWS: tuple[View, ...] = (
    View(
        "cloud/flops/frozen.csv",
        "Estimates of FLOP",
        (
            "name",
            "shift",
            "n",
            "bias",
            "within_1_5",
            "worst",
            "coverage",
            "coverage_low_95",
            "coverage_high_95",
        ),
        of("kind", "flop"),
    ),
    View(
        "cloud/flops/frozen.csv",
        "Taken for training",
        ("name", "truth", "shift", "n", "n_training", "training_share", "low_95", "high_95"),
        of("kind", "rhythm"),
    ),
    View("cloud/rejoin/frozen.csv", "Runs that were cut, among honest jobs"),
    View(
        "cloud/distillation/frozen.csv",
        "Runs that a campaign feeds",
        (
            "point",
            "n_runs",
            "n_found",
            "found_share",
            "p_bits",
            "p_bits_in_the_open",
            "n_ordinary",
            "n_ordinary_flagged",
            "n_innocent",
            "n_innocent_flagged",
            "flagged_upper_95",
            "cpu_s_a_world",
        ),
        of("kind", "point"),
    ),
    View(
        "cloud/distillation/frozen.csv",
        "Timing under chance: share of unrelated pairs below a p-value",
        ("point", "n_innocent", "n_innocent_flagged", "found_share", "flagged_upper_95"),
        of("kind", "calibration"),
    ),
    View("control/decide/frozen.csv", "Ways"),
    View(
        "control/replayed/frozen.csv",
        "Campaigns, after their detection",
        (
            "world",
            "join",
            "campaign",
            "n_accounts",
            "n_named",
            "n_after",
            "in_full_share",
            "named_in_full_share",
        ),
        of("kind", "campaign"),
    ),
    View(
        "control/replayed/frozen.csv",
        "Innocent accounts, by rung",
        (
            "world",
            "join",
            "rung",
            "n_accounts",
            "n_exchanges",
            "n_benign_accounts",
            "benign_high_95",
            "benign_exchanges_share",
        ),
        of("kind", "rung"),
    ),
    View(
        "control/replayed/frozen.csv",
        "A rate limit for every account, beside it",
        ("world", "requests_an_hour", "cut_share", "friction_share"),
        of("kind", "rate limit"),
    ),
    View(
        "defend/bound_reasoning/frozen.csv",
        "Who can present it",
        ("name", "n", "n_accepted", "accepted_upper_95", "n_told"),
        of("kind", "attack", "honest", "peer"),
    ),
    View(
        "defend/bound_reasoning/frozen.csv",
        "What a token costs",
        (
            "name",
            "cpu_us_mean",
            "cpu_us_p50",
            "cpu_us_p99",
            "cpu_us_p999",
            "over_1_ms",
            "wall_us_p50",
            "wall_us_p99",
            "times_ours",
        ),
        of("kind", "cost"),
    ),
    View("defend/leak_filter/frozen.csv", "Reasoning in the answer", _LEAKS, of("kind", "leak")),
    View("defend/leak_filter/frozen.csv", "Innocent answers", _LEAKS, of("kind", "innocent")),
    View("detect/campaigns/frozen.csv", "Sets", _SETS, of("kind", "set")),
    View(
        "detect/campaigns/frozen.csv",
        "Campaigns",
        ("set", "name", "n_accounts", "found", "recall", "precision", "leak", "hours_to_detect"),
        of("kind", "campaign"),
    ),
    View(
        "detect/campaigns/frozen.csv",
        "Innocent accounts",
        ("set", "name", "n_accounts", "n_accused", "share", "upper_95"),
        of("kind", "innocent"),
    ),
    View("detect/adaptive/frozen.csv", "Points", _POINTS, not_of("turned", "innocent")),
    View(
        "detect/adaptive/frozen.csv",
        "Innocent accounts, by search",
        (
            "run",
            "n_points",
            "n_found",
            "n_exchanges",
            "n_benign",
            "n_accused",
            "n_false_campaigns",
            "accused_kinds",
            "search_s",
            "peak_mib",
        ),
        of("turned", "innocent"),
    ),
    View(
        "detect/null/frozen.csv",
        "All worlds, by claimed rate",
        (
            "fdr",
            "n_worlds",
            "null_days",
            "n_accounts",
            "n_tested",
            "n_false_campaigns",
            "n_accused",
            "realised",
            "realised_low_95",
            "realised_high_95",
            "accused_per_account_month",
            "accused_per_account_month_upper_95",
        ),
        of("seed", "all"),
    ),
    View(
        "detect/ablation/frozen.csv",
        "Signals and families left out",
        (
            "world",
            "left_out",
            "found",
            "n_campaigns",
            "recall",
            "precision",
            "leak_mean",
            "leak_median",
            "n_accused",
            "n_false_campaigns",
            "missed",
        ),
    ),
    View("detect/ablation/evasion.csv", "What evading costs the operator"),
    View("detect/content_free/frozen.csv", "By mode", _CONTENT_FREE, of("name", "all")),
    View("detect/elicitation/frozen.csv", "Classes, all languages", (), of("lang", "all")),
    View("detect/peers/frozen.csv", "Methods"),
    View(
        "watch/sustained/frozen.csv",
        "A stream at a steady rate",
        (
            "rate",
            "n_sent",
            "n_taken",
            "wall_s",
            "to_state_p50_s",
            "to_state_p99_s",
            "intake_us_an_exchange",
            "bare_us_an_exchange",
            "times_the_bare",
            "intake_mib",
            "looking_mib",
            "n_looks",
            "look_mean_s",
            "campaigns",
            "opened_after_worst_s",
            "accounts",
            "log_bytes_an_exchange",
        ),
        of("kind", "total"),
    ),
    View(
        "watch/sustained/frozen.csv",
        "As it goes",
        (
            "wall_s",
            "n_taken",
            "to_state_p99_s",
            "intake_cpu_s",
            "intake_mib",
            "looking_cpu_s",
            "looking_mib",
            "n_looks",
            "look_mean_s",
            "campaigns",
        ),
        of("kind", "time"),
    ),
    View(
        "detect/scale/frozen.csv",
        "What a search costs",
        (
            "world",
            "n_exchanges",
            "n_accounts",
            "gib",
            "cpu_s",
            "wall_s",
            "peak_mib",
            "cpu_us_an_exchange",
            "times_the_limit",
            "n_campaigns",
            "n_found",
            "recall_median",
            "precision",
            "n_accused",
        ),
        of("kind", "world"),
    ),
    View("detect/engines/frozen.csv", "Reading and linking by many machines"),
    View(
        "control/http/frozen.csv",
        "Loads",
        (
            "name",
            "connections",
            "n_decisions",
            "cpu_us_a_decision",
            "a_cpu_second",
            "a_second",
            "p50_ms",
            "p99_ms",
            "load_average",
        ),
        of("kind", "load"),
    ),
    View(
        "control/http/frozen.csv",
        "From found to enforced",
        ("name", "n_times", "median_s", "worst_s"),
        of("kind", "opening"),
    ),
    View("control/gateways/frozen.csv", "Ways"),
)
