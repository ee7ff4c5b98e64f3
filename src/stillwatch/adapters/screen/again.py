"""Again: customers screened against what a new snapshot added or changed, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stillwatch.adapters.screen.clearing import read
from stillwatch.adapters.screen.customers import BLOCK_ROWS, blocks
from stillwatch.adapters.screen.gathering import Gathered
from stillwatch.adapters.screen.running import COULD_NOT_LOOK, Job, lists_left_alone, screen_rows
from stillwatch.adapters.screen.settings import ScreenSection
from stillwatch.adapters.screen.shipped import load_regimes, load_scorer
from stillwatch.adapters.screen.snapshots import Snapshots
from stillwatch.screen.answering import Advice, RestsOn
from stillwatch.screen.changes import Changes
from stillwatch.screen.clearances import in_force
from stillwatch.screen.drawers import drawers
from stillwatch.screen.index import build
from stillwatch.screen.listing import Listing
from stillwatch.screen.matches import Lists, core, filed
from stillwatch.screen.spelling import spell_out


def screen_again(
    settings: ScreenSection, fresh: Sequence[Changes], customers: Path, day: str
) -> list[dict[str, Any]]:
    """Lines of customers whom an added or changed entry concerns, or who could not be looked at.

    Args:
        settings: of screening.
        fresh: what changed.
        customers: file of customers.
        day: ISO day.

    Raises:
        BadInput: the customers cannot be read.
    """
    listings = [
        one for found in fresh for one in (*found.added, *(new for _, new in found.changed))
    ]
    if not listings:
        return []
    regimes = load_regimes(settings.regimes)
    snapshots, _ = Snapshots(settings.folder).on(day)
    rests_on = RestsOn(
        snapshots={one.name: one.id for one in snapshots}, regimes=regimes.digest,
        scorer=load_scorer().digest, as_known_on=regimes.as_known_on,
    )  # fmt: skip
    held = in_force(read(settings.folder), time.time_ns() // 1_000)
    job = Job(Gathered(lists_of(listings), rests_on, ()), regimes, day, held)
    found = []
    with lists_left_alone():
        for number, rows in blocks(customers):
            found += [
                line for line in screen_rows(job, rows, number * BLOCK_ROWS + 1)
                if line["advice"] in (Advice.REVIEW, Advice.ASK, COULD_NOT_LOOK)
            ]  # fmt: skip
    return found


def lists_of(listings: Sequence[Listing]) -> Lists:
    """A few entries, ready to be asked; their index is made here and not kept."""
    filed_under, cores = [], []
    for name, at in filed(listings):
        one = spell_out(name, listings[at].kind)
        filed_under.append([] if one is None else drawers(one))
        cores.append(core(one))
    return Lists(listings, load_scorer(), build(filed_under), cores)
