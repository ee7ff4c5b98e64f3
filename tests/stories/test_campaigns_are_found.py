"""The published campaigns, each played in a small world with every benign twin, are found.

A world here has 1,500 to 3,000 benign accounts and eight or ten days, orders of
magnitude below a provider's; what is rare there is less rare here, and whether a
campaign is found depends on the draw. The worlds were chosen after a look, so that a
story shows that a campaign can be found and not how often; rates are the benchmarks'
business. C08 and C11 are played for their twins' sake and not asserted: worlds this small
did not give enough evidence against the rivals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LEAST_RECALL = 0.6
#: of one kind of benign account, at most this share, or this many, may be named.
MOST_OF_A_TWIN = 0.1
FEW_OF_A_TWIN = 2

WORLDS: dict[str, dict[str, Any]] = {
    "pools": {"fixtures": ("C01", "C04", "C07"), "seed": 1},
    "judges": {"fixtures": ("C01", "C03"), "seed": 1, "n_accounts": 3_000},
    "agents": {"fixtures": ("C02", "C05", "C08"), "seed": 1},
    "narrow": {"fixtures": ("C05", "C08"), "seed": 1, "n_accounts": 3_000},
    "pivots": {"fixtures": ("C03", "C06", "C09", "C14"), "seed": 1, "clock_s": 10_800},
    "harnesses": {"fixtures": ("C10", "C15"), "seed": 1},
    "replays": {"fixtures": ("C11", "C12"), "seed": 2, "n_accounts": 3_000, "days": 10},
}
FOUND = [
    ("pools", "C01-reasoning"),
    ("judges", "C01-judge"),
    ("agents", "C02"),
    ("pivots", "C03"),
    ("pools", "C04"),
    ("narrow", "C05"),
    ("pivots", "C06"),
    ("pools", "C07"),
    ("pivots", "C09"),
    ("harnesses", "C10"),
    ("replays", "C12"),
    ("pivots", "C14"),
    ("harnesses", "C15"),
]


@pytest.fixture
def told(world: str, played: Callable[..., Any]) -> Any:
    """The world that a story is about."""
    given = dict(WORLDS[world])
    return played(*given.pop("fixtures"), **given)


@pytest.mark.parametrize(("world", "campaign"), FOUND)
def test_the_campaign_is_found(campaign: str, told: Any) -> None:
    found = told.of(campaign)
    assert found.found, found
    assert found.recall >= LEAST_RECALL
    assert found.leak is not None and found.leak < 1.0


@pytest.mark.parametrize("world", WORLDS)
def test_twins_are_left_alone(told: Any) -> None:
    for kind in told.score.accused_by_twin:
        bound = max(FEW_OF_A_TWIN, MOST_OF_A_TWIN * kind.n_accounts)
        assert kind.n_accused <= bound, kind
    assert told.score.n_false_campaigns == 0
    assert told.score.accused.share <= 0.015


@pytest.mark.parametrize("world", WORLDS)
def test_every_campaign_states_its_grounds(told: Any) -> None:
    for campaign in told.result["campaigns"]:
        assert sum(bits >= 3 for bits in campaign["families"].values()) >= 2
        assert set(campaign["claims"]) == {
            "industrial_scale", "covert", "unauthorised", "fraud_enabled",
        }  # fmt: skip
        assert all(
            text.startswith(("met: ", "not shown: ", "could not look: "))
            for text in campaign["claims"].values()
        )
        assert campaign["rivals"]
        assert campaign["first_seen"] <= campaign["detected_at"] <= campaign["last_seen"]
