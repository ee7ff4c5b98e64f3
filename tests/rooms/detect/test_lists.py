"""Lists of hashes come back whole from any shelf, share by share, and sights are counted right."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.adapters.shelving import DiskShelf, Overflow, nameless
from stillwatch.detect.lists import N_SHARES, Lists, deal, deal_values, shares_of
from stillwatch.detect.merging import sort_rows
from stillwatch.detect.names import Names
from stillwatch.detect.numbering import Numbers
from stillwatch.detect.shelf import Memory, Shelf, narrowed, whole
from stillwatch.detect.sights import by_group, first_marks, nth_sights


def dealt_lists(rng: np.random.Generator, shelf: Shelf) -> tuple[Lists, list[list[int]]]:
    """Two batches of lists on a shelf, and what each list holds."""
    lists, held = Lists("some", [shelf]), []
    for base in (0, 500):
        sizes = rng.integers(0, 9, 500)
        values = rng.integers(0, 60, int(sizes.sum())).astype(np.uint64) << np.uint64(40)
        owner = rng.integers(0, 40, 500).astype(np.uint64)
        lists.put(deal(owner, np.ones(500, bool), sizes, values), base)
        held += [part.tolist() for part in np.split(values, np.cumsum(sizes)[:-1])]
    return lists, held


@pytest.mark.parametrize("most", [100, 1 << 20])
def test_every_list_comes_back_whatever_is_read_at_a_time(most: int) -> None:
    rng = np.random.default_rng(0)
    lists, held = dealt_lists(rng, Memory())
    lists.place = np.arange(1000, dtype=np.int32)
    lists.place[::10] = -1
    found: dict[int, Counter[int]] = {row: Counter() for row in range(1000)}
    for share in lists.shares(most):
        for row, part in zip(
            share.row, np.split(share.values, np.cumsum(share.sizes)[:-1]), strict=True
        ):
            found[int(row)].update(part.tolist())
    for row in range(1000):
        assert found[row] == (Counter() if row % 10 == 0 else Counter(held[row]))


def test_all_lists_of_an_owner_come_together() -> None:
    owners = np.repeat(np.arange(30, dtype=np.uint64) * np.uint64(7), 5)
    sizes = np.ones(150, np.int64)
    lists = Lists("some", [Memory()])
    lists.put(deal(owners, sizes > 0, sizes, owners), 0)
    seen: set[int] = set()
    for share in lists.shares(most=10):
        here = set(share.values.tolist())
        assert not here & seen
        seen |= here
    assert len(seen) == 30


def test_equal_values_of_two_kinds_come_together() -> None:
    rng = np.random.default_rng(1)
    shelf = Memory()
    one, other = Lists("one", [shelf]), Lists("other", [shelf])
    values = rng.integers(0, 2**63, 300).astype(np.uint64)
    one.put(deal_values(np.full(100, 3), values), 0)
    other.put(deal_values(np.full(50, 6), values[::-1].copy()), 0)
    both = [set(a.values) & set(b.values) for a, b in shares_of(one, other, most=64)]
    assert set().union(*both) == set(values)
    assert sum(map(len, both)) == values.size


def test_a_shelf_on_disk_holds_what_one_in_memory_holds(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2)
    shelves: list[Shelf] = [
        Memory(), nameless(), Overflow(2_000), Overflow(0), DiskShelf(tmp_path / "shelf"),
    ]  # fmt: skip
    parts = [rng.integers(0, 99, n).astype(kind) for n in (0, 300, 7) for kind in "BhqdQ"]
    for shelf in shelves:
        for nth, part in enumerate(parts):
            shelf.put(f"name {nth % 2}", part)
    disk = shelves[-1]
    assert isinstance(disk, DiskShelf)
    disk.shut(settle=True)
    shelves.append(DiskShelf(tmp_path / "shelf", disk.index))
    for shelf in shelves[1:]:
        for name in ("name 0", "name 1", "name 2"):
            assert shelf.n_parts(name) == shelves[0].n_parts(name)
            for nth in range(shelf.n_parts(name)):
                mine, other = shelf.part(name, nth), shelves[0].part(name, nth)
                assert mine.dtype == other.dtype
                assert mine.tolist() == other.tolist()
                assert shelf.part(name, nth, 2, 5).tolist() == other[2:5].tolist()
        assert whole(shelf, "name 1").tolist() == whole(shelves[0], "name 1").tolist()


@pytest.mark.parametrize("size", [40, 3_000, 200_000])
def test_nth_sights_are_those_of_plain_counting(size: int) -> None:
    rng = np.random.default_rng(size)
    bounds = np.array([0, 0, size // 3, size // 3 + 5, size])
    values = np.where(
        rng.random(size) < 0.5, rng.integers(0, 30, size), rng.integers(0, 2**62, size)
    ).astype(np.uint64)
    need = np.array([1, 2, 1, max(2, size // 200)])
    wanted = []
    for group in range(4):
        count: Counter[int] = Counter()
        for i in range(bounds[group], bounds[group + 1]):
            count[int(values[i])] += 1
            if count[int(values[i])] == need[group]:
                wanted.append((group, i))
    found = nth_sights(bounds, values, need)
    assert list(zip(*(x.tolist() for x in found), strict=True)) == wanted


def test_first_marks_leave_rows_of_no_group_unmarked() -> None:
    group = np.array([1, -1, 1, 0, 1, -1], np.int32)
    key = np.array([5, 5, 5, 5, 6, 7], np.uint64)
    order, bounds = by_group(group, 2)
    out = np.zeros(6, np.bool_)
    first_marks(order, bounds, lambda rows: key[rows], out)
    assert out.tolist() == [True, False, False, True, True, False]


def test_numbers_go_on_as_the_table_grows() -> None:
    rng = np.random.default_rng(4)
    values = rng.integers(0, 20_000, 60_000).astype(np.uint64)
    numbers = Numbers()
    codes = np.concatenate([numbers.take(part) for part in np.array_split(values, 37)])
    assert (numbers.known[codes] == values).all()
    assert np.unique(numbers.known).size == numbers.known.size
    first = np.unique(codes, return_index=True)[1]
    assert (np.diff(first) > 0).all()


def test_names_are_told_apart_by_every_byte() -> None:
    rng = np.random.default_rng(6)
    pool = ["", "a", "A", "ab", "é", "ｅ", *(f"account {i}" for i in range(5_000))]
    names, wanted = Names(), {}
    for _ in range(40):
        texts = [pool[i] for i in rng.integers(0, len(pool), 700)]
        codes = names.take(pa.array(texts, pa.string()))
        assert codes.tolist() == [wanted.setdefault(text, len(wanted)) for text in texts]
    assert names.since(0) == list(wanted)
    assert names.since(3_000) == list(wanted)[3_000:]
    assert names.since(len(names)) == []
    assert names.take(pa.array(["x", "account 7"]).slice(1)).tolist() == [wanted["account 7"]]


def test_rows_are_sorted_by_time_then_id_and_the_first_of_an_id_stays() -> None:
    rng = np.random.default_rng(5)
    sent = rng.integers(0, 40, 3_000)
    sent[:200] = 7
    ids = rng.permutation(2_500)[rng.integers(0, 2_500, 3_000)].astype(np.uint64)
    shelf = Memory()
    for part in np.array_split(np.arange(3_000), 4):
        shelf.put("sent_us", narrowed(sent[part]))
        shelf.put("id", ids[part])
    rows, times, n_dropped = sort_rows([shelf])
    order = np.lexsort((ids, sent))
    kept = order[np.sort(np.unique(ids[order], return_index=True)[1])]
    assert n_dropped == 3_000 - kept.size
    assert (times == sent[kept]).all()
    assert (rows.spread("id") == ids[kept]).all()


def test_a_shelf_that_is_let_go_of_leaves_no_file_open(tmp_path: Path) -> None:
    def n_open() -> int:
        return sum(1 for one in Path("/proc/self/fd").iterdir() if "stillwatch" in _target(one))

    def _target(one: Path) -> str:
        with suppress(OSError):
            return str(one.readlink())
        return ""

    before = n_open()
    shelves = [nameless(), Overflow(0)]
    for shelf in shelves:
        shelf.put("name", np.arange(9))
    assert n_open() == before + 2
    del shelf, shelves
    shut = DiskShelf(tmp_path / "stillwatch.shelf")
    shut.put("name", np.arange(9))
    shut.shut(settle=False)
    shut.shut(settle=False)
    gc.collect()
    assert n_open() == before
    assert shut.part("name", 0).tolist() == list(range(9))


def test_shares_are_a_power_of_two() -> None:
    assert N_SHARES & (N_SHARES - 1) == 0
