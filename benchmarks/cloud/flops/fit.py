"""Fit the score of rhythm on made jobs and print it as TOML.

Its error rates come from other jobs: copy them from ``frozen.csv`` into the table ``errors``.

PYTHONPATH=. python benchmarks/cloud/flops/fit.py > src/stillwatch/adapters/cloud/packs/rhythm.toml
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.cloud.flops.made import Made, made_jobs  # noqa: E402
from stillwatch.cloud.rhythm import FEATURES, KINDS, features  # noqa: E402
from stillwatch.lab.compute.shapes import KIND_OF  # noqa: E402


def rows_of(jobs: list[Made]) -> tuple[np.ndarray, np.ndarray]:
    """Features and kinds of those jobs whose rhythm can be told."""
    x, y = [], []
    for one in jobs:
        told = features(one.trace)
        if not isinstance(told, str):
            x.append(told)
            y.append(KINDS.index(KIND_OF[one.kind]))
    return np.array(x), np.array(y)


def fitted(x: np.ndarray, y: np.ndarray, ridge: float = 0.02) -> tuple[np.ndarray, ...]:
    """Mean, scale, weights and bias of a ridge multinomial logistic regression."""
    mean, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0) + 1e-9
    z = np.clip(np.nan_to_num((x - mean) / scale), -6, 6)
    n, k = z.shape
    share = np.bincount(y, minlength=len(KINDS)) / n
    each = 1 / (share[y] * len(KINDS) * n)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(len(KINDS), k + 1)
        scores = z @ w[:, :k].T + w[:, k]
        logs = scores - logsumexp(scores, axis=1, keepdims=True)
        p = np.exp(logs)
        p[np.arange(n), y] -= 1
        p *= each[:, None]
        grad = np.column_stack((p.T @ z, p.sum(axis=0)))
        grad[:, :k] += ridge * w[:, :k]
        value = -(each * logs[np.arange(n), y]).sum() + ridge * (w[:, :k] ** 2).sum() / 2
        return float(value), grad.ravel()

    done = minimize(loss, np.zeros(len(KINDS) * (k + 1)), jac=True, method="L-BFGS-B")
    w = done.x.reshape(len(KINDS), k + 1)
    return mean, scale, w[:, :k], w[:, k]


def main() -> None:
    """Fit on the laws as they are, half of them a little moved, and print."""
    jobs = made_jobs(40, 101, shift=0.0) + made_jobs(40, 102, shift=0.5)
    mean, scale, weights, bias = fitted(*rows_of(jobs))

    def told(values: np.ndarray) -> str:
        return "[" + ", ".join(f"{v:.4f}" for v in values) + "]"

    print("# Score of rhythm: ridge multinomial logistic regression. Made by")
    print(
        "# benchmarks/cloud/flops/fit.py on made jobs; errors: benchmarks/cloud/flops/frozen.csv."
    )
    print('as_of = "2026-11-25"')
    print(f"features = {list(FEATURES)}".replace("'", '"'))
    print(f"kinds = {list(KINDS)}".replace("'", '"'))
    print(f"mean = {told(mean)}")
    print(f"scale = {told(scale)}")
    print("weights = [\n" + ",\n".join("  " + told(row) for row in weights) + ",\n]")
    print(f"bias = {told(bias)}")


if __name__ == "__main__":
    main()
