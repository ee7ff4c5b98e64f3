"""Made worlds that several stories are told about, searched once a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.traffic import build_traffic
from stillwatch.lab import Recipe, simulate
from stillwatch.lab.score import Score, score
from stillwatch.lab.twins import TWINS
from stillwatch.model.release import Release
from stillwatch.stats.sketches import Key

#: seconds between two looks; twice the default, to be quick.
CLOCK_S = 21_600


@dataclass(frozen=True)
class Told:
    """A world that was played, what was found in it, and how right that was."""

    result: dict[str, Any]
    score: Score
    n_benign: int

    def of(self, campaign: str) -> Any:
        """The score of one campaign, by the fixture's name or its beginning."""
        return next(c for c in self.score.campaigns if c.campaign.startswith(campaign))


def releases_of(given: dict[str, list[dict[str, str]]]) -> tuple[Release, ...]:
    """What a made world says of releases."""
    return tuple(
        Release(
            one["model"],
            int(datetime.fromisoformat(one["released_at"]).astimezone(UTC).timestamp() * 1e6),
        )
        for one in given["releases"]
    )


def play(
    *fixtures: str, seed: int, n_accounts: int = 1_500, days: int = 8, clock_s: int = CLOCK_S
) -> Told:
    """Play fixtures among all twins, and search."""
    recipe = Recipe(
        fixtures=fixtures, twins=tuple(TWINS), n_accounts=n_accounts, days=days, seed=seed
    )
    world = simulate(recipe, np.random.default_rng(seed))
    traffic = build_traffic(world.batches(), Key.of(b"stories"))
    settings = DetectSettings(clock_s=clock_s)
    found = to_result(search(traffic, world.accounts, releases_of(world.releases), settings))
    scored = score(found, world.truth, world.exchanges.select(["account", "sent_at"]))
    return Told(found, scored, world.truth["campaign"].null_count)


@pytest.fixture(scope="session")
def played() -> Callable[..., Told]:
    """Worlds by what is played in them; each is made and searched at most once."""
    known: dict[Any, Told] = {}

    def get(*fixtures: str, **given: int) -> Told:
        key = (fixtures, *sorted(given.items()))
        if key not in known:
            known[key] = play(*fixtures, **given)
        return known[key]

    return get
