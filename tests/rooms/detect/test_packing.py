"""Packed batches give the traffic that the rows gave, in whatever pieces they are kept."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.detect.batches import Batch, read_batch
from stillwatch.detect.lists import Share
from stillwatch.detect.packing import joined, only, pack, unpack
from stillwatch.detect.traffic import Traffic, TrafficBuilder
from stillwatch.model import EXCHANGES_SCHEMA
from stillwatch.stats.siphash import Key
from tests.rooms.detect.worlds import World, crowd, table

KEY = Key.of(b"packing" * 5)


@pytest.fixture(scope="module")
def rows() -> pa.RecordBatch:
    """Some hundred exchanges, a few with answers, tools and replayed reasoning."""
    world = World()
    crowd(world, 12, seed=2)
    for nth, row in enumerate(world.exchanges[:80]):
        row["response"] = f"the answer to {nth} is a long line of words that goes on and on " * 3
        row["tools"] = ["search", f"tool {nth % 3}"]
        row["replayed_reasoning"] = [f"block {nth % 5}"] if nth % 4 == 0 else None
    return table(world.exchanges, EXCHANGES_SCHEMA).combine_chunks().to_batches()[0]


def traffic_of(batches: list[Batch]) -> Traffic:
    """The traffic of packed batches."""
    builder = TrafficBuilder(KEY)
    for batch in batches:
        builder.take(batch, pa.nulls(batch.n, pa.string()))
    return builder.finish()


def plain(traffic: Traffic) -> dict[str, Any]:
    """Everything in a traffic, so that two of them can be compared."""
    out: dict[str, Any] = {}
    for one in (one for one in fields(traffic) if one.compare):
        value = getattr(traffic, one.name)
        if one.name == "lists":
            value = {kind: [listed(s) for s in lists.shares()] for kind, lists in value.items()}
        elif isinstance(value, dict):
            value = {k: np.asarray(v).tolist() for k, v in value.items()}
        elif isinstance(value, np.ndarray):
            value = value.tolist()
        out[one.name] = value
    return out


def listed(share: Share) -> list[tuple[int, list[int]]]:
    """Lists of a share in an order of their own."""
    values = np.split(share.values, np.cumsum(share.sizes))[: share.sizes.size]
    return sorted(
        (int(row), sorted(mine.tolist())) for row, mine in zip(share.row, values, strict=True)
    )


@settings(max_examples=15)
@given(cuts=st.sets(st.integers(1, 200), max_size=6))
def test_pieces_and_what_is_joined_of_them_are_the_whole(
    rows: pa.RecordBatch, cuts: set[int]
) -> None:
    ends = [0, *sorted(c for c in cuts if c < rows.num_rows), rows.num_rows]
    pieces = [rows.slice(lo, hi - lo) for lo, hi in pairwise(ends)]
    packed = [unpack(pack(read_batch(piece, KEY))) for piece in pieces]
    whole = plain(traffic_of([read_batch(rows, KEY)]))
    assert plain(traffic_of(packed)) == whole
    assert plain(traffic_of([unpack(pack(joined(packed)))])) == whole


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_some_rows_of_a_batch_are_a_batch_of_those_rows(rows: pa.RecordBatch, seed: int) -> None:
    keep = np.random.default_rng(seed).random(rows.num_rows) < 0.4
    if not keep.any():
        return
    chosen = only(read_batch(rows, KEY), keep)
    expected = traffic_of([read_batch(rows.filter(pa.array(keep)), KEY)])
    found = plain(traffic_of([chosen]))
    assert found | {"since_us": None} == plain(expected) | {"since_us": None}
    assert set(expected.since_us) <= set(found["since_us"])


def test_half_of_the_columns_may_be_empty() -> None:
    world = World()
    world.send("a", 1.0)
    world.send("b", 2.0, prompt="hello there, this is a question about something")
    batch = table(world.exchanges, EXCHANGES_SCHEMA).combine_chunks().to_batches()[0]
    again = unpack(pack(read_batch(batch, KEY)))
    assert plain(traffic_of([again])) == plain(traffic_of([read_batch(batch, KEY)]))
