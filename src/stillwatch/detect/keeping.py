"""Keeping: sorted traffic and its links on a shelf, and back, so that a run can go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stillwatch.detect.batches import LISTS
from stillwatch.detect.links import Links
from stillwatch.detect.lists import Lists
from stillwatch.detect.room import IN_MEMORY, Room, made
from stillwatch.detect.shelf import Array, Shelf
from stillwatch.detect.traffic import Traffic

_COLUMNS = ("sent_us", "account", "digest", "cell", "n_tokens", "flags", "turn", "status")
_TABLES = ("codes", "tokens")
_LINKS = ("kind", "key", "offsets", "node", "known_us", "until_us")


def keep_traffic(traffic: Traffic, shelf: Shelf) -> dict[str, Any]:
    """Put traffic on a shelf, but for its lists, which stand on their own.

    Returns:
        what stands on no shelf, fit for JSON.
    """
    for name in _COLUMNS:
        shelf.put(name, getattr(traffic, name))
    for table in _TABLES:
        for name, values in getattr(traffic, table).items():
            shelf.put(f"{table} {name}", values)
    place = traffic.lists[LISTS[0]].place
    shelf.put("place", np.zeros(0, np.int32) if place is None else place)
    return {
        "accounts": traffic.accounts,
        "names": traffic.names,
        "since_us": traffic.since_us,
        "examples": sorted(traffic.examples.items()),
        "n_duplicates": traffic.n_duplicates,
        **{table: sorted(getattr(traffic, table)) for table in _TABLES},
    }


def traffic_from(
    shelf: Shelf, said: Mapping[str, Any], lists: list[Shelf], room: Room = IN_MEMORY
) -> Traffic:
    """Traffic as :func:`keep_traffic` put it on a shelf.

    Args:
        shelf: where it stands.
        said: what was returned then.
        lists: shelves with the lists of its rows, in order; none where no links are to
            be made any more.
        room: where its columns are to stand.
    """

    def column(name: str) -> Array:
        n, kind = shelf.n_values(name, 0), shelf.part(name, 0, 0, 0).dtype
        return made(room, n, kind, lambda block: shelf.part(name, 0, block.start, block.stop))

    held: dict[str, Any] = {name: column(name) for name in _COLUMNS}
    for table in _TABLES:
        held[table] = {name: column(f"{table} {name}") for name in said[table]}
    place = column("place") if lists else None
    return Traffic(
        accounts=said["accounts"],
        names=said["names"],
        since_us=said["since_us"],
        examples={account: list(texts) for account, texts in said["examples"]},
        n_duplicates=said["n_duplicates"],
        lists={kind: Lists(kind, lists, place) for kind in LISTS},
        room=room,
        **held,
    )


def keep_links(links: Links, shelf: Shelf) -> None:
    """Put links on a shelf."""
    for name in _LINKS:
        shelf.put(name, getattr(links, name))


def links_from(shelf: Shelf) -> Links:
    """Links as :func:`keep_links` put them on a shelf."""
    return Links(**{name: shelf.part(name, 0) for name in _LINKS})
