"""Links: the traits that nodes may share, as (node, key, moment it was known) rows.

A trait counts by its rarity. Nothing is dropped for being popular: a prevalence
stop-list deletes the largest campaign, whose own traits are the popular ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.population import Population
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
FAMILY_OF = {i: family for i, (_, family, _) in enumerate(KINDS)}
#: accounts with at most this many distinct prompts carry a template at first sight.
FEW_PROMPTS = 4
#: of a busier account's distinct prompts in the window, the share that must have held a
#: shingle before the shingle counts as a template of that account. Taking the share of the
#: whole window delays what is known; it never brings it forward.
TEMPLATE_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Links:
    """Rows sorted by key, then by moment.

    Attributes:
        kind: ``(n_keys,)`` index in ``KINDS`` of each key.
        key: ``(n_keys,)`` the keyed hash that names it.
        offsets: ``(n_keys + 1,)`` where a key's rows start.
        node: ``(n_rows,)`` who has the trait.
        known_us: ``(n_rows,)`` from when on that is known.
    """

    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    known_us: I64


def nth_sights(node: I32, key: U64, at_us: I64, nth: I64) -> tuple[I32, U64, I64]:
    """The moment at which each (node, key) pair occurs for the ``nth[node]``-th time.

    Rows must come in order of time. Pairs that occur less often are left out.
    """
    order, starts = _pairs(node, key)
    need = nth[node[order[starts]]]
    often = np.diff(np.append(starts, order.size)) >= need
    starts = starts[often]
    return node[order[starts]], key[order[starts]], at_us[order[starts + need[often] - 1]]


def _pairs(node: I32, key: U64) -> tuple[I64, I64]:
    """Order that puts equal (node, key) pairs together, in order of time, and their starts."""
    order = np.lexsort((node, key))
    n, k = node[order], key[order]
    new = np.ones(n.size, bool)
    new[1:] = (n[1:] != n[:-1]) | (k[1:] != k[:-1])
    return order, np.flatnonzero(new)


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
    size = 1 << max(16, int(np.ceil(np.log2(max(key.size, 1) * 2 + 1))))
    shared = np.zeros(size, bool)
    _shared_by_two(node, key, np.zeros(size, np.int32), shared)
    kept: npt.NDArray[np.bool_] = shared[(key >> np.uint64(17)) & np.uint64(size - 1)]
    return kept


def _word(*columns: npt.NDArray[np.generic]) -> U64:
    """Mix integer columns into one 64-bit key, never 0."""
    out = np.full(columns[0].size, 0xA0761D6478BD642F, np.uint64)
    for column in columns:
        out = (out ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
        out ^= out >> np.uint64(32)
    return out | np.uint64(1)


def build_links(traffic: Traffic, population: Population) -> Links:
    """Every shared trait of the window. Exchanges of disclosed accounts give none."""
    node = population.node[traffic.account]
    rows: list[tuple[int, I32, U64, I64]] = []

    def put(kind: str, who: I32, key: U64, at: I64) -> None:
        keep = who >= 0
        rows.append((KIND_ID[kind], who[keep], key[keep], at[keep]))

    first_us = first_moments(node, traffic.sent_us, population.n)
    for kind in ("payment", "device", "contact"):
        code = population.codes[kind]
        has = (code >= 0) & (first_us < 2**62)
        put(kind, np.flatnonzero(has).astype(np.int32), _word(code[has]), first_us[has])
    for kind, column in (
        ("credential", "credential"),
        ("address", "address"),
        ("system_prompt", "system"),
    ):
        has = traffic.codes[column] >= 0
        put(kind, *_once(node[has], _word(traffic.codes[column][has]), traffic.sent_us[has]))
    stack = _word(traffic.codes["client"], traffic.codes["tls"])
    has = (traffic.codes["client"] >= 0) | (traffic.codes["tls"] >= 0)
    put("client_stack", *_sights(node[has], stack[has], traffic.sent_us[has], 2))
    manner = _word(
        traffic.codes["params"],
        traffic.codes["tools"],
        (traffic.turn > 0),
        traffic.codes["conversation"] >= 0,
    )
    put("manner", *_sights(node, manner, traffic.sent_us, 2))
    put("template", *_templates(traffic, node))
    if traffic.replayed.values.size:
        where = traffic.replayed.rows()
        put(
            "replayed_reasoning",
            *_once(node[where], traffic.replayed.values, traffic.sent_us[where]),
        )
    put("echo", *_echoes(traffic, node))
    return _sorted_links(rows)


def first_moments(node: I32, at_us: I64, n_nodes: int) -> I64:
    """``(n_nodes,)`` first moment of each node, ``2**62`` where it has none."""
    out = np.full(n_nodes, 2**62, np.int64)
    keep = node >= 0
    np.minimum.at(out, node[keep], at_us[keep])
    return out


def _once(node: I32, key: U64, at_us: I64) -> tuple[I32, U64, I64]:
    keep = (node >= 0) & _only_shared(node, key)
    return _sights(node[keep], key[keep], at_us[keep], 1)


def _sights(node: I32, key: U64, at_us: I64, nth: int) -> tuple[I32, U64, I64]:
    return nth_sights(node, key, at_us, np.full(int(node.max(initial=0)) + 1, nth, np.int64))


def _templates(traffic: Traffic, node: I32) -> tuple[I32, U64, I64]:
    """Shingles that stand in two different prompts of a node (in one, if it has few)."""
    has = np.flatnonzero((traffic.digest > 0) & (node >= 0))
    order = np.lexsort((has, traffic.digest[has], node[has]))
    sorted_rows = has[order]
    new = np.ones(sorted_rows.size, bool)
    new[1:] = (node[sorted_rows[1:]] != node[sorted_rows[:-1]]) | (
        traffic.digest[sorted_rows[1:]] != traffic.digest[sorted_rows[:-1]]
    )
    distinct = np.sort(sorted_rows[new])
    n_distinct = np.bincount(node[distinct], minlength=int(node.max(initial=0)) + 1)
    picked = traffic.shingles.take(distinct)
    where = distinct[picked.rows()]
    keep = _only_shared(node[where], picked.values)
    need = np.where(
        n_distinct <= FEW_PROMPTS, 1, np.maximum(2, np.ceil(TEMPLATE_SHARE * n_distinct))
    )
    return nth_sights(
        node[where[keep]], picked.values[keep], traffic.sent_us[where[keep]], need.astype(np.int64)
    )


def _echoes(traffic: Traffic, node: I32) -> tuple[I32, U64, I64]:
    """Spans that the model gave to one account only and another account sent back."""
    empty = (np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.int64))
    if not traffic.spoken.values.size or not traffic.heard.values.size:
        return empty
    spoke = traffic.spoken.rows()
    giver, span, given = _known(node[spoke], traffic.spoken.values, traffic.sent_us[spoke])
    unique, start, count = np.unique(span, return_index=True, return_counts=True)
    once = count == 1
    unique, giver, given = unique[once], giver[start[once]], given[start[once]]
    heard = traffic.heard.rows()
    sender, back, at = _known(node[heard], traffic.heard.values, traffic.sent_us[heard])
    slot = np.minimum(np.searchsorted(unique, back), unique.size - 1)
    hit = (unique[slot] == back) & (giver[slot] != sender) & (given[slot] < at)
    slot, sender, at = slot[hit], sender[hit], at[hit]
    both = np.concatenate((sender, giver[slot]))
    return both, np.concatenate((unique[slot], unique[slot])), np.concatenate((at, at))


def _known(node: I32, key: U64, at_us: I64) -> tuple[I32, U64, I64]:
    keep = node >= 0
    return _sights(node[keep], key[keep], at_us[keep], 1)


def _sorted_links(rows: list[tuple[int, I32, U64, I64]]) -> Links:
    kind = np.concatenate([np.full(r[1].size, r[0], np.int8) for r in rows])
    node = np.concatenate([r[1] for r in rows])
    key = np.concatenate([r[2] for r in rows])
    known = np.concatenate([r[3] for r in rows])
    order = np.lexsort((known, key, kind))
    kind, node, key, known = kind[order], node[order], key[order], known[order]
    new = np.ones(key.size, bool)
    new[1:] = (key[1:] != key[:-1]) | (kind[1:] != kind[:-1])
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, key.size))
    keep_key = sizes > 1
    keep_row = np.repeat(keep_key, sizes)
    return Links(
        kind=kind[starts][keep_key],
        key=key[starts][keep_key],
        offsets=np.concatenate(([0], np.cumsum(sizes[keep_key]))).astype(np.int64),
        node=node[keep_row],
        known_us=known[keep_row],
    )
