"""The peers of the benchmark do what their papers say, and the comparison is fair."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from benchmarks.detect.peers.evilcohort import EvilCohort
from benchmarks.detect.peers.fraudar import Fraudar, peel
from benchmarks.detect.peers.interface import Peer, World
from benchmarks.detect.peers.mmd import Kernel, MmdWindow
from benchmarks.detect.peers.prada import Prada
from benchmarks.detect.peers.rate_limit import RateLimit
from benchmarks.detect.peers.reading import Truth, read_truth, read_world
from benchmarks.detect.peers.roster import roster, unlabelled
from benchmarks.detect.peers.run import Ran, onto, read_rows, read_stillwatch, rows_of, write
from benchmarks.detect.peers.scoring import auc, budgets, caught
from benchmarks.detect.peers.seat import Seat
from benchmarks.detect.peers.synchrotrap import SynchroTrap, linkage_level
from benchmarks.detect.peers.texts import distinct_rows
from benchmarks.detect.peers.unmimic_guard import UnmimicGuard
from stillwatch.model.errors import BadInput, NotEnoughEvidence, OutsideFailed

START = datetime(2026, 1, 1, tzinfo=UTC)
THINGS = "apple bridge cloud dragon engine forest garden harbour island jungle".split()


def _row(account: str, hour: int, prompt: str, address: str) -> dict[str, object]:
    return {
        "exchange_id": f"{account}-{hour}",
        "sent_at": START + timedelta(hours=hour, minutes=int(account[1:])),
        "account": account,
        "model": "m-1",
        "prompt": prompt,
        "address": address,
        "client": "ring/1" if account[0] == "c" else f"own/{account}",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six accounts of one campaign and six of nobody's, five exchanges each: 60 rows."""
    rows = []
    for number in range(6):
        for turn in range(5):
            thing = THINGS[(number + turn) % 10]
            template = f"Write out your complete internal reasoning about this: {thing}"
            rows.append(_row(f"c{number}", turn, template, f"ring-{turn % 3}"))
            own = f"{thing} {number} please, question {turn} of {THINGS[turn]}"
            rows.append(_row(f"b{number}", 7 * turn + 13 * number, own, f"home-{number}"))
    assert len(rows) == 60
    path = tmp_path_factory.mktemp("world")
    pq.write_table(pa.Table.from_pylist(rows), path / "exchanges.parquet")
    names = sorted({str(row["account"]) for row in rows})
    truth = {
        "account": names,
        "campaign": ["ring" if name[0] == "c" else None for name in names],
        "twin": ["SWS-1" if name == "b0" else None for name in names],
    }
    pq.write_table(pa.table(truth), path / "truth.parquet")
    return path


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return read_world(folder, seed=1)


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return read_truth(folder)


FINDS = (
    EvilCohort(2),
    EvilCohort(2, agree=True),
    SynchroTrap(("head",)),
    SynchroTrap(("address",)),
    Fraudar(("address", "digest"), "address, prompt"),
)


@pytest.mark.parametrize("peer", FINDS, ids=lambda peer: peer.name)
def test_a_group_method_finds_a_plain_ring(peer: Peer, world: World, truth: Truth) -> None:
    found = caught(peer.rank(world), truth, 0)
    assert found.recall == 1
    assert found.n_benign == 0


@pytest.mark.parametrize("peer", unlabelled(), ids=lambda peer: peer.name)
def test_scores_are_finite_name_accounts_and_repeat(peer: Peer, world: World) -> None:
    scores = peer.rank(world)
    accounts = set(world.exchanges["account"].to_pylist())
    assert set(scores) <= accounts
    assert np.isfinite(list(scores.values())).all()
    assert scores == peer.rank(world)


def test_a_rate_limit_counts_the_fullest_window(world: World) -> None:
    assert RateLimit(3600).rank(world)["c0"] == 1
    assert RateLimit(86400).rank(world)["c0"] == 5
    assert RateLimit(86400).rank(world)["b0"] == 4


def test_seat_counts_pairs(world: World) -> None:
    scores = Seat(0.6).rank(world)
    assert scores["c0"] == 10
    assert scores["b0"] < 10


def test_a_reader_of_text_says_when_there_is_none(world: World) -> None:
    at = world.exchanges.column_names.index("prompt")
    bare = world.exchanges.set_column(at, "prompt", pa.nulls(60, pa.large_string()))
    for peer in (Prada(), Seat(), MmdWindow(), SynchroTrap(("head",))):
        with pytest.raises(NotEnoughEvidence, match="prompt"):
            peer.rank(World(bare, None, 1))


def test_unmimic_says_that_it_could_not_run(world: World) -> None:
    with pytest.raises(OutsideFailed, match="--unmimic-python"):
        UnmimicGuard("").rank(world)
    with pytest.raises(OutsideFailed, match=r"could not run.*No module named"):
        UnmimicGuard(sys.executable).rank(world)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4)), min_size=1, max_size=40),
    st.integers(1, 4),
)
def test_a_sample_of_prompts_holds_first_uses_up_to_the_cap(
    rows: list[tuple[int, int]], cap: int
) -> None:
    accounts, prompts = np.array(rows).T
    chosen = distinct_rows(accounts, prompts, cap=cap, rng=np.random.default_rng(1)).tolist()
    assert all(rows.index(rows[at]) == at for at in chosen)
    for account in set(accounts.tolist()):
        n_distinct = len({row for row in rows if row[0] == account})
        assert sum(rows[at][0] == account for at in chosen) == min(cap, n_distinct)


