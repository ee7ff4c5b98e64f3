"""Two providers cut out of one made world, and clusters at each that are one pool, or are not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.model.errors import NotEnoughEvidence
from stillwatch.share.matching_clusters import Likeness, decoys, likeness, rare

KINDS = ("payment", "device", "address")
P_BOTH, N_DECOYS, N_MEMBERS, LEAST = 0.2, 99, 60, 20
N_MANY, N_PLAIN = 600, 20
Keys = dict[str, list[str]]


def world(folder: Path, seed: int, n_accounts: int, infra_sharing: float) -> Path:
    """A world of the lab."""
    words = ["--accounts", str(n_accounts), "--campaign-accounts", "240", "--seed", str(seed)]
    words += ["--mean-exchanges", "8", "--infra-sharing", str(infra_sharing)]
    subprocess.run(
        [sys.executable, "-m", "stillwatch.cli.main", "lab", "simulate", str(folder), *words],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def keys_of(folder: Path, kind: str) -> tuple[Keys, dict[str, tuple[str, str]]]:
    """Keys of every account, and which campaign or twin it is of."""
    truth = pq.read_table(folder / "truth.parquet").to_pylist()
    group = {r["account"]: (r["campaign"] or "", r["twin"] or "") for r in truth}
    keys: Keys = {account: [] for account in group}
    if kind == "address":
        table = pq.read_table(folder / "exchanges.parquet", columns=["account", "address"])
        rows = table.group_by(["account", "address"]).aggregate([]).to_pylist()
    else:
        rows = pq.read_table(folder / "accounts.parquet", columns=["account", kind])
        rows = rows.filter(pc.is_valid(rows[kind])).to_pylist()
    for row in rows:
        if row[kind] is not None:
            keys[row["account"]].append(row[kind])
    return keys, group


def pairs(
    group: dict[str, tuple[str, str]], at_ours: set[str], at_theirs: set[str],
    rng: np.random.Generator,
) -> Iterator[tuple[str, float, list[str], list[str]]]:  # fmt: skip
    """Clusters at the one and at the other: name, share of accounts that both hold, members."""
    members: dict[str, list[str]] = {}
    for account, (campaign, twin) in sorted(group.items()):
        if campaign or twin:
            members.setdefault(campaign or f"twin {twin}", []).append(account)
    campaigns = sorted(n for n, m in members.items() if n[0] == "C" and len(m) >= 2 * N_MEMBERS)
    for name in campaigns:
        for share in (0.0, 0.05, 0.1, 0.2, 0.5):
            drawn = _drawn(members[name], 2 * N_MEMBERS, rng)
            ours, n = drawn[:N_MEMBERS], round(N_MEMBERS * share)
            yield "one pool", share, ours, ours[:n] + drawn[N_MEMBERS : 2 * N_MEMBERS - n]
        other = str(rng.choice([o for o in campaigns if o != name]))
        ours, theirs = (_drawn(members[n], N_MEMBERS, rng) for n in (name, other))
        yield "two campaigns", 0.0, ours, theirs
        yield "a campaign, customers", 0.0, ours, _drawn(sorted(at_theirs), N_MANY, rng)
    twins = {n: set(m) for n, m in members.items() if n[0] == "t"}
    for _, held in sorted(twins.items()):
        here = sorted(held & at_ours)
        there = sorted(at_theirs - held)
        if len(here) >= N_MEMBERS:
            yield "a twin, customers", 0.0, _drawn(here, N_MEMBERS, rng), _drawn(there, N_MANY, rng)
    for _ in range(N_PLAIN):
        ours, theirs = (
            _drawn(sorted(at_ours), N_MEMBERS, rng),
            _drawn(sorted(at_theirs), N_MANY, rng),
        )
        yield "customers of both", 0.0, ours, theirs


def _drawn(members: list[str], n: int, rng: np.random.Generator) -> list[str]:
    return [members[int(i)] for i in rng.permutation(len(members))[:n]]


def looked(folder: Path, kind: str, seed: int) -> Iterator[dict[str, Any]]:
    """Every pair of clusters of a world, asked about by one kind of key."""
    rng = np.random.default_rng(seed)
    keys, group = keys_of(folder, kind)
    innocent = [account for account, (campaign, _) in sorted(group.items()) if not campaign]
    where = dict(zip(innocent, rng.random(len(innocent)), strict=True))
    at_ours = {a for a, w in where.items() if w < (1 + P_BOTH) / 2}
    at_theirs = {a for a, w in where.items() if w >= (1 - P_BOTH) / 2}
    for name, share, ours, theirs in pairs(group, at_ours, at_theirs, rng):
        mine = set(ours)
        held = {k for a in theirs for k in keys[a]}
        found = asked(keys, ours, held, [keys[a] for a in sorted(at_ours - mine)], rng)
        yield {
            "pair": name, "share": share, "kind": kind,
            "looked": found is not None,
            "rank": found.p_rank if found else 1.0, "tail": found.p_tail if found else 1.0,
            "n_shared": found.n_shared if found else 0,
            "decoys_mean": found.decoys[0] if found else 0.0,
        }  # fmt: skip


def asked(
    keys: Keys, ours: list[str], held: set[str], units: list[list[str]], rng: np.random.Generator
) -> Likeness | None:
    """The question of `share match cluster`, with plain sets; ``None`` where it could not look."""
    left = rare(units)
    common = {k for u in units for k in u} - {k for u in left for k in u}
    cluster = sorted({k for a in ours for k in keys[a]} - common)
    if len(cluster) < LEAST:
        return None
    mine = set(cluster)
    try:
        drawn = decoys(len(cluster), [u for u in left if mine.isdisjoint(u)], N_DECOYS, rng)
    except NotEnoughEvidence:
        return None
    counts = [len(held.intersection(one)) for one in drawn]
    return likeness(len(cluster), len(held & mine), counts)
