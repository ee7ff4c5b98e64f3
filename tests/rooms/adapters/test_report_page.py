"""What the page says, and that it says it the same way each time."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from stillwatch.adapters.report import render_html
from stillwatch.adapters.report.charts.hours import moved_share, shade, shares
from stillwatch.adapters.report.charts.series import read_buckets, series_chart
from stillwatch.adapters.report.html import family_bars
from stillwatch.adapters.report.reading import Campaign, read_claim, read_families
from tests.rooms.adapters.sample_result import empty_result, sample_result


def plain(page: str) -> str:
    """The words of a page."""
    body = page.partition("<body>")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", body)))


def test_same_dict_gives_same_bytes() -> None:
    assert render_html(sample_result()) == render_html(sample_result())


def test_headline_says_how_many_how_much_and_how_sure() -> None:
    result = sample_result((12,))
    result["campaigns"][0].update(
        n_exchanges=8_120, output_tokens=2_000_000, reasoning_tokens=1_400_000, weight_bits=20.0,
        fdr=0.01, first_seen="2026-05-04T00:00:00Z", last_seen="2026-06-01T12:00:00Z",
    )  # fmt: skip
    words = plain(render_html(result))
    assert (
        "12 accounts sent 8,120 exchanges and drew 3.4 million tokens of answers and reasoning, "
        "from 4 May 2026 to 1 Jun 2026."
    ) in words
    assert "by about 1 million (20.0 bits; each bit doubles the odds)" in words
    assert "expected share of false campaigns of 1.0%" in words


def test_nothing_found_says_what_was_looked_at_and_what_was_not() -> None:
    words = plain(render_html(empty_result()))
    assert "No campaign found" in words
    assert "14.8 million exchanges of 212,604 accounts" in words
    assert "None found is not the same as none there" in words
    assert "column device is absent" in words


def test_an_empty_dict_is_a_page_and_not_an_error() -> None:
    words = plain(render_html({}))
    assert "No campaign found" in words
    assert "Every signal could look." in words


@pytest.mark.parametrize(
    "odd", [None, 7, "text", [], [None, 3, "x"], {"a": []}, float("nan"), True]
)
def test_odd_fields_never_break_the_page(odd: Any) -> None:
    whole = sample_result((3,))
    campaign = whole["campaigns"][0]
    for key in campaign:
        page = render_html({**whole, "campaigns": [{**campaign, key: odd}]})
        assert "Four claims" in page
    for key in campaign["pictures"]:
        pictures = {**campaign["pictures"], key: odd}
        page = render_html({**whole, "campaigns": [{**campaign, "pictures": pictures}]})
        assert "Four claims" in page
    for key in whole:
        assert "How to read this" in render_html({**whole, "campaigns": [], key: odd})


def test_first_fifty_accounts_stand_open_and_the_rest_is_folded() -> None:
    page = render_html(sample_result((120,)))
    opened, _, folded = page.partition("Show the other 70 accounts")
    accounts = [row["account"] for row in sample_result((120,))["campaigns"][0]["accounts"]]
    tables = [part[part.index("<tbody>") :] for part in page.split('class="members"')[1:3]]
    assert all(account in tables[0] for account in accounts[:50])
    assert all(account in tables[1] for account in accounts[50:])
    assert opened
    assert folded


@pytest.mark.parametrize(
    ("given", "met"),
    [
        ({"met": True, "why": "w"}, True),
        ({"met": False, "why": "w"}, False),
        ({"met": None, "why": "w"}, None),
        ({"met": "yes"}, None),
        ("met: 12 accounts", True),
        ("Not met: openly named", False),
        ("could not look", None),
        ("method unknown", None),
        ("nobody knows", None),
        ("not known", None),
        (None, None),
        (True, True),
    ],
)
def test_claims_are_read_from_both_forms(given: object, met: bool | None) -> None:
    assert read_claim("Covert", "?", given).met is met


def test_a_family_shows_its_strongest_for_and_its_strongest_against() -> None:
    families = read_families(
        {
            "families": {"timing": 5.9, "content": 14.2},
            "signals": [
                {"family": "timing", "bits": 9.1},
                {"family": "timing", "bits": 4.0},
                {"family": "timing", "bits": -3.2},
            ],
        }
    )
    assert [(f.name, f.pro_bits, f.con_bits) for f in families] == [
        ("content", 14.2, 0.0),
        ("timing", 9.1, -3.2),
    ]
    bars = family_bars(families)
    content, timing = bars
    assert content.pro / timing.pro == pytest.approx(14.2 / 9.1, rel=1e-3)
    assert timing.pro / timing.con == pytest.approx(9.1 / 3.2, rel=1e-3)
    assert all(bar.zero + bar.pro <= 100.01 and bar.con <= bar.zero + 0.01 for bar in bars)


def test_long_series_are_merged_without_losing_a_count() -> None:
    n = 10_007
    given = {"start": "2026-01-01T00:00:00Z", "step_s": 60, "active": [3] * n, "new": [1] * n,
             "blocked": [0] * n, "exchanges": list(range(n))}  # fmt: skip
    buckets = read_buckets(given)
    assert buckets.n <= 180
    assert sum(buckets.new) == n
    assert sum(buckets.exchanges) == n * (n - 1) / 2
    assert max(buckets.active) == 3


def test_share_sent_before_detection_is_stated() -> None:
    given = {"start": "2026-01-01T00:00:00Z", "step_s": 3600, "active": [1] * 10,
             "exchanges": [100] * 10}  # fmt: skip
    assert "About 25% of the exchanges" in series_chart(given, "2026-01-01T02:30:00Z")
    assert "not in this picture" in series_chart(given, "2027-01-01T00:00:00Z")


def test_hour_strips_share_one_scale_and_their_distance_is_right() -> None:
    one, other = shares([1.0] + [0.0] * 167), shares([0.0] * 167 + [5.0])
    assert moved_share(one, other) == pytest.approx(1.0)
    assert moved_share(one, one) == 0.0
    assert shade(0.0, 0.1) == 0
    assert shade(0.1, 0.1) == 8
    assert shade(1e-9, 0.1) == 1


def test_a_rival_that_fits_better_is_said_plainly() -> None:
    result = sample_result((12,))
    result["campaigns"][0]["rivals"] = [{"hypothesis": "popular harness", "bits": 2.0, "why": "w"}]
    assert "look at this first" in plain(render_html(result))


def test_signals_and_rivals_come_strongest_first() -> None:
    campaign = Campaign(
        {
            "signals": [{"bits": 1}, {"bits": -9}, {"bits": None}, {"bits": 4}],
            "rivals": [{"bits": -20}, {"bits": -3}],
        }
    )
    assert [row["bits"] for row in campaign.signals] == [-9, 4, 1, None]
    assert [row["bits"] for row in campaign.rivals] == [-3, -20]


@pytest.mark.parametrize(
    "number", [1e308, -1e308, 10**400, 5e-324, -1, float("inf"), float("-inf")]
)
def test_odd_numbers_never_break_the_page_or_fill_it(number: float) -> None:
    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(item) for key, item in value.items()}
        if isinstance(value, list):
            return [put(item) for item in value]
        return number if isinstance(value, int | float) and not isinstance(value, bool) else value

    result = sample_result((6,))
    page = render_html({**put(result), "settings": {}})
    assert "Four claims" in page
    assert not re.search(r"\d{40}|nan|[^a-z]inf[^a-z]", plain(page))