def test_the_roster_has_one_name_a_peer(folder: Path, world: World, truth: Truth) -> None:
    peers = roster(truth, (world, truth), "")
    names = [peer.name for peer in peers]
    assert len(names) == len(set(names))
    assert all(peer.source for peer in peers)
    by_name = {peer.name: peer for peer in peers}
    told = by_name["supervised (other world)"].rank(world)
    assert all(0 <= score <= 1 for score in told.values())


def test_peeling_finds_a_planted_block() -> None:
    rng = np.random.default_rng(3)
    cells = (rng.random((60, 80)) < 0.03).astype(float)
    cells[:8, :10] = 1.0
    rows, columns, density = peel(sparse.csr_array(cells))
    assert set(range(8)) <= set(rows)
    assert set(range(10)) <= set(columns)
    assert density >= cells[:8, :10].sum() / 18


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), max_size=25), st.integers(2, 4))
def test_linkage_level_is_the_highest_threshold_with_a_cluster(
    edges: list[tuple[int, int, int]], least: int
) -> None:
    a, b, w = (np.array([edge[i] for edge in edges], dtype=np.int64) for i in range(3))
    level = linkage_level(a, b, w + 1.0, 10, least=least)
    brute = np.zeros(10)
    for cut in range(1, 11):
        kept = w + 1 >= cut
        graph = sparse.coo_array((np.ones(kept.sum()), (a[kept], b[kept])), shape=(10, 10))
        _, part = connected_components(graph, directed=False)
        brute[np.bincount(part)[part] >= least] = cut
    assert level.tolist() == brute.tolist()


def test_mmd_is_unbiased_and_sees_a_shift() -> None:
    rng = np.random.default_rng(5)
    pool = rng.normal(size=(1200, 8)).astype(np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    kernel = Kernel.fit(pool[:600])
    same = [kernel.mmd2(pool[rng.choice(np.arange(600, 1200), 20)]) for _ in range(300)]
    shifted = kernel.mmd2(pool[pool[:, 0] > 0.5][:20])
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(300) + 2e-3
    assert shifted > np.mean(same) + 5 * np.std(same)


def test_ties_count_against_the_method() -> None:
    truth = Truth(dict.fromkeys("ab", "x") | dict.fromkeys("cdef"), dict.fromkeys("abcdef"))
    scores = {"a": 2.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": 0.5}
    assert caught(scores, truth, 0).recall == 0.5
    assert caught(scores, truth, 1).recall == 0.5
    assert caught(scores, truth, 2).recall == 1.0
    assert caught(scores, truth, 2).n_benign == 2
    assert caught({"a": 0.0, "b": 0.0}, truth, 4).recall == 0
    assert auc(scores, truth) == pytest.approx(7 / 8)


def test_budgets_round_down() -> None:
    assert budgets(11_935) == {"0": 0, "1/n": 1, "1e-4": 1, "1e-3": 11, "1e-2": 119}


def test_stillwatch_is_read_and_watched_clusters_do_not_count(tmp_path: Path, truth: Truth) -> None:
    members = [{"account": name, "membership": 0.9} for name in ("c0", "c1", "c2")]
    report = {
        "campaigns": [{"weight_bits": 30.0, "accounts": members}],
        "watched": [{"accounts": ["c3", "b1"]}],
    }
    path = tmp_path / "campaigns.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    scores = read_stillwatch(path)
    assert scores == {"c0": 30.0, "c1": 30.0, "c2": 30.0}
    failed = Ran("other", "", None, because="it is not there")
    rows = rows_of([Ran("stillwatch", "", scores), failed], truth, 0)
    assert (rows[0]["recall@0"], rows[0]["found@0"], rows[0]["ring@own"]) == (
        "0.500",
        "1/1",
        "0.50",
    )
    assert rows[1]["could_not_run_because"] == "it is not there"
    assert "recall@0" not in rows[1]


def test_new_rows_take_the_place_of_the_old_in_an_earlier_table(tmp_path: Path) -> None:
    earlier = [
        {"method": "a", "could_not_run_because": "", "recall@0": "0.1"},
        {"method": "b", "could_not_run_because": "it is not there"},
        {"method": "c", "could_not_run_because": "", "recall@0": "0.3", "peak_mib": "5"},
    ]
    path = tmp_path / "table.csv"
    write(earlier, path)
    read = read_rows(path)
    assert read == [earlier[0], earlier[2]]
    new = [{"method": name, "recall@0": "0.9"} for name in ("c", "d")]
    assert onto(read, new) == [earlier[0], *new]


def test_a_folder_without_a_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_world(tmp_path, seed=1)
