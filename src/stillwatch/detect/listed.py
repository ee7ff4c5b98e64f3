"""Listed: the traits that lists of hashes give, whoever holds the lists.

Shingles make templates, ids of reasoning that is sent back and long spans that come back
make links of their own. Lists can be gone through share by share, so that the shares can
also be gone through on other machines and what was found there be put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.by_key import in_ranges
from stillwatch.detect.lists import Lists, Share, shares_of
from stillwatch.detect.shelf import Shelf
from stillwatch.detect.wordings import Wordings, find_wordings

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: until when a row holds that is never taken back.
FOREVER_US = 2**62


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


@dataclass(frozen=True, slots=True)
class Traits:
    """Traits ``(n,)`` of one kind.

    Attributes:
        node: who has it.
        key: which trait.
        at_us: from when on that is known.
        until_us: when it ceases to be so, ``FOREVER_US`` where it does not.
    """

    node: I32
    key: U64
    at_us: I64
    until_us: I64

    @classmethod
    def none(cls) -> Traits:
        """No trait."""
        moments = np.zeros(0, np.int64)
        return cls(np.zeros(0, np.int32), np.zeros(0, np.uint64), moments, moments)

    @classmethod
    def for_good(cls, node: I32, key: U64, at_us: I64) -> Traits:
        """Traits that are never taken back."""
        return cls(node, key, at_us, np.full(at_us.size, FOREVER_US))

    @classmethod
    def together(cls, parts: list[Traits]) -> Traits:
        """All traits of several parts."""
        return cls.moved([*parts])

    @classmethod
    def moved(cls, parts: list[Traits]) -> Traits:
        """All traits of several parts, which are let go of column by column."""
        columns = [[getattr(p, one.name) for p in parts] for one in fields(cls)]
        parts.clear()
        whole = []
        for column in columns:
            whole.append(np.concatenate(column))
            column.clear()
        return cls(*whole)

    def take(self, which: npt.NDArray[np.integer]) -> Traits:
        """Some of them, in the order of ``which``."""
        return Traits(self.node[which], self.key[which], self.at_us[which], self.until_us[which])


@dataclass(frozen=True, slots=True)
class Listed:
    """Exchanges ``(n,)`` in order of time and the lists that they carry.

    Attributes:
        node: node of each, -1 where its account is disclosed.
        sent_us: when it was sent.
        digest: keyed digest of its prompt.
        lists: by kind.
    """

    node: I32
    sent_us: I64
    digest: U64
    lists: dict[str, Lists]

    def during(self, found: Wordings) -> Traits:
        """Templates while they are templates."""
        until = np.where(found.over < 0, FOREVER_US, self.sent_us[found.over])
        return Traits(found.node, found.key, self.sent_us[found.row], until)


def traits_of_lists(
    listed: Listed, joined: npt.NDArray[np.bool_], aside: Shelf
) -> Iterator[tuple[str, Traits]]:
    """Every trait that lists give and two nodes share, by the kind of its link.

    Args:
        listed: the exchanges.
        joined: ``(n_nodes,)`` whether a node has several accounts.
        aside: where prompts of those nodes and all wordings wait meanwhile.
    """
    wordings = in_ranges(find_wordings(listed, listed.node, joined, aside), aside)
    template = [shared_only(listed.during(some)) for some in wordings]
    yield "template", Traits.moved(template)
    lists = listed.lists
    replayed = [replays(share, listed) for share in lists["replayed"].shares()]
    yield "replayed_reasoning", shared_only(Traits.together(replayed))
    found = [Traits.none()]
    if not (lists["spoken"].is_empty() or lists["heard"].is_empty()):
        for both in shares_of(lists["spoken"], lists["heard"]):
            found.append(echoes(both, listed))
    yield "echo", shared_only(Traits.together(found))


def replays(share: Share, listed: Listed) -> Traits:
    """Ids of reasoning in a share, by whom and from when on each was sent."""
    return _known(share, listed)


def _known(share: Share, listed: Listed) -> Traits:
    """First sights of hashes by the nodes of a share, by hash and then by node."""
    row = np.repeat(share.row, share.sizes)
    kept = listed.node[row] >= 0
    row, key = row[kept], share.values[kept]
    order = np.lexsort((row, listed.node[row], key))
    row, key = row[order], key[order]
    node = listed.node[row]
    new = np.ones(row.size, np.bool_)
    new[1:] = (node[1:] != node[:-1]) | (key[1:] != key[:-1])
    return Traits.for_good(node[new], key[new], listed.sent_us[row[new]])


def echoes(spoken_heard: tuple[Share, ...], listed: Listed) -> Traits:
    """Spans of a share that another account sent back while the model had given them to one."""
    spoken, heard = (_known(share, listed) for share in spoken_heard)
    return _echoes_in(spoken, heard)


def _echoes_in(spoken: Traits, heard: Traits) -> Traits:
    """Echoes of some spans, each until the model gives it to a second node."""
    spoken = spoken.take(np.lexsort((spoken.node, spoken.at_us, spoken.key)))
    unique, start, count = np.unique(spoken.key, return_index=True, return_counts=True)
    if not unique.size:
        return Traits.none()
    giver, given = spoken.node[start], spoken.at_us[start]
    second = np.full(unique.size, FOREVER_US)
    second[count > 1] = spoken.at_us[start[count > 1] + 1]
    slot = np.minimum(np.searchsorted(unique, heard.key), unique.size - 1)
    hit = (unique[slot] == heard.key) & (giver[slot] != heard.node)
    hit &= (given[slot] < heard.at_us) & (heard.at_us < second[slot])
    slot, sender, at_us = slot[hit], heard.node[hit], heard.at_us[hit]
    order = np.argsort(at_us, kind="stable")
    once, first = np.unique(slot[order], return_index=True)
    return Traits(
        np.concatenate((sender, giver[once])),
        np.concatenate((unique[slot], unique[once])),
        np.concatenate((at_us, at_us[order][first])),
        np.concatenate((second[slot], second[once])),
    )


def shared_only(held: Traits) -> Traits:
    """Rows in order of their key and moment, without keys that one node has alone."""
    held = held.take(np.flatnonzero(_only_shared(held.node, held.key)))
    held = held.take(np.lexsort((held.until_us, held.node, held.at_us, held.key)))
    starts = np.cumsum(sizes := runs(held.key)) - sizes
    if not sizes.size:
        return held
    least = np.minimum.reduceat(held.node, starts)
    most = np.maximum.reduceat(held.node, starts)
    return held.take(np.flatnonzero(np.repeat(least < most, sizes)))


def runs(key: U64) -> I64:
    """Lengths of runs of equal values."""
    starts = np.flatnonzero(np.concatenate((np.ones(min(key.size, 1), bool), key[1:] != key[:-1])))
    return np.diff(np.append(starts, key.size))
