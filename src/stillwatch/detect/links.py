"""Links: the traits that nodes may share, as (node, key, known from, known until) rows.

A trait counts by its rarity. Nothing is dropped for being popular: a prevalence
stop-list deletes the largest campaign, whose own traits are the popular ones.

Whether a row holds at a moment depends on nothing sent after it, and neither does the order
of keys: a value is called by where it was first seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.listed import Listed, Traits, runs, shared_only, traits_of_lists
from stillwatch.detect.population import Population
from stillwatch.detect.room import blocks
from stillwatch.detect.shelf import Memory, Shelf
from stillwatch.detect.sights import by_group, first_rows, mixed, nth_sights, some_groups
from stillwatch.detect.traffic import Traffic

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
#: gives the keys of some rows; says which of them have one.
Keys = Callable[[I32], U64]
Has = Callable[[I32], npt.NDArray[np.bool_]]

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
    """Exchanges by node: ``order`` and ``bounds`` of those of each node."""

    traffic: Traffic
    order: I32
    bounds: I64

    @classmethod
    def of(cls, traffic: Traffic, population: Population) -> _Rows:
        """Sort the exchanges of a window by node."""
        return cls(traffic, *by_group(population.nodes_of(traffic), population.n, traffic.room))

    def sights(self, key: Keys, has: Has, nth: int) -> Traits:
        """When each node showed each key for the ``nth`` time, where it ``has`` one."""
        found = [Traits.none()]
        for lo, hi in some_groups(self.bounds):
            rows = self.order[self.bounds[lo] : self.bounds[hi]]
            mine = has(rows)
            ends = np.concatenate(([0], np.cumsum(mine)))
            bounds, rows = ends[self.bounds[lo : hi + 1] - self.bounds[lo]], rows[mine]
            keys = key(rows)
            node, index = nth_sights(bounds, keys, np.full(hi - lo, nth, np.int64))
            sent_us = self.traffic.sent_us[rows[index]]
            found.append(Traits.for_good(node + np.int32(lo), keys[index], sent_us))
        return Traits.together(found)


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
    node = population.nodes_of(traffic)
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
    traffic.room.rest()
    held |= dict(found)
    return _put_together([held.pop(kind) for kind, _, _ in KINDS])


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
        yield kind, rows.sights(*_one_column(codes[column]), 1)
    client, tls = codes["client"], codes["tls"]
    first_client, first_tls = _first_seen(client), _first_seen(tls)
    yield (
        "client_stack",
        rows.sights(
            lambda row: _word(first_client(row), first_tls(row)),
            lambda row: (client[row] >= 0) | (tls[row] >= 0),
            2,
        ),
    )
    params, tools = _first_seen(codes["params"]), _first_seen(codes["tools"])
    talks = codes["conversation"]
    yield (
        "manner",
        rows.sights(
            lambda row: _word(params(row), tools(row), turn[row] > 0, talks[row] >= 0),
            lambda row: np.ones(row.size, np.bool_),
            2,
        ),
    )


def _one_column(code: npt.NDArray[np.integer]) -> tuple[Keys, Has]:
    """Keys of a column's values, and which rows have one."""
    first = _first_seen(code)
    return lambda row: _word(first(row)), lambda row: code[row] >= 0


def _first_seen(code: npt.NDArray[np.integer]) -> Callable[[I32], I64]:
    """Gives of some rows the first exchange with the value of each, -1 where there is none."""
    most = max((int(code[block].max()) for block in blocks(code.size)), default=-1)
    first = first_rows(code, most + 2, -1)
    first[-1] = -1
    return lambda row: first[code[row]]


def _put_together(held: list[Traits]) -> Links:
    """Rows of every kind, in the order of ``KINDS``; they are let go of column by column."""
    sizes = [runs(one.key) for one in held]
    starts = [np.cumsum(size) - size for size in sizes]
    kind = np.repeat(np.arange(len(held), dtype=np.int8), [size.size for size in sizes])
    key = np.concatenate([one.key[start] for one, start in zip(held, starts, strict=True)])
    offsets = np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.int64)
    every = Traits.moved(held)
    return Links(kind, key, offsets, every.node, every.at_us, every.until_us)
