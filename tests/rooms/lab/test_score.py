"""The scoreboard counts what its definitions say."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.lab import score
from stillwatch.lab.score import upper_bound
from stillwatch.model.errors import BadInput

TRUTH = pa.table(
    {
        "account": [f"g{i}" for i in range(10)] + [f"h{i}" for i in range(4)] + ["b0", "b1", "b2"],
        "campaign": ["C08"] * 10 + ["C14"] * 4 + [None] * 3,
        "twin": [None] * 14 + ["SWS-2", "SWS-2", None],
    },
    schema=pa.schema([("account", pa.string()), ("campaign", pa.string()), ("twin", pa.string())]),
)
HOUR = 3_600_000_000
EXCHANGES = pa.table(
    {
        "account": pa.array([f"g{i % 10}" for i in range(20)] + ["b0"]),
        "sent_at": pa.array([i * HOUR for i in range(20)] + [0], pa.timestamp("us", tz="UTC")),
    }
)


def report(*groups: list[str], when: str = "1970-01-01T05:00:00Z") -> dict[str, object]:
    return {
        "campaigns": [
            {"id": f"campaign:{i}", "detected_at": when, "accounts": [{"account": a} for a in g]}
            for i, g in enumerate(groups)
        ]
    }


def test_half_of_the_accounts_and_nine_tenths_own_is_found() -> None:
    result = score(report([f"g{i}" for i in range(5)]), TRUTH, EXCHANGES)
    first, second = result.campaigns
    assert (first.campaign, first.found, first.recall, first.precision) == ("C08", True, 0.5, 1.0)
    assert (first.n_leaked, first.leak, first.hours_to_detect) == (5, 0.25, 5.0)
    assert (second.found, second.recall, second.precision, second.report) == (
        False,
        0.0,
        None,
        None,
    )
    assert result.found_share == 0.5


def test_fewer_accounts_or_too_many_strangers_is_not_found() -> None:
    few = score(report([f"g{i}" for i in range(4)]), TRUTH, EXCHANGES)
    assert not few.campaigns[0].found
    assert few.campaigns[0].leak == 1.0
    mixed = score(report([f"g{i}" for i in range(10)] + ["b0", "b1"]), TRUTH)
    assert not mixed.campaigns[0].found
    assert mixed.campaigns[0].precision == pytest.approx(10 / 12)


def test_two_halves_in_two_reports_are_not_one_finding() -> None:
    result = score(report(["g0", "g1", "g2", "g3"], ["g4", "g5", "g6", "g7"]), TRUTH)
    assert not result.campaigns[0].found
    assert result.campaigns[0].recall == 0.8


def test_the_accused_are_counted_by_twin_with_bounds() -> None:
    result = score(report([f"g{i}" for i in range(10)], ["b0"]), TRUTH)
    assert (result.accused.n_accused, result.accused.n_accounts) == (1, 3)
    kinds = {a.kind: a.n_accused for a in result.accused_by_twin}
    assert kinds == {"SWS-2": 1, "ordinary": 0}
    assert result.n_false_campaigns == 1
    assert result.precision == pytest.approx(10 / 11)


def test_without_exchanges_the_leak_is_not_looked_at() -> None:
    result = score(report([f"g{i}" for i in range(10)]), TRUTH)
    assert result.campaigns[0].leak is None
    assert not result.looked_at_exchanges


def test_nothing_reported() -> None:
    result = score({"campaigns": []}, TRUTH, EXCHANGES)
    assert result.precision is None
    assert result.found_share == 0.0
    assert result.to_json()["schema"] == "stillwatch.score/1"


def test_watched_never_counts() -> None:
    watched = {"campaigns": [], "watched": [{"id": "cluster:1", "accounts": ["g0", "b0"]}]}
    assert score(watched, TRUTH).n_reported_accounts == 0


def test_what_cannot_be_scored_says_why() -> None:
    with pytest.raises(BadInput, match="campaigns"):
        score({}, TRUTH)
    with pytest.raises(BadInput, match="twin"):
        score({"campaigns": []}, TRUTH.drop_columns(["twin"]))


def test_rule_of_three() -> None:
    assert upper_bound(0, 30_000) == pytest.approx(3 / 30_000, rel=0.01)
    assert upper_bound(0, 0) == 1.0


@given(st.integers(1, 4_000), st.data())
def test_upper_bound_is_above_the_share_and_grows_with_hits(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    assert k / n < upper_bound(k, n) <= upper_bound(k + 1, n) <= 1.0
