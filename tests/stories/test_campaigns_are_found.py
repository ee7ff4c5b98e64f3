"""The published campaigns, each played in a small world with every benign twin, are found.

A world here has 1,500 benign accounts and eight days, four orders of magnitude below a
provider's; what is rare there is less rare here. Two fixtures need more room or cannot
be had at this size, and this is what is asserted of them:

- C12 (stored sessions, replayed slowly) is played among 3,000 accounts over ten days.
- C11 has twelve accounts, as few as a household or a small team; that rival is not
  excluded for it in a world of this size, and so it is not asserted to be found. That
  nobody else is named in its place is.
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
    "agents": {"fixtures": ("C02", "C05", "C08"), "seed": 1},
    "pivots": {"fixtures": ("C03", "C06", "C09", "C14"), "seed": 1},
    "harnesses": {"fixtures": ("C10", "C15"), "seed": 1},
    "replays": {"fixtures": ("C11", "C12"), "seed": 2, "n_accounts": 3_000, "days": 10},
}
FOUND = [
    (world, name)
    for world, given in WORLDS.items()
    for fixture in given["fixtures"]
    if fixture != "C11"
    for name in (("C01-reasoning", "C01-judge") if fixture == "C01" else (fixture,))
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
