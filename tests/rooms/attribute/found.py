"""A real search of a small made world, for cases to be opened on."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from stillwatch.adapters.ingest import ingest, read_key
from stillwatch.detect.links import build_links
from stillwatch.detect.population import build_population
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settling import Outcome
from stillwatch.lab import Recipe, simulate
from stillwatch.model.release import Release


@cache
def outcome() -> Outcome:
    """What a search finds in a week with a harvest, a rerouting and their look-alikes."""
    recipe = Recipe(
        n_accounts=400, fixtures=("C01", "C09"), twins=("SWS-2", "SWS-3"), days=6, seed=3
    )
    world = simulate(recipe, np.random.default_rng(3))
    traffic = ingest(world.batches(), read_key(None))
    links = build_links(traffic, build_population(traffic, world.accounts))
    releases = tuple(
        Release(r["model"], round(datetime.fromisoformat(r["released_at"]).timestamp() * 1e6))
        for r in world.releases["releases"]
    )
    return search(traffic.linked(), world.accounts, releases, links=links)


@cache
def result() -> dict[str, Any]:
    """What ``detect`` tells of it."""
    return to_result(outcome(), pictures=True)
