"""Groups of made worlds whose story is known, with what every signal reads off them.

PYTHONPATH=. python benchmarks/attribute/hypotheses/tabulate.py OUT.jsonl --seeds 101,102

One line a group. Of a campaign: the campaign as ``detect`` reports it. Of every kind: its true
members together. Of innocent kinds: the groups of that kind that the search would test and that
look most like one hand, so that rivals are known by their most campaign-like side.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import told  # noqa: E402
from stillwatch.adapters.ingest import ingest, read_key  # noqa: E402
from stillwatch.adapters.shelving import Overflow  # noqa: E402
from stillwatch.detect.candidates import Finder  # noqa: E402
from stillwatch.detect.group import Group  # noqa: E402
from stillwatch.detect.links import build_links  # noqa: E402
from stillwatch.detect.population import build_population  # noqa: E402
from stillwatch.detect.result import accounts_of  # noqa: E402
from stillwatch.detect.search import search  # noqa: E402
from stillwatch.detect.settling import Outcome  # noqa: E402
from stillwatch.lab import FIXTURES, TWINS, Recipe, simulate  # noqa: E402
from stillwatch.model.release import Release  # noqa: E402

#: share of a group's accounts that must be of one kind.
PURE = 0.8
#: groups of one innocent kind that are taken from one world, the most campaign-like first.
MOST = 6
#: groups of one kind may share at most this part of their accounts.
OVERLAP = 0.5
#: turned knobs of campaigns, one set a world in turn; the last is a relay of customers alone.
KNOBS: tuple[dict[str, Any], ...] = (
    {},
    {"paraphrase": 0.6, "jitter": 0.6},
    {"infra_sharing": 0.1, "aged_accounts": 0.6},
    {"mixing": 0.8},
    {"persona_sticky": 0.6, "human_sessions": 0.5},
)
RELAY = {"mixing": 0.95}


def worlds(seed: int, n_accounts: int) -> Iterator[tuple[str, Recipe]]:
    """The recipes of one seed: campaigns with twins, and relays that harvest nothing of note."""
    every = {"n_accounts": n_accounts, "seed": seed, "days": 14}
    knobs = KNOBS[seed % len(KNOBS)]
    yield "", Recipe(fixtures=tuple(FIXTURES), twins=tuple(TWINS), **every, **knobs)
    relays: dict[str, Any] = {**every, "n_accounts": n_accounts // 2}
    yield "relay", Recipe(fixtures=("C04",), twins=(), **relays, **RELAY)


def searched(recipe: Recipe) -> tuple[Outcome, dict[str, str]]:
    """What a search of a made world knows in the end, and the kind of each account."""
    world = simulate(recipe, np.random.default_rng(recipe.seed))
    traffic = ingest(world.batches(), read_key(None))
    links = build_links(traffic, build_population(traffic, world.accounts), Overflow())
    truth = world.truth.to_pylist()
    kinds = {t["account"]: t["campaign"] or t["twin"] or "ordinary" for t in truth}
    releases = tuple(
        Release(r["model"], round(datetime.fromisoformat(r["released_at"]).timestamp() * 1e6))
        for r in world.releases["releases"]
    )
    return search(traffic.linked(), world.accounts, releases, links=links), kinds


def described(outcome: Outcome, nodes: Any, kind: str, source: str) -> dict[str, Any]:
    """One line: what every signal reads off a group."""
    group = Group(outcome.state, nodes)
    bits = {s.name: round(float(s.weigh(group).bits), 2) for s in outcome.looking}
    return {
        "kind": kind,
        "source": source,
        "n_accounts": int(accounts_of(outcome.state, nodes).size),
        "bits": bits,
    }


def kind_of_nodes(outcome: Outcome, kinds: dict[str, str]) -> list[str]:
    """``(n_nodes,)`` the kind of each node, that of its first account."""
    names, members = outcome.state.window.traffic.accounts, outcome.state.window.population.members
    return [kinds.get(names[int(m[0])], "ordinary") for m in members]


def cohorts(outcome: Outcome, kind: np.ndarray, label: str) -> Iterator[dict[str, Any]]:
    """Campaigns as reported; every kind, guilty or not, as it truly is."""
    for settled in outcome.campaigns:
        own, counts = np.unique(kind[settled.members.nodes], return_counts=True)
        top = int(counts.argmax())
        if counts[top] >= PURE * settled.members.nodes.size:
            yield described(outcome, settled.members.nodes, label or str(own[top]), "reported")
    for name in sorted(set(kind.tolist()) - {"ordinary"}):
        nodes = np.flatnonzero(kind == name)
        if nodes.size >= outcome.state.window.settings.min_accounts:
            yield described(outcome, nodes, label or name, "true members")


def innocents(outcome: Outcome, kind: np.ndarray) -> Iterator[dict[str, Any]]:
    """The most campaign-like groups of each innocent kind."""
    finder = Finder(outcome.state, probing=False)
    finder.look_at(outcome.state, outcome.looking, lambda: None)
    found: dict[str, list[tuple[float, Any]]] = {}
    cheap = [s for s in outcome.looking if not s.costly and s.question == "operator"]
    for group in finder.groups():
        own, counts = np.unique(kind[group.every], return_counts=True)
        top = int(counts.argmax())
        name = str(own[top])
        if counts[top] < PURE * group.every.size or name[:1] == "C":
            continue
        sides: dict[str, tuple[float, float]] = {}
        for signal in cheap:
            bits = signal.weigh(group).bits
            best, worst = sides.get(signal.family, (0.0, 0.0))
            sides[signal.family] = (max(best, bits), min(worst, bits))
        found.setdefault(name, []).append((sum(map(sum, sides.values())), group.nodes))
    for name, groups in sorted(found.items()):
        taken: set[int] = set()
        n_taken = 0
        for _, nodes in sorted(groups, key=lambda one: (-one[0], one[1][0])):
            own_nodes = set(nodes.tolist())
            if n_taken < MOST and len(own_nodes & taken) <= OVERLAP * len(own_nodes):
                taken |= own_nodes
                n_taken += 1
                yield described(outcome, nodes, name, "most like one hand")


def main() -> None:
    """Make worlds, search them, write what was read off groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", default="101")
    parser.add_argument("--accounts", type=int, default=3_000)
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with asked.out.open("a", encoding="utf-8") as out:
        for seed in map(int, asked.seeds.split(",")):
            for label, recipe in worlds(seed, asked.accounts):
                outcome, kinds = searched(recipe)
                kind = np.array(kind_of_nodes(outcome, kinds))
                lines = list(cohorts(outcome, kind, label))
                if not label:
                    lines += innocents(outcome, kind)
                for line in lines:
                    out.write(json.dumps({"seed": seed, **line}) + "\n")
                out.flush()
                told(f"seed {seed} {label or 'world'}: {len(lines)} groups")


if __name__ == "__main__":
    main()
