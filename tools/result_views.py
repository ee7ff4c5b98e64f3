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
_MATCH = (
    "name", "n_ours", "n_theirs", "n_shared", "ready_cpu_s", "ask_cpu_s", "answer_cpu_s", "cpu_s",
    "times_the_limit", "ready_wall_s", "ask_wall_s", "server_mib",
)  # fmt: skip
_POOLS = (
    "name", "accounts_shared", "key", "n", "n_looked", "shared_median", "decoys_mean", "n_called",
    "called_share", "low_95", "high_95", "tail_below_1e_6",
)  # fmt: skip
_GUESSES = ("name", "n_tried", "n_hashes", "n_broken", "a_cpu_second", "space", "whole_cpu_h")
_LIES = (
    "lie", "n_liars", "claim", "n", "ours_wrong", "ours_low_95", "ours_high_95", "signers_wrong",
    "sum_wrong",
)  # fmt: skip
_NOTES = (
    "n", "tell_cpu_ms_a_note", "take_cpu_ms_a_note", "take_wall_ms_a_note", "limit_cpu_ms_a_note",
    "times_the_limit",
)  # fmt: skip

VIEWS: tuple[View, ...] = (
    View(
        "attribute/redaction/frozen.csv",
        "Planted secrets",
        ("kind", "name", "n", "n_found", "recall", "low_95"),
        lambda row: row["by"] == "stillwatch" and row["kind"] != "ordinary",
    ),
    View(
        "attribute/redaction/frozen.csv",
        "Beside the detectors alone",
        ("by", "n", "recall", "low_95", "cpu_us_each"),
        of("kind", "recall by all"),
    ),
    View(
        "attribute/redaction/frozen.csv",
        "Ordinary text",
        ("name", "n", "n_hit", "share_of_bytes", "secrets", "personal"),
        of("kind", "ordinary"),
    ),
    View(
        "attribute/hypotheses/frozen.csv",
        "Scores of the shares",
        ("name", "n_groups", "log_score_bits", "brier"),
        of("kind", "score"),
    ),
    View(
        "attribute/hypotheses/frozen.csv",
        "By true story",
        (
            "kind",
            "name",
            "n_groups",
            "right",
            "low_95",
            "high_95",
            "crossed",
            "charged",
            "taken_for",
        ),
        of("kind", "story", "reported campaign", "innocent"),
    ),
    View(
        "attribute/hypotheses/frozen.csv",
        "Is it right as often as it says?",
        ("kind", "name", "n_groups", "said", "right", "of_guilty", "of_innocent", "band"),
        of("kind", "reliability", "word"),
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
        "screen/names/frozen.csv",
        "Labelled pairs",
        (
            "name",
            "n",
            "recall_at_p90",
            "precision_there",
            "precision_at_r98",
            "cpu_us_a_pair",
        ),
        of("kind", "labelled pairs"),
    ),
    View(
        "screen/names/frozen.csv",
        "Across scripts",
        (
            "name",
            "n",
            "recall_at_p90",
            "precision_at_r98",
            "share_looked_at",
            "share_agreeing",
            "share_of_others_agreeing",
        ),
        of("kind", "across scripts"),
    ),
    View(
        "screen/names/frozen.csv",
        "False hits on made names, by group",
        ("name", "n", "n_hits", "share", "low_95", "high_95"),
        of("kind", "false hits", "disparity"),
    ),
    View("screen/ownership/frozen.csv", "Whom the rules reach"),
    View("screen/throughput/frozen.csv", "Customers screened"),
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
    View("share/bulletins/frozen.csv", "Steps"),
    View(
        "share/echoes/frozen.csv",
        "Rules",
        (
            "scenario",
            "rule",
            "loss_bits",
            "sure_of_campaigns",
            "wrong_of_sure",
            "wrong_of_sure_upper_95",
        ),
        lambda row: not row["rule"].startswith("most"),
    ),
    View(
        "share/hostile/frozen.csv",
        "Cases",
        ("case", "mb", "cpu_s", "peak_mib", "json_cpu_s", "json_says", "kept_good", "first_reason"),
    ),
    View("share/matching/frozen.csv", "A match of two providers", _MATCH, of("kind", "match")),
    View("share/matching/frozen.csv", "One pool or two", _POOLS, of("kind", "pool")),
    View("share/matching/frozen.csv", "Salted hashes, guessed", _GUESSES, of("kind", "guess")),
    View("ally/quorum/frozen.csv", "Wrong outcomes, by lie and count", _LIES, of("kind", "case")),
    View("ally/quorum/frozen.csv", "What a note costs", _NOTES, of("kind", "cost")),
    View(
        "share/taxii/frozen.csv",
        "In and out",
        (
            "server",
            "n",
            "n_paged",
            "in_objects_s",
            "in_cpu_us",
            "in_times_ours",
            "out_objects_s",
            "out_cpu_us",
            "out_times_ours",
            "could_not",
        ),
    ),
    View(
        "share/taxii/frozen.csv",
        "Fifty clients at once, and from push to match-in",
        (
            "server",
            "n",
            "crowd_requests_s",
            "crowd_cpu_ms",
            "crowd_times_ours",
            "crowd_p50_ms",
            "crowd_p99_ms",
            "crowd_failed",
            "reach_s_median",
            "reach_s_worst",
        ),
        not_of("server", "limit: read and join"),
    ),
)
