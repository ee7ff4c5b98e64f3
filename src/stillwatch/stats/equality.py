"""Equality: do two models answer the same prompts with the same distribution?

The kernel two-sample test of Gao et al. ("Model equality testing", 2410.20247): the squared
maximum mean discrepancy under a kernel on strings, within each prompt and averaged over prompts.
Given the answers of a prompt, which of the two models gave which is exchangeable under the null,
so that shuffling the labels within prompts gives an exact p-value, whatever the kernel. Null:
for every prompt both draw from one distribution, independently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.decoys import rank_p

F64 = npt.NDArray[np.float64]

N_CHARS: Final = 1_000


def likeness(texts: Sequence[str], n_chars: int = N_CHARS) -> F64:
    """``(n, n)`` Hamming kernel of texts: the share of equal characters, place by place.

    Args:
        texts: any; the first ``n_chars`` characters count, what is shorter is filled up.
        n_chars: >= 1.
    """
    n_used = max(1, min(n_chars, max((len(text) for text in texts), default=1)))
    # One past the last code point fills up: an answer that ends is not one that goes on.
    codes = np.full((len(texts), n_used), 0x110000, np.int32)
    for row, text in enumerate(texts):
        told = text[:n_used].encode("utf-32-le", "surrogatepass")
        codes[row, : len(told) // 4] = np.frombuffer(told, np.int32)
    out = np.empty((len(texts), len(texts)))
    for row in range(len(texts)):
        out[row] = (codes == codes[row]).mean(axis=1)
    return out


def mmd(kernel: F64, ours: npt.NDArray[np.bool_]) -> float:
    """Squared discrepancy, unbiased, between the rows that are ours and the others.

    Args:
        kernel: ``(n, n)`` symmetric.
        ours: ``(n,)`` at least two of either.
    """
    return float(_mmds(kernel, ours[None])[0])


def _mmds(kernel: F64, ours: npt.NDArray[np.bool_]) -> F64:
    """For each row of labels ``(n_labelings, n)``, all with the same number of ours."""
    n_a = int(ours[0].sum())
    n_b = ours.shape[1] - n_a
    one, other = ours.astype(np.float64), (~ours).astype(np.float64)
    bare = kernel - np.diag(np.diag(kernel))
    within = ((one @ bare) * one).sum(axis=1) / (n_a * (n_a - 1))
    beside = ((other @ bare) * other).sum(axis=1) / (n_b * (n_b - 1))
    between = ((one @ bare) * other).sum(axis=1) / (n_a * n_b)
    out: F64 = within + beside - 2 * between
    return out


def equality_p(
    ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]], rng: np.random.Generator, *,
    n_permutations: int = 999, n_chars: int = N_CHARS,
) -> tuple[float, float]:  # fmt: skip
    """Mean discrepancy over prompts, and its exact permutation p-value.

    Args:
        ours: answers of one model, a list for each prompt.
        theirs: answers of the other to the same prompts; prompts with fewer than two of
            either are left out.
        rng: shuffles labels.
        n_permutations: how often; the floor of p is one in ``n_permutations + 1``.
        n_chars: characters that are compared.

    Returns:
        the discrepancy, and p in (0, 1].

    Raises:
        BadInput: the prompts differ in number.
    """
    if len(ours) != len(theirs):
        raise BadInput("both answer the same prompts.", where="equality")
    total, seen, n = np.zeros(n_permutations), 0.0, 0
    for one, other in zip(ours, theirs, strict=True):
        if min(len(one), len(other)) < 2:
            continue
        # On a grid of 2**-40, so that equal labelings give equal sums.
        kernel = likeness([*one, *other], n_chars)
        labels = np.zeros(len(one) + len(other), bool)
        labels[: len(one)] = True
        shuffled = rng.permuted(np.repeat(labels[None], n_permutations, axis=0), axis=1)
        both = np.rint(_mmds(kernel, np.vstack([labels[None], shuffled])) * 2**40)
        seen, total, n = seen + float(both[0]), total + both[1:], n + 1
    if not n:
        return 0.0, 1.0
    return seen / n / 2**40, rank_p(seen, total)
