"""Links: the traits that nodes may share, as (node, key, known from, known until) rows.

A trait counts by its rarity. Nothing is dropped for being popular: a prevalence
stop-list deletes the largest campaign, whose own traits are the popular ones.

Whether a row holds at a moment depends on nothing sent after it, and neither does the order
of keys: a value is called by where it was first seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.lists import Share, shares_of
from stillwatch.detect.population import Population
from stillwatch.detect.shelf import Memory, Shelf
from stillwatch.detect.sights import by_group, mixed, nth_sights
from stillwatch.detect.traffic import Traffic
from stillwatch.detect.wordings import find_wordings

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: kinds of links: name, family of evidence, whether a tool or a place may set it for
#: people who have never met.
KINDS: tuple[tuple[str, str, bool], ...] = (
    ("payment", "payment", False),
    ("device", "identity", False),
    ("contact", "identity", True),
    ("credential", "identity", False),
    ("address", "network", True),
    ("template", "content", True),
    ("system_prompt", "content", True),
    ("replayed_reasoning", "content", False),
    ("echo", "content", False),
    ("manner", "content", True),
    ("client_stack", "network", True),
)
KIND_ID = {name: i for i, (name, _, _) in enumerate(KINDS)}
_ONE_COLUMN = (("credential", "credential"), ("address", "address"), ("system_prompt", "system"))
FAMILY_OF = {i: family for i, (_, family, _) in enumerate(KINDS)}
#: until when a row holds that is never taken back.
FOREVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Links:
    """Rows sorted by key, then by moment.

    Attributes:
        kind: ``(n_keys,)`` index in ``KINDS`` of each key.
        key: ``(n_keys,)`` the keyed hash that names it.
        offsets: ``(n_keys + 1,)`` where a key's rows start.
        node: ``(n_rows,)`` who has the trait.
        known_us: ``(n_rows,)`` from when on that is known.
        until_us: ``(n_rows,)`` when that ceases to be so, ``FOREVER_US`` where it does not.
            A row holds for what is looked at after ``known_us`` and not after ``until_us``.
    """

    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    known_us: I64
    until_us: I64


@nb.njit(cache=True)
def _shared_by_two(node, key, slots, shared):  # type: ignore[no-untyped-def]
    """Mark slots of a hash table that two different nodes hit."""
    mask = np.uint64(slots.size - 1)
    for i in range(key.size):
        s = (key[i] >> np.uint64(17)) & mask
        if slots[s] == 0:
            slots[s] = node[i] + 1
        elif slots[s] != node[i] + 1:
            shared[s] = True


def _only_shared(node: I32, key: U64) -> npt.NDArray[np.bool_]:
    """``(n,)`` False where a key certainly belongs to one node."""
    size = 1 << max(16, int(key.size).bit_length())
    shared = np.zeros(size, bool)
    _shared_by_two(node, key, np.zeros(size, np.int32), shared)
    kept: npt.NDArray[np.bool_] = shared[(key >> np.uint64(17)) & np.uint64(size - 1)]
    return kept


def _word(*columns: npt.NDArray[np.generic]) -> U64:
    """Mix integer columns into one 64-bit key, never 0."""
    return mixed(*columns) | np.uint64(1)


def first_moments(order: I32, bounds: I64, sent_us: I64) -> I64:
    """``(n_nodes,)`` first moment of each node, ``2**62`` where it has none.

    Args:
        order, bounds: rows of each node, see ``sights.by_group``.
        sent_us: ``(n,)`` ascending.
    """
    some = bounds[1:] > bounds[:-1]
    out = np.full(some.size, 2**62, np.int64)
    out[some] = sent_us[order[bounds[:-1][some]]]
    return out


@dataclass(frozen=True, slots=True)
class _Held:
    """Traits ``(n,)`` of one kind: who, which, from when on that is known and until when."""

    node: I32
    key: U64
    at_us: I64
    until_us: I64

    @classmethod
    def none(cls) -> _Held:
        """No trait."""
        moments = np.zeros(0, np.int64)
        return cls(np.zeros(0, np.int32), np.zeros(0, np.uint64), moments, moments)

    @classmethod
    def for_good(cls, node: I32, key: U64, at_us: I64) -> _Held:
        """Traits that are never taken back."""
        return cls(node, key, at_us, np.full(at_us.size, FOREVER_US))

    @classmethod
    def together(cls, parts: list[_Held]) -> _Held:
        """All traits of several parts."""
        return cls(
            np.concatenate([p.node for p in parts]),
            np.concatenate([p.key for p in parts]),
            np.concatenate([p.at_us for p in parts]),
            np.concatenate([p.until_us for p in parts]),
        )

    def take(self, which: I64) -> _Held:
        """Some of them, in the order of ``which``."""
        return _Held(self.node[which], self.key[which], self.at_us[which], self.until_us[which])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Exchanges by node: ``node`` of each, and ``order`` and ``bounds`` of those of a node."""

    traffic: Traffic
    node: I32
    order: I32
    bounds: I64

    @classmethod
    def of(cls, traffic: Traffic, population: Population) -> _Rows:
        """Sort the exchanges of a window by node."""
        node = population.node[traffic.account]
        return cls(traffic, node, *by_group(node, population.n))

    def sights(self, key: U64, has: npt.NDArray[np.bool_], nth: int) -> _Held:
        """When each node showed each key for the ``nth`` time, where it ``has`` one."""
        mine = has[self.order]
        bounds = np.concatenate(([0], np.cumsum(mine)))[self.bounds]
        order = self.order[mine]
        need = np.full(bounds.size - 1, nth, np.int64)
        node, index = nth_sights(bounds, key[order], need)
        row = order[index]
        return _Held.for_good(node, key[row], self.traffic.sent_us[row])


