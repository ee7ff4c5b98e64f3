"""Wordings: the shingles that stand in enough prompts of a node to be its template.

A shingle is a template of a node while it stands in enough of the different prompts that
the node has sent so far (:mod:`stillwatch.detect.spells`): in 8% of them and in two at least,
or in the only one. It is none any more once the node has sent enough others.

Prompts are read back share by share. A share holds all exchanges of its accounts; the
exchanges of an organisation of several accounts are first brought together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from stillwatch.detect.lists import AT_A_TIME, Lists, Share, deal
from stillwatch.detect.shelf import Shelf
from stillwatch.detect.sights import nth_sights
from stillwatch.detect.spells import spells_of
from stillwatch.stats.ahead import ahead
from stillwatch.stats.texts import gather

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: kind of the lists that wait until those of all accounts of a node are there.
JOINED = "shingles of organisations"
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Wordings:
    """Templates ``(n,)``.

    Attributes:
        node: whose.
        key: the shingle.
        row: exchange from which on it is known.
        over: exchange from which on it is none any more, -1 where there is no such.
    """

    node: I32
    key: U64
    row: I32
    over: I32

    @classmethod
    def together(cls, parts: list[Wordings]) -> Wordings:
        """All of several parts."""
        none = np.zeros(0, np.int32)
        return cls(
            np.concatenate([none, *(p.node for p in parts)]),
            np.concatenate([np.zeros(0, np.uint64), *(p.key for p in parts)]),
            np.concatenate([none, *(p.row for p in parts)]),
            np.concatenate([none, *(p.over for p in parts)]),
        )


class Told(Protocol):
    """Exchanges, as much of them as wordings are found by."""

    @property
    def digest(self) -> U64:
        """``(n,)`` keyed digest of each prompt."""

    @property
    def lists(self) -> dict[str, Lists]:
        """Lists that they carry, by kind."""


def find_wordings(
    traffic: Told,
    node: I32,
    joined: npt.NDArray[np.bool_],
    aside: Shelf,
    most: int = AT_A_TIME,
) -> Iterator[Wordings]:
    """Shingles that stand in enough different prompts of a node, and while that is so, in parts.

    Args:
        traffic: the exchanges.
        node: ``(n,)`` node of each exchange, -1 where its account is disclosed.
        joined: ``(n_nodes,)`` whether a node has several accounts.
        aside: where the prompts of those nodes wait.
        most: shingles that are read at a time.
    """
    later = Lists(JOINED, [aside])

    def of_their_own(share: Share) -> Wordings:
        return wordings_in(share, node, traffic.digest, joined)

    def of_several(share: Share) -> Wordings:
        return wordings_in(share, node, traffic.digest)

    shares = traffic.lists["shingles"].shares(most)
    for _, found in ahead(setting_aside(shares, node, joined, later), of_their_own):
        yield found
    for _, found in ahead(later.shares(most), of_several):
        yield found


def setting_aside(
    shares: Iterable[Share], node: I32, joined: npt.NDArray[np.bool_], later: Lists
) -> Iterator[Share]:
    """Shares as they are; the prompts in them of nodes that have several accounts are put by.

    Args:
        shares: all prompts of some accounts each.
        node, joined: see :func:`find_wordings`.
        later: is given the prompts of those nodes.
    """
    for share in shares:
        several = (node[share.row] >= 0) & joined[node[share.row]]
        if several.any():
            names = node[share.row].astype(np.uint64) * _SPREAD >> np.uint64(40)
            set_aside = deal(names, several, share.sizes, share.values)
            later.put(set_aside.renamed(share.row), 0)
        yield share


def wordings_in(
    share: Share, node: I32, digest: U64, but: npt.NDArray[np.bool_] | None = None
) -> Wordings:
    """The wordings of a share, which holds all prompts of its nodes.

    Args:
        share: the prompts.
        node: see :func:`find_wordings`.
        digest: ``(n,)`` of each exchange's prompt.
        but: ``(n_nodes,)`` nodes of which the share holds some prompts only; they are left out.
    """
    of = node[share.row]
    mine = of >= 0
    if but is not None:
        mine &= ~but[of]
    return _in_share(share, node, np.flatnonzero(mine), digest)


def _in_share(share: Share, node: I32, which: I64, digest: U64) -> Wordings:
    """Templates of the nodes of a share; ``which`` of its lists are looked at."""
    row = share.row[which]
    order = np.argsort((node[row].astype(np.int64) << 32) | row)
    which, row = which[order], row[order]
    nodes, bounds = _groups(node[row])
    _, first = nth_sights(bounds, digest[row], np.ones(nodes.size, np.int64))
    if (row[1:] == row[:-1]).any():
        # an organisation's prompt that was set aside in slices is in several lists
        first = np.flatnonzero(np.isin(row, row[first]))
    which, row = which[first], row[first]
    starts = np.cumsum(share.sizes) - share.sizes
    ends, values = gather(share.values, starts[which], share.sizes[which])
    _, lists_of = _groups(node[row])
    spells = spells_of(lists_of, _turns(row, lists_of), ends, values)
    at = np.searchsorted(ends, spells.index, "right") - 1
    over = np.where(spells.over < 0, np.int32(-1), row[spells.over])
    return Wordings(nodes[spells.group], values[spells.index], row[at], over)


def _turns(row: I32, bounds: I64) -> I64:
    """``(n_lists,)`` the how manieth exchange of its group each list is of, from 1 on."""
    new: I64 = np.cumsum(np.diff(row, prepend=np.int32(-1)) != 0)
    return new - np.repeat(new[bounds[:-1]] - 1, np.diff(bounds))


def _groups(node: I32) -> tuple[I32, I64]:
    """Different values of an ascending array and where each starts, the end last."""
    new = np.flatnonzero(np.diff(node, prepend=np.int32(-1)))
    return node[new], np.append(new, node.size)
