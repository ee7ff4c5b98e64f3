"""Links: the traits that nodes may share, as (node, key, known from, known until) rows.

A trait counts by its rarity. Nothing is dropped for being popular: a prevalence
stop-list deletes the largest campaign, whose own traits are the popular ones.

Whether a row holds at a moment depends on nothing sent after it, and neither does the order
of keys: a value is called by where it was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.listed import Listed, Traits, runs, shared_only, traits_of_lists
from stillwatch.detect.population import Population
from stillwatch.detect.shelf import Memory, Shelf
from stillwatch.detect.sights import by_group, mixed, nth_sights
from stillwatch.detect.traffic import Traffic

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

    def sights(self, key: U64, has: npt.NDArray[np.bool_], nth: int) -> Traits:
        """When each node showed each key for the ``nth`` time, where it ``has`` one."""
        mine = has[self.order]
        bounds = np.concatenate(([0], np.cumsum(mine)))[self.bounds]
        order = self.order[mine]
        need = np.full(bounds.size - 1, nth, np.int64)
        node, index = nth_sights(bounds, key[order], need)
        row = order[index]
        return Traits.for_good(node, key[row], self.traffic.sent_us[row])


def build_links(traffic: Traffic, population: Population, aside: Shelf | None = None) -> Links:
    """Every shared trait of the window. Exchanges of disclosed accounts give none.

    Args:
        traffic: the exchanges.
        population: their nodes.
        aside: where prompts of organisations wait meanwhile; in memory otherwise.
    """
    joined = population.members.sizes > 1
    listed = list_rows(traffic, population)
    return links_with(traffic, population, traits_of_lists(listed, joined, aside or Memory()))


def list_rows(traffic: Traffic, population: Population) -> Listed:
    """What is asked of exchanges to know the traits that their lists give."""
    node = population.node[traffic.account]
    return Listed(node, traffic.sent_us, traffic.digest, traffic.lists)


def links_with(
    traffic: Traffic, population: Population, found: Iterable[tuple[str, Traits]]
) -> Links:
    """Every shared trait of a window of which those are known that its lists give.

    Args:
        traffic: the exchanges; their lists are not looked at.
        population: their nodes.
        found: see ``listed.traits_of_lists``.
    """
    rows = _Rows.of(traffic, population)
    held = {kind: shared_only(one) for kind, one in _of_accounts(rows, population)}
    held |= {kind: shared_only(one) for kind, one in _of_columns(rows)}
    del rows
    held |= dict(found)
    return _put_together([held[kind] for kind, _, _ in KINDS])


def _of_accounts(rows: _Rows, population: Population) -> Iterator[tuple[str, Traits]]:
    """What the account table says, known from the first exchange of a node on."""
    first_us = first_moments(rows.order, rows.bounds, rows.traffic.sent_us)
    for kind in ("payment", "device", "contact"):
        code = population.codes[kind]
        has = (code >= 0) & (first_us < 2**62)
        node = np.flatnonzero(has).astype(np.int32)
        # nodes stand in the order in which they came, and so do codes
        yield kind, Traits.for_good(node, _word(code[has]), first_us[has])


def _of_columns(rows: _Rows) -> Iterator[tuple[str, Traits]]:
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


def _put_together(held: list[Traits]) -> Links:
    """Rows of every kind, in the order of ``KINDS``."""
    sizes = [runs(one.key) for one in held]
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