def build_links(traffic: Traffic, population: Population, aside: Shelf | None = None) -> Links:
    """Every shared trait of the window. Exchanges of disclosed accounts give none.

    Args:
        traffic: the exchanges.
        population: their nodes.
        aside: where prompts of organisations wait meanwhile; in memory otherwise.
    """
    rows = _Rows.of(traffic, population)
    held = {kind: _shared_only(one) for kind, one in _of_accounts(rows, population)}
    held |= {kind: _shared_only(one) for kind, one in _of_columns(rows)}
    joined = population.members.sizes > 1
    held["template"] = _shared_only(_templates(rows, joined, aside or Memory()))
    replayed = [_known(share, rows) for share in traffic.lists["replayed"].shares()]
    held["replayed_reasoning"] = _shared_only(_Held.together([_Held.none(), *replayed]))
    held["echo"] = _shared_only(_echoes(rows))
    return _put_together([held[kind] for kind, _, _ in KINDS])


def _of_accounts(rows: _Rows, population: Population) -> Iterator[tuple[str, _Held]]:
    """What the account table says, known from the first exchange of a node on."""
    first_us = first_moments(rows.order, rows.bounds, rows.traffic.sent_us)
    for kind in ("payment", "device", "contact"):
        code = population.codes[kind]
        has = (code >= 0) & (first_us < 2**62)
        node = np.flatnonzero(has).astype(np.int32)
        # nodes stand in the order in which they came, and so do codes
        yield kind, _Held.for_good(node, _word(code[has]), first_us[has])


def _of_columns(rows: _Rows) -> Iterator[tuple[str, _Held]]:
    """What exchanges carry in a column or several."""
    codes, turn = rows.traffic.codes, rows.traffic.turn
    for kind, column in _ONE_COLUMN:
        yield kind, rows.sights(_word(_first_seen(codes[column])), codes[column] >= 0, 1)
    has = (codes["client"] >= 0) | (codes["tls"] >= 0)
    stack = _word(_first_seen(codes["client"]), _first_seen(codes["tls"]))
    yield "client_stack", rows.sights(stack, has, 2)
    asked = _first_seen(codes["params"]), _first_seen(codes["tools"])
    manner = _word(*asked, turn > 0, codes["conversation"] >= 0)
    yield "manner", rows.sights(manner, np.ones(manner.size, np.bool_), 2)


def _first_seen(code: npt.NDArray[np.integer]) -> I64:
    """``(n,)`` the first exchange with the value of each, -1 where there is none."""
    first = np.full(int(code.max()) + 2, -1, np.int64)
    first[code[::-1].astype(np.int64)] = np.arange(code.size - 1, -1, -1)
    first[-1] = -1
    out: I64 = first[code]
    return out


