"""Score pairs with nomenklatura's algorithms, in an environment of their own.

``python peers_worker.py PAIRS.csv`` prints JSON: by algorithm the scores and microseconds a pair.
"""

from __future__ import annotations

import csv
import json
import sys
import time

from followthemoney import model
from nomenklatura.matching import ScoringConfig, get_algorithm

NAMES = ("logic-v1", "logic-v2", "name-based", "regression-v1")


def main() -> None:
    """Score every pair with every algorithm; the first pairs warm up and are scored twice."""
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {}
    for name in NAMES:
        algorithm = get_algorithm(name)
        if algorithm is None:
            continue
        config = ScoringConfig.defaults()
        pairs = [
            tuple(
                model.get_proxy(
                    {
                        "id": f"{side}{n}",
                        "schema": row["schema"],
                        "properties": {"name": [row[side]]},
                    }
                )
                for side in ("name1", "name2")
            )
            for n, row in enumerate(rows)
        ]
        for schema in {row["schema"] for row in rows}:
            first = next(p for p, r in zip(pairs, rows, strict=True) if r["schema"] == schema)
            algorithm.compare(*first, config)
        begun = time.process_time()
        scores = [algorithm.compare(*pair, config).score for pair in pairs]
        told[name] = {
            "scores": scores, "cpu_us": (time.process_time() - begun) / len(rows) * 1e6,
        }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
