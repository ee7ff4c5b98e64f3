"""The terminal table and ``explain``: what is said, at each width and for each name."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from stillwatch.adapters.report import render_explain, render_terminal
from stillwatch.model.errors import BadInput
from tests.rooms.adapters.sample_result import empty_result, sample_result

RESULT = sample_result()


def table(result: dict[str, Any], width: int = 120) -> str:
    out = io.StringIO()
    render_terminal(result, Console(file=out, width=width))
    return out.getvalue()


def explained(target: str, width: int = 100, result: dict[str, Any] | None = None) -> str:
    out = io.StringIO()
    render_explain(result or RESULT, target, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_width_names_each_campaign_its_claims_and_the_next_step(width: int) -> None:
    shown = table(RESULT, width)
    assert max(len(line) for line in shown.splitlines()) <= width
    for campaign in RESULT["campaigns"]:
        assert campaign["id"] in shown
    assert shown.count("Industrial scale") == 3
    assert "stillwatch explain" in shown
    flat = " ".join(shown.split())
    assert "4 groups of 328 accounts" in flat
    assert "Could not look: shared_device, column device is absent" in flat


def test_nothing_found_is_said_with_what_was_looked_at() -> None:
    shown = table(empty_result())
    assert shown.startswith("No campaign found in 14.8 million exchanges of 212,604 accounts")
    assert "explain" not in shown


def test_ascii_terminals_get_ascii_alone() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = Console(file=stream, width=120)
    render_terminal(RESULT, console)
    render_explain(RESULT, RESULT["campaigns"][0]["id"], console)
    stream.flush()
    assert b"y Industrial scale" in raw.getvalue()


def test_explain_of_a_campaign_holds_every_part_of_the_report() -> None:
    flat = " ".join(explained(RESULT["campaigns"][0]["id"]).split())
    for part in ("Four claims", "Weight by family", "Over time", "Hours of the week",
                 "Prompt templates", "Signals", "Innocent explanations", "Accounts: 500",
                 "What was not looked at"):  # fmt: skip
        assert part in flat
    assert "9.1 for, 3.2 against" in flat
    assert "higher than 99.99% of benign groups" in flat
    assert "popular harness \u221220.3 bits: fits worse than coordination" in flat


@pytest.mark.parametrize("cut", [slice(0, 14), slice(9, 15)])
def test_the_start_of_an_id_is_enough(cut: slice) -> None:
    name = RESULT["campaigns"][1]["id"]
    assert explained(name[cut]).startswith(name)


def test_an_account_is_explained_by_its_group() -> None:
    row = RESULT["campaigns"][1]["accounts"][3]
    shown = explained(row["account"])
    assert "never judged alone" in shown
    assert RESULT["campaigns"][1]["id"] in shown
    assert "13.0 bits link it to 11 other accounts" in shown
    assert "Its links:" in shown


def test_an_account_of_a_watched_group_is_explained_too() -> None:
    group = RESULT["watched"][0]
    shown = explained(group["accounts"][5])
    assert group["id"] in shown
    assert "one family only" in shown
    assert explained(group["id"]).splitlines()[1].startswith("Watched, not reported: 74 accounts")


def test_an_unknown_name_is_refused_with_the_closest_ones() -> None:
    account = RESULT["campaigns"][0]["accounts"][0]["account"]
    with pytest.raises(BadInput, match=account):
        explained(account[:-1] + "-")
    with pytest.raises(BadInput, match="Nothing in the result is close"):
        explained("\u4e00\u4e8c\u4e09")


def test_a_start_that_means_two_groups_is_refused_with_both() -> None:
    with pytest.raises(BadInput, match="start of 3 ids") as caught:
        explained("campaign:")
    assert all(campaign["id"] in str(caught.value) for campaign in RESULT["campaigns"])


def test_a_whole_id_wins_over_a_longer_one() -> None:
    result = sample_result((3, 3))
    result["campaigns"][0]["id"], result["campaigns"][1]["id"] = "campaign:ab", "campaign:abc"
    assert explained("campaign:ab", result=result).startswith("campaign:ab\n")


def test_explain_fits_its_width() -> None:
    shown = explained(RESULT["campaigns"][0]["id"], width=72)
    assert max(len(line) for line in shown.splitlines()) <= 72
