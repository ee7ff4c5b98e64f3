"""Work: what machines other than this one do for a search; each is a function of its arguments.

A part of the logs is read and sketched; what its rows say of accounts and moments goes to
whoever asked, its lists of hashes stay with the machines, cut by shares. Shares are counted
as one process counts them. What was found there is brought together by key, so that only
traits that two nodes share go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.adapters.engines.interface import Sealed, same_version, telling
from stillwatch.adapters.readers import Reject
from stillwatch.adapters.readers.reading import Choices, OpenFile, Reading
from stillwatch.adapters.resuming import fingerprint
from stillwatch.detect.apart import Renumbered, cuts, lists_within, without_lists
from stillwatch.detect.batches import LISTS
from stillwatch.detect.listed import Listed, Traits, echoes, replays, shared_only
from stillwatch.detect.lists import Lists, Piece
from stillwatch.detect.shelf import Memory
from stillwatch.detect.sights import by_group
from stillwatch.detect.traffic import TrafficBuilder
from stillwatch.detect.wordings import JOINED, Wordings, setting_aside, wordings_in
from stillwatch.model.errors import BadInput, OutsideFailed

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

#: what tells a file from another under the same path, wherever it is read.
SAME = ("n_bytes", "ends")


@dataclass(frozen=True, slots=True)
class ToRead:
    """An order to read a part of the logs.

    Attributes:
        version: of the one who asks.
        files: what to read.
        known: of each file, what tells it from another.
        strict, defaults: as ``open_exchanges`` has them.
        rejects: whether lines that are set aside are told one by one.
        key: of the sketches.
        hear: responses are kept somewhere in the logs.
        n_cuts: into how many parts lists are cut.
    """

    version: str
    files: list[OpenFile]
    known: list[Mapping[str, Any]]
    strict: bool
    defaults: Mapping[str, Any]
    rejects: bool
    key: Sealed
    hear: bool
    n_cuts: int


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of a part, but for its lists.

    Attributes:
        columns: what its rows say, in numbers of its own.
        learnt: what those numbers stand for.
        tally: counts of the reading.
        rejects: lines that were set aside.
        n_ends: ends of lines in it.
        totals: per kind of list ``(N_SHARES,)`` hashes in each share.
        cpu_s: seconds of processor that it took.
    """

    columns: Memory
    learnt: dict[str, Any]
    tally: dict[str, Any]
    rejects: list[dict[str, Any]]
    n_ends: int
    totals: dict[str, I64]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class ToCount:
    """An order to count shares.

    Attributes:
        version: of the one who asks.
        bases: of each part, the rows that come before it.
        shingles, replayed, echo: what to look at, of each kind.
        n_keys: into how many parts what is found is cut by key.
    """

    version: str
    bases: list[int]
    shingles: list[Piece]
    replayed: list[Piece]
    echo: list[Piece]
    n_keys: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What was found in shares, but for wordings.

    Attributes:
        replayed, echo: traits that two nodes share.
        later: ``(N_SHARES,)`` hashes of nodes with several accounts, left for later.
        cpu_s: seconds of processor that it took.
    """

    replayed: Traits
    echo: Traits
    later: I64
    cpu_s: float


def read_part(order: ToRead) -> tuple[Any, ...]:
    """Read and sketch a part of the logs.

    Returns:
        a :class:`Part`, whether a response is kept in it, and its lists cut by shares.
    """
    begun = time.process_time()
    with telling():
        same_version(order.version)
        pa.set_cpu_count(1)
        for one, known in zip(order.files, order.known, strict=True):
            _see_the_same(one, known)
        rejects: list[dict[str, Any]] = []

        def on_reject(reject: Reject) -> None:
            rejects.append(asdict(reject))

        choices = Choices(order.strict, on_reject if order.rejects else None, False, order.defaults)
        reading = Reading(order.files, {}, choices)
        shelf = Memory()
        builder = TrafficBuilder(order.key.key(), shelf=shelf, hear=order.hear)
        for batch in reading.read(order.files):
            builder.add(batch)
        part = Part(
            columns=without_lists(shelf),
            learnt=builder.cut(),
            tally=reading.tally(),
            rejects=rejects,
            n_ends=reading.n_ends,
            totals={kind: Lists(kind, [shelf]).totals() for kind in LISTS},
            cpu_s=time.process_time() - begun,
        )
        speaks = bool(part.totals["spoken"].any())
        return part, speaks, *(lists_within(shelf, within) for within in cuts(order.n_cuts))


def _see_the_same(one: OpenFile, known: Mapping[str, Any]) -> None:
    path = one.source.path
    try:
        found = fingerprint(path)
    except OutsideFailed as error:
        raise OutsideFailed(
            f"{path} cannot be read by a worker.",
            remedy="Every machine must see the logs under one path: mount them there.",
        ) from error
    if any(found[name] != known[name] for name in SAME):
        raise BadInput(
            "a worker found another file there than the one that was asked for.",
            where=str(path),
            remedy="Every machine must see the same logs, and nothing may write to them.",
        )


def count_part(
    order: ToCount,
    place: I32,
    node: I32,
    sent_us: I64,
    digest: U64,
    joined: Mask,
    *pieces: Memory,
) -> tuple[Any, ...]:
    """Count shares of the lists of all parts.

    Args:
        order: which.
        place: position in the traffic by order of coming, -1 where a row was dropped.
        node, sent_us, digest: of each exchange in the traffic.
        joined: of each node, whether it has several accounts.
        pieces: lists of each part within these shares.

    Returns:
        a :class:`Counted`, prompts that wait for those of other shares, and wordings cut
        by key.
    """
    begun = time.process_time()
    with telling():
        same_version(order.version)
        shelves = [
            Renumbered(shelf, base, {}) for shelf, base in zip(pieces, order.bases, strict=True)
        ]
        listed = Listed(
            node, sent_us, digest, {kind: Lists(kind, list(shelves), place) for kind in LISTS}
        )
        lists, aside = listed.lists, Memory()
        later = Lists(JOINED, [aside])
        shares = (lists["shingles"].read(*piece) for piece in order.shingles)
        found = [
            wordings_in(share, node, digest, joined)
            for share in setting_aside(shares, node, joined, later)
        ]
        replayed = [replays(lists["replayed"].read(*piece), listed) for piece in order.replayed]
        echo = [
            echoes((lists["spoken"].read(*piece), lists["heard"].read(*piece)), listed)
            for piece in order.echo
        ]
        by_key = _by_key(listed.during(Wordings.together(found)), order.n_keys)
        counted = Counted(
            replayed=shared_only(Traits.together([Traits.none(), *replayed])),
            echo=shared_only(Traits.together([Traits.none(), *echo])),
            later=later.totals(),
            cpu_s=time.process_time() - begun,
        )
        return counted, aside, *by_key


def count_joined(
    order: ToCount, node: I32, sent_us: I64, digest: U64, *waiting: Memory
) -> tuple[Any, ...]:
    """Count prompts of nodes with several accounts.

    Returns:
        seconds of processor that it took, and wordings cut by key.
    """
    begun = time.process_time()
    with telling():
        same_version(order.version)
        lists = Lists(JOINED, list(waiting))
        found = [wordings_in(lists.read(*piece), node, digest) for piece in order.shingles]
        listed = Listed(node, sent_us, digest, {})
        by_key = _by_key(listed.during(Wordings.together(found)), order.n_keys)
        return time.process_time() - begun, *by_key


def share_keys(version: str, *found: Traits) -> tuple[float, Traits]:
    """Of wordings with some keys, those that two nodes share.

    Returns:
        seconds of processor that it took, and the wordings.
    """
    begun = time.process_time()
    with telling():
        same_version(version)
        held = Traits.together([Traits.none(), *found])
        shared = shared_only(held.take(np.argsort(held.node, kind="stable")))
        return time.process_time() - begun, shared


def _by_key(held: Traits, n_keys: int) -> list[Traits]:
    """Traits cut into parts in which all of a key are together."""
    part = (held.key >> np.uint64(17)) % np.uint64(n_keys)
    order, ends = by_group(part.astype(np.int32), n_keys)
    return [held.take(order[lo:hi]) for lo, hi in pairwise(ends)]
