"""Radioactivity: does a text lean to the tokens that a secret key calls green?

Whether a token is green depends on the key, the tokens before it (the window) and the token: for
each distinct (window, token) a coin with chance gamma, by a pseudo-random function. A text that
was made without the key has looked at none of these coins, so that over *distinct* pairs the sum
of weights on green ones is a sum of independent coins, with any weights that do not look at the
key. Counting a pair again each time it recurs is the common mistake: the coins are not drawn
again, and innocent models are accused (:func:`naive_p`, kept for the comparison).

Sources: Kirchenbauer et al. 2301.10226 (the mark), Sander et al. 2402.14904 (the test on
students, windows once), Hoeffding 1963. Weighing pairs by their counts, a cap that grows with
the sample, and the exact tail are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from stillwatch.model.errors import BadInput
from stillwatch.stats.coins import LEAST_P, Coins, chernoff_p, grouped
from stillwatch.stats.siphash import Key, siphash_word
from stillwatch.stats.tokens import mix

BOOL = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

N_WINDOW: Final = 2
GAMMA: Final = 0.5
LEAST_NATS: Final = 0.7
_LEAST_CAP: Final = 10
_CAP_MEANS: Final = 5.0
_WIDE: Final = 2.0**64


@nb.njit(cache=True, nogil=True)
def _windows(tokens, n_window, out):  # type: ignore[no-untyped-def]
    for place in range(out.size):
        folded = np.uint64(0)
        for k in range(n_window):
            folded = mix(folded * np.uint64(0x9E3779B97F4A7C15) + np.uint64(tokens[place + k] + 1))
        out[place] = folded


@nb.njit(cache=True, nogil=True)
def _green(windows, tokens, k0, k1, below, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        inner = siphash_word(windows[i], k0, k1)
        out[i] = siphash_word(inner ^ np.uint64(tokens[i]), k0, k1) < below


def windows_of(tokens: I64, n_window: int = N_WINDOW) -> U64:
    """``(n - n_window,)`` digest of the tokens before each token that has so many before it."""
    out = np.empty(max(tokens.size - n_window, 0), np.uint64)
    _windows(tokens.astype(np.int64), n_window, out)
    return out


def green(windows: U64, tokens: I64, key: Key, gamma: float = GAMMA) -> BOOL:
    """``(n,)`` whether each token is green after its window: a coin for each distinct pair.

    Args:
        windows: ``(n,)`` of :func:`windows_of`.
        tokens: ``(n,)`` the token after each.
        key: the secret.
        gamma: chance of green, in (0, 1).
    """
    if windows.shape != tokens.shape or not 0 < gamma < 1:
        raise BadInput("a token for each window, and gamma within (0, 1).", where="green")
    out = np.empty(windows.size, np.bool_)
    below = np.uint64(int(gamma * _WIDE))
    _green(windows.ravel(), tokens.ravel(), key.k0, key.k1, below, out)
    return out.reshape(windows.shape)


@dataclass(frozen=True, slots=True)
class Pairs:
    """The distinct (window, token) of texts, each with how often it came.

    Args:
        windows: ``(n,)`` digests.
        tokens: ``(n,)`` the token that followed.
        counts: ``(n,)`` how often, >= 1.
    """

    windows: U64
    tokens: I64
    counts: I64

    def names(self) -> U64:
        """``(n,)`` a digest of each pair, to tell those that were looked at before."""
        with np.errstate(over="ignore"):
            spread = self.windows * np.uint64(0xFF51AFD7ED558CCD)
            return (spread ^ self.tokens.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)

    def without(self, known: U64) -> Pairs:
        """Those whose name is not among the known."""
        fresh = ~np.isin(self.names(), known)
        return Pairs(self.windows[fresh], self.tokens[fresh], self.counts[fresh])

    def weights(self, cap: int | None = None) -> I64:
        """``(n,)`` count of each pair, capped; the cap grows with the sample where none is named.

        Args:
            cap: most that one pair weighs; None for five mean counts, at least ten.
        """
        if cap is None:
            mean = float(self.counts.mean()) if self.counts.size else 0.0
            cap = max(_LEAST_CAP, ceil(_CAP_MEANS * mean))
        return np.minimum(self.counts, cap)


def pairs_of(
    prompts: Sequence[I64], answers: Sequence[I64], n_window: int = N_WINDOW
) -> Pairs:  # fmt: skip
    """Distinct (window, token) of answers, without every window that stands in any prompt.

    A prompt may hold text of ours that looked at coins of the key; those coins are all of
    windows that stand in it, and none of them is counted.

    Args:
        prompts: tokens of all that was asked, in any order.
        answers: tokens of each answer.
        n_window: tokens of a window, >= 1.
    """
    asked = [_ended(one, n_window) for one in prompts]
    known = np.unique(np.concatenate([np.zeros(0, np.uint64), *asked]))
    windows = np.concatenate([np.zeros(0, np.uint64), *(windows_of(a, n_window) for a in answers)])
    tokens = np.concatenate([np.zeros(0, np.int64), *(a[n_window:] for a in answers)])
    fresh = ~np.isin(windows, known)
    windows, tokens = windows[fresh], tokens[fresh].astype(np.int64)
    bare = Pairs(windows, tokens, np.ones(windows.size, np.int64))
    _, first, counts = np.unique(bare.names(), return_index=True, return_counts=True)
    return Pairs(windows[first], tokens[first], counts.astype(np.int64))


def _ended(prompt: I64, n_window: int) -> U64:
    """Windows of a prompt, the one that it ends with too."""
    return windows_of(np.append(prompt, 0), n_window)


def green_sum(pairs: Pairs, key: Key, weights: I64, gamma: float = GAMMA) -> tuple[int, Coins]:
    """Weight on green pairs, and the coins that it is made of under the null."""
    hit = green(pairs.windows, pairs.tokens, key, gamma)
    return int(weights[hit].sum()), grouped(weights, gamma)


def text_p(
    prompt_tokens: Sequence[I64], answer_tokens: Sequence[I64], key: Key, *,
    n_window: int = N_WINDOW, gamma: float = GAMMA, cap: int | None = None,
) -> float:  # fmt: skip
    """Count-weighted test on text alone: P(so much weight on green), exact; in (0, 1].

    Null: the answers are independent of the key, given the prompts.

    Args:
        prompt_tokens: tokens of all that was asked.
        answer_tokens: tokens of each answer.
        key: the secret that the served text was marked with.
        n_window, gamma: of the mark.
        cap: most that one pair weighs; see :meth:`Pairs.weights`.
    """
    pairs = pairs_of(prompt_tokens, answer_tokens, n_window)
    total, coins = green_sum(pairs, key, pairs.weights(cap), gamma)
    return coins.tail(total)


def open_p(
    probs: F64, windows: U64, key: Key, *, tokens: I64 | None = None, gamma: float = GAMMA,
    least_nats: float = LEAST_NATS,
) -> float:  # fmt: skip
    """Entropy-gated test on a model's own probabilities: a bound on P(so much on green); (0, 1].

    One forward pass for each distinct window; where the model is nearly sure the mark had
    nothing to lean on, and the window is left out. Null: the weights are independent of the key.

    Args:
        probs: ``(n_windows, n_tokens)`` probabilities after each window.
        windows: ``(n_windows,)`` of :func:`windows_of`; a repeated window counts once, its first.
        key: the secret that the served text was marked with.
        tokens: ``(n_windows, n_tokens)`` which token each probability is of, each once a row;
            None where the columns are the vocabulary.
        gamma: of the mark.
        least_nats: least entropy of a window that counts.
    """
    told = gated(probs, windows, tokens, least_nats)
    if not told.probs.size:
        return 1.0
    hit = green(told.windows, told.tokens, key, gamma)
    return chernoff_p(told.probs, gamma, float(told.probs[hit].sum()))


@dataclass(frozen=True, slots=True)
class Gated:
    """Probabilities that count, one a (window, token), each ``(n,)``."""

    probs: F64
    windows: U64
    tokens: I64


def gated(
    probs: F64, windows: U64, tokens: I64 | None = None, least_nats: float = LEAST_NATS
) -> Gated:
    """Probabilities after each distinct window, its first row, where the model was in doubt.

    Args:
        probs, windows, tokens, least_nats: as :func:`open_p` takes them.

    Raises:
        BadInput: a probability is none, or shapes do not fit.
    """
    if probs.shape[:1] != windows.shape or not np.isfinite(probs).all() or (probs < 0).any():
        raise BadInput("needs a row of probabilities for each window.", where="open weights")
    if tokens is not None and tokens.shape != probs.shape:
        raise BadInput("tokens and probabilities differ in shape.", where="open weights")
    _, first = np.unique(windows, return_index=True)
    first.sort()
    row = probs[first]
    gate = -(row * np.log(np.maximum(row, 1e-300))).sum(axis=1) > least_nats
    kept, at = row[gate], windows[first][gate]
    which = np.broadcast_to(np.arange(probs.shape[1]), probs.shape) if tokens is None else tokens
    named = np.ascontiguousarray(which[first][gate], np.int64)
    return Gated(kept.ravel(), np.repeat(at, probs.shape[1]), named.ravel())


def naive_p(
    answer_tokens: Sequence[I64], key: Key, *, n_window: int = N_WINDOW, gamma: float = GAMMA
) -> float:
    """The common INVALID test, for the comparison only: z over all tokens, repeats and all.

    So do detectors that were made for one text when they are run over the answers of a model.
    """
    windows = np.concatenate(
        [np.zeros(0, np.uint64), *(windows_of(a, n_window) for a in answer_tokens)]
    )
    tokens = np.concatenate([np.zeros(0, np.int64), *(a[n_window:] for a in answer_tokens)])
    if not windows.size:
        return 1.0
    over = float(green(windows, tokens, key, gamma).sum()) - gamma * windows.size
    return max(float(norm.sf(over / (gamma * (1 - gamma) * windows.size) ** 0.5)), LEAST_P)
