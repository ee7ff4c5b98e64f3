"""Whether rules of ownership reach whom an independent formulation says, and what a graph costs.

PYTHONPATH=. python benchmarks/screen/ownership/run.py [--full]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table  # noqa: E402
from stillwatch.screen.cascade import cascade  # noqa: E402
from stillwatch.screen.holdings import Graph, Holding, Node  # noqa: E402
from stillwatch.screen.regimes import Reach  # noqa: E402

SEED = 1


def random_graph(rng: random.Random, n: int, n_listed: int) -> tuple[Graph, list[str]]:
    """A graph in which many shares add up to exactly a half, with rings."""
    names = [f"n{at}" for at in range(n)]
    holdings = []
    for owned in names:
        left = Fraction(1)
        for owner in rng.sample(names, min(n - 1, rng.randint(0, 4))):
            share = min(left, rng.choice([Fraction(k, 20) for k in (1, 2, 5, 5, 10, 10, 11, 15)]))
            if owner != owned and share > 0:
                holdings.append(Holding(owner=owner, owned=owned, low=share, high=share))
                left -= share
    graph = Graph(
        nodes={name: Node(id=name, name=name) for name in names}, holdings=tuple(holdings)
    )
    return graph, rng.sample(names, n_listed)


def by_programme(graph: Graph, listed: list[str], reach: Reach) -> set[str]:
    """The same question as an integer programme: the fewest parties closed under the rule.

    A party must be in when the shares of owners that are in reach the threshold. In whole numbers:
    ``sum(share * in) - M * in <= threshold - 1``, for every party, with shares brought to one
    denominator, so that nothing is rounded.
    """
    names = sorted(graph.nodes)
    place = {name: at for at, name in enumerate(names)}
    whole = lcm(*(h.low.denominator for h in graph.holdings), reach.threshold.denominator)
    threshold = int(reach.threshold * whole)
    rows, upper = [], []
    for name in names:
        line = np.zeros(len(names))
        for one in graph.holdings:
            if one.owned == name:
                line[place[one.owner]] += int(one.low * whole)
        line[place[name]] -= whole + 1
        rows.append(line)
        upper.append(threshold - 1)
    lower = np.array([1.0 if name in listed else 0.0 for name in names])
    found = milp(
        np.ones(len(names)),
        constraints=LinearConstraint(np.array(rows), ub=np.array(upper)),
        bounds=Bounds(lower, np.ones(len(names))),
        integrality=np.ones(len(names)),
    )
    return {name for name in names if round(found.x[place[name]]) and name not in listed}


def vectors() -> list[dict[str, Any]]:
    """The published examples (OFAC FAQ 401): who is reached."""
    cases = {
        "X half of A, A half of B": ([("x", "a", 50), ("a", "b", 50)], {"a", "b"}),
        "X and Y a quarter of A each": ([("x", "a", 25), ("y", "a", 25)], {"a"}),
        "X half of A and a tenth of B, A two fifths of B": (
            [("x", "a", 50), ("x", "b", 10), ("a", "b", 40)], {"a", "b"},
        ),
        "X a quarter of A and of B, these half of C each": (
            [("x", "a", 25), ("x", "b", 25), ("a", "c", 50), ("b", "c", 50)], set(),
        ),
        "X half of A, A 49 percent of B": ([("x", "a", 50), ("a", "b", 49)], {"a"}),
        "A and B own one another": ([("a", "b", 60), ("b", "a", 60)], set()),
    }  # fmt: skip
    rows = []
    for name, (held, wanted) in cases.items():
        graph = Graph(
            nodes={one: Node(id=one, name=one) for one in "xyabc"},
            holdings=tuple(
                Holding(owner=a, owned=b, low=Fraction(k, 100), high=Fraction(k, 100))
                for a, b, k in held
            ),
        )
        found = set(cascade(graph, ["x", "y"], Reach()).certain)
        rows.append({"kind": "vector", "name": name, "n": 1, "n_right": int(found == wanted)})
    return rows


def checked(n_graphs: int) -> dict[str, Any]:
    """Random graphs against the integer programme."""
    rng = random.Random(SEED)
    n_right = n_reached = 0
    ours_s = theirs_s = 0.0
    for at in range(n_graphs):
        strict = at % 4 == 0
        graph, listed = random_graph(rng, rng.randint(4, 24), rng.randint(1, 3))
        reach = Reach(threshold=Fraction(1, 2) if not strict else Fraction(11, 20))
        begun = time.process_time()
        found = set(cascade(graph, listed, reach).certain)
        ours_s += time.process_time() - begun
        begun = time.process_time()
        n_right += found == by_programme(graph, listed, reach)
        theirs_s += time.process_time() - begun
        n_reached += len(found)
    return {
        "kind": "random graphs", "name": "against an integer programme (scipy)", "n": n_graphs,
        "n_right": n_right, "n_reached": n_reached, "cpu_us_a_graph": ours_s / n_graphs * 1e6,
        "peer_times_ours": theirs_s / ours_s,
    }  # fmt: skip


def large(n: int) -> dict[str, Any]:
    """One graph of the size of a register."""
    graph, listed = random_graph(random.Random(SEED), n, max(1, n // 100))
    begun = time.process_time()
    found = cascade(graph, listed, Reach())
    spent_s = time.process_time() - begun
    return {
        "kind": "large", "name": f"{len(graph.holdings):,} holdings", "n": n,
        "n_reached": len(found.certain), "cpu_s": spent_s,
        "holdings_a_cpu_s": len(graph.holdings) / spent_s,
    }  # fmt: skip


def main() -> None:
    """Check, time, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 1,000 graphs, a large one")
    asked = parser.parse_args()
    rows = [
        *vectors(),
        checked(1_000 if asked.full else 200),
        large(100_000 if asked.full else 5_000),
    ]
    print(table(rows))
    right, big = rows[-2], rows[-1]
    headlines = [
        f"{sum(r['n_right'] for r in rows if r['kind'] == 'vector')} of "
        f"{sum(r['kind'] == 'vector' for r in rows)} published examples and {right['n_right']} of "
        f"{right['n']} random graphs come out as an integer programme has them.",
        f"A graph of {big['n']:,} parties and {big['name']} takes {big['cpu_s']:.2f} s of "
        "processor.",
    ]
    freeze(HERE, rows, full=asked.full, facts={"seed": SEED}, headlines=headlines)


if __name__ == "__main__":
    main()