def _templates(rows: _Rows, joined: npt.NDArray[np.bool_], aside: Shelf) -> _Held:
    """Shingles while they are templates of nodes."""
    found, sent_us = find_wordings(rows.traffic, rows.node, joined, aside), rows.traffic.sent_us
    until = np.where(found.over < 0, FOREVER_US, sent_us[found.over])
    return _Held(found.node, found.key, sent_us[found.row], until)


def _known(share: Share, rows: _Rows) -> _Held:
    """First sights of hashes by the nodes of a share, by hash and then by node."""
    row = np.repeat(share.row, share.sizes)
    kept = rows.node[row] >= 0
    row, key = row[kept], share.values[kept]
    order = np.lexsort((row, rows.node[row], key))
    row, key = row[order], key[order]
    node = rows.node[row]
    new = np.ones(row.size, np.bool_)
    new[1:] = (node[1:] != node[:-1]) | (key[1:] != key[:-1])
    return _Held.for_good(node[new], key[new], rows.traffic.sent_us[row[new]])


def _echoes(rows: _Rows) -> _Held:
    """Spans that another account sent back while the model had given them to one only."""
    lists, found = rows.traffic.lists, [_Held.none()]
    if not (lists["spoken"].is_empty() or lists["heard"].is_empty()):
        for spoken, heard in shares_of(lists["spoken"], lists["heard"]):
            found.append(_echoes_in(_known(spoken, rows), _known(heard, rows)))
    return _Held.together(found)


def _echoes_in(spoken: _Held, heard: _Held) -> _Held:
    """Echoes of some spans, each until the model gives it to a second node."""
    spoken = spoken.take(np.lexsort((spoken.node, spoken.at_us, spoken.key)))
    unique, start, count = np.unique(spoken.key, return_index=True, return_counts=True)
    if not unique.size:
        return _Held.none()
    giver, given = spoken.node[start], spoken.at_us[start]
    second = np.full(unique.size, FOREVER_US)
    second[count > 1] = spoken.at_us[start[count > 1] + 1]
    slot = np.minimum(np.searchsorted(unique, heard.key), unique.size - 1)
    hit = (unique[slot] == heard.key) & (giver[slot] != heard.node)
    hit &= (given[slot] < heard.at_us) & (heard.at_us < second[slot])
    slot, sender, at_us = slot[hit], heard.node[hit], heard.at_us[hit]
    order = np.argsort(at_us, kind="stable")
    once, first = np.unique(slot[order], return_index=True)
    return _Held(
        np.concatenate((sender, giver[once])),
        np.concatenate((unique[slot], unique[once])),
        np.concatenate((at_us, at_us[order][first])),
        np.concatenate((second[slot], second[once])),
    )


def _shared_only(held: _Held) -> _Held:
    """Rows in order of their key and moment, without keys that one node has alone."""
    held = held.take(np.flatnonzero(_only_shared(held.node, held.key)))
    held = held.take(np.lexsort((held.node, held.at_us, held.key)))
    starts = np.cumsum(sizes := _runs(held.key)) - sizes
    if not sizes.size:
        return held
    least = np.minimum.reduceat(held.node, starts)
    most = np.maximum.reduceat(held.node, starts)
    return held.take(np.flatnonzero(np.repeat(least < most, sizes)))


def _runs(key: U64) -> I64:
    """Lengths of runs of equal values."""
    starts = np.flatnonzero(np.concatenate((np.ones(min(key.size, 1), bool), key[1:] != key[:-1])))
    return np.diff(np.append(starts, key.size))


def _put_together(held: list[_Held]) -> Links:
    """Rows of every kind, in the order of ``KINDS``."""
    sizes = [_runs(one.key) for one in held]
    starts = [np.cumsum(size) - size for size in sizes]
    every = np.concatenate(sizes)
    return Links(
        kind=np.repeat(np.arange(len(held), dtype=np.int8), [size.size for size in sizes]),
        key=np.concatenate([one.key[start] for one, start in zip(held, starts, strict=True)]),
        offsets=np.concatenate(([0], np.cumsum(every))).astype(np.int64),
        node=np.concatenate([one.node for one in held]),
        known_us=np.concatenate([one.at_us for one in held]),
        until_us=np.concatenate([one.until_us for one in held]),
    )
