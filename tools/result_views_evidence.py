"""Which parts of the frozen tables of evidence, sharing and oversight are shown in RESULTS.md."""

from __future__ import annotations

from result_view import View, not_of, of

_MATCH = (
    "name", "n_ours", "n_theirs", "n_shared", "ready_cpu_s", "ask_cpu_s", "answer_cpu_s", "cpu_s",
    "times_the_limit", "ready_wall_s", "ask_wall_s", "server_mib",
)  # fmt: skip
_POOLS = (
    "name", "accounts_shared", "key", "n", "n_looked", "shared_median", "decoys_mean", "n_called",
    "called_share", "low_95", "high_95", "tail_below_1e_6",
)  # fmt: skip
_FILES = (
    "kind", "by", "version", "n", "called_malicious", "share", "low_95", "high_95",
    "unknown_import", "not_examined", "called_clean", "cpu_ms_a_file",
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

_STUDENTS = (
    "name", "innocent", "right", "low_95", "high_95", "teacher_right", "tokens_an_answer",
    "n_accounts", "n_answered", "usable_tokens", "n_elsewhere", "cpu_s",
)  # fmt: skip
_FOUND = (
    "name", "innocent", "p_canaries_text", "p_canaries_open", "p_pairs_text", "p_pairs_open",
    "p_marks_text", "p_marks_open", "p_naive", "p_holm", "verdict", "hits", "win_share",
)  # fmt: skip
_ALARMS = ("name", "n_keys", "level", "n", "share", "low_95", "high_95")

VIEWS: tuple[View, ...] = (
    View(
        "lab/distil/frozen.csv",
        "What a student learns, and what it costs",
        _STUDENTS,
        of("kind", "student"),
    ),
    View("lab/distil/frozen.csv", "Which test finds it", _FOUND, of("kind", "student")),
    View("lab/distil/frozen.csv", "False alarms on the innocent", _ALARMS, of("kind", "alarms")),
    View("lab/distil/students.csv", "Students by dose"),
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
    View("vet/files/frozen.csv", "Who finds what", _FILES, of("kind", "hostile", "honest")),
    View(
        "vet/files/frozen.csv",
        "What our list of imports says of names that others list as bad",
        ("by", "n", "called_malicious", "share", "low_95", "unknown_import", "called_clean"),
        of("kind", "names listed as bad"),
    ),
    View("screen/ownership/frozen.csv", "Whom the rules reach"),
    View("screen/throughput/frozen.csv", "Customers screened"),
    View("screen/throughput/million.csv", "A million in one run"),
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
        "vet/review/frozen.csv",
        "Changed bits of a signed report",
        ("name", "n", "n_found", "peer_found", "missed_high_95"),
        of("kind", "change"),
    ),
    View("vet/review/frozen.csv", "What it costs", ("name", "cpu_s"), of("kind", "cost")),
    View(
        "vet/review/frozen.csv",
        "A model read whole",
        ("name", "mib", "cpu_s", "times_sha256sum"),
        of("kind", "hash"),
    ),
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
    View(
        "impact/calibration/frozen.csv",
        "Does the interval hold unseen worlds?",
        ("name", "by", "n", "coverage", "low_95", "high_95", "width_median", "says_nothing_share"),
    ),
    View(
        "impact/lag/frozen.csv",
        "One model, suite by suite",
        ("name", "by", "n", "months", "low_95", "high_95", "at_least_share"),
        of("kind", "suite"),
    ),
    View(
        "impact/lag/frozen.csv",
        "Published abilities, from published accuracies",
        ("name", "by", "points", "published_points", "same_order"),
        of("kind", "ordering"),
    ),
    View(
        "impact/lag/frozen.csv",
        "Made tables whose lag is known",
        ("name", "by", "n", "bias_months", "error_months", "coverage", "low_95", "high_95"),
        of("kind", "known"),
    ),
)
