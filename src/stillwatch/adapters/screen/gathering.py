"""Gathering: the lists of a day, ready to be asked, their index kept beside them."""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from stillwatch.adapters.screen.shipped import load_scorer
from stillwatch.adapters.screen.snapshots import Snapshot, Snapshots
from stillwatch.screen.answering import RestsOn
from stillwatch.screen.drawers import drawers
from stillwatch.screen.index import Index, build
from stillwatch.screen.listing import Listing
from stillwatch.screen.matches import Lists, core, filed
from stillwatch.screen.regimes import Regimes
from stillwatch.screen.spelling import spell_out

#: changes whenever names are filed in another way.
LAYOUT = 3
_ARRAYS = ("keys", "key_starts", "key_words", "key_sizes", "word_starts", "word_names")
#: indexes kept; older ones are made anew when they are asked for.
_KEPT = 6


@dataclass(frozen=True, slots=True)
class Gathered:
    """Lists of a day, what they were made from, and what is to be said about them."""

    lists: Lists
    rests_on: RestsOn
    caveats: tuple[str, ...]


def gather(
    folder: Path,
    regimes: Regimes,
    *,
    day: str = "",
    ids: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Gathered:
    """Lists as they stood on a day, or those of named snapshots.

    Args:
        folder: of the snapshots.
        regimes: the rules, for what the answer rests on.
        day: ISO day.
        ids: snapshots instead of a day.
        progress: called with names filed and their number, where an index is made.

    Raises:
        OutsideFailed: there are no lists, or they cannot be read.
        BadInput: a snapshot was changed.
    """
    snapshots = Snapshots(folder)
    chosen, said = (snapshots.by_ids(ids), []) if ids else snapshots.on(day)
    listings = merged([(one, snapshots.listings(one)) for one in chosen])
    scorer = load_scorer()
    index, cores = _indexed(folder / "index", chosen, listings, progress)
    rests_on = RestsOn(
        snapshots={one.name: one.id for one in chosen},
        regimes=regimes.digest,
        scorer=scorer.digest,
        as_known_on=regimes.as_known_on,
    )
    return Gathered(Lists(listings, scorer, index, cores), rests_on, tuple(said))


def merged(parts: Sequence[tuple[Snapshot, list[Listing]]]) -> list[Listing]:
    """Entries of several publications, each once: a list's own file wins over a collection."""
    found: dict[str, tuple[bool, Listing]] = {}
    for snapshot, listings in sorted(parts, key=lambda part: part[0].name):
        for one in listings:
            own = snapshot.name == one.list_name
            if one.ref not in found or (own and not found[one.ref][0]):
                found[one.ref] = (own, one)
    return [one for _, (_, one) in sorted(found.items())]


def _indexed(
    folder: Path, chosen: Sequence[Snapshot], listings: Sequence[Listing],
    progress: Callable[[int, int], None] | None,
) -> tuple[Index, list[str]]:  # fmt: skip
    told = "|".join(
        [str(LAYOUT), version("rigour"), *sorted(f"{one.name}={one.content}" for one in chosen)]
    )
    place = folder / hashlib.sha256(told.encode()).hexdigest()[:24]
    with suppress(OSError, ValueError, EOFError):
        return _loaded(place)
    names = filed(listings)
    filed_under, cores = [], []
    for number, (name, at) in enumerate(names):
        one = spell_out(name, listings[at].kind)
        filed_under.append([] if one is None else drawers(one))
        cores.append(core(one))
        if progress is not None and number % 2_000 == 0:
            progress(number, len(names))
    index = build(filed_under)
    with suppress(OSError):
        # The index can be made anew: a full disk only makes the next run slower.
        _kept(place, index, cores)
    return index, cores


def _loaded(place: Path) -> tuple[Index, list[str]]:
    arrays = {
        name: np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS
    }
    text = gzip.decompress((place / "cores.gz").read_bytes()).decode("utf-8")
    cores = text.split("\n")[:-1]
    return Index(**arrays, n_names=len(cores)), cores


def _kept(place: Path, index: Index, cores: Sequence[str]) -> None:
    half = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    half.mkdir(parents=True, mode=0o700)
    try:
        for name in _ARRAYS:
            np.save(half / f"{name}.npy", getattr(index, name), allow_pickle=False)
        text = "".join(f"{name}\n" for name in cores)
        (half / "cores.gz").write_bytes(gzip.compress(text.encode(), 1, mtime=0))
        # Another process that made the same one first has done the work.
        with suppress(OSError):
            os.rename(half, place)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    others = sorted(
        (one for one in place.parent.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime
    )
    for old in others[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
