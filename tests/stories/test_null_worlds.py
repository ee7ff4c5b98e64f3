"""Worlds without any campaign, with every benign twin: nothing may be reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("seed", [101, 102])
def test_where_nobody_harvests_nobody_is_accused(seed: int, played: Callable[..., Any]) -> None:
    told = played(seed=seed)
    assert told.result["campaigns"] == []
    assert told.score.accused.n_accused == 0


@pytest.mark.parametrize("seed", [101, 102])
def test_what_is_watched_says_why_it_is_no_campaign(seed: int, played: Callable[..., Any]) -> None:
    for cluster in played(seed=seed).result["watched"]:
        assert cluster["why_not"]
        assert cluster["n_accounts"] >= 5


def test_every_signal_could_look(played: Callable[..., Any]) -> None:
    # Answers are not kept in these worlds, so that echoes cannot be heard.
    blind = {entry["signal"] for entry in played(seed=101).result["not_looked"]}
    assert blind <= {"echo"}
