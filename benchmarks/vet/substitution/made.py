"""Pairs of made models, what they answer to the battery, and endpoints that are innocent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stillwatch.lab.served_model import MadeModel
from stillwatch.stats.exchangeable import Strata
from stillwatch.vet import Answer, Probe
from stillwatch.vet.substitution import FAMILIES, questions

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
REFERENCE_SAMPLES: Final = 3
#: other models, from very close to far: how each differs from the family's first.
OTHERS: Final[dict[str, dict[str, float]]] = {
    "temperature 1.1": {"temperature": 1.1},
    "temperature 1.3": {"temperature": 1.3},
    "temperature 0.6": {"temperature": 0.6},
    "rounding 0.5": {"grain": 0.5},
    "rounding 1.5": {"grain": 1.5},
    "drift 0.1": {"drift": 0.1},
    "drift 0.2": {"drift": 0.2},
    "drift 0.4": {"drift": 0.4},
    "drift 0.6": {"drift": 0.6},
    "drift 0.8": {"drift": 0.8},
    "drift 1 (a stranger)": {"drift": 1.0},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What two models may answer to the same questions.

    Args:
        usual: ``(n, n_words)`` chances of the reference's answers.
        other: the same of the other model's.
        group: ``(n,)`` family of each question.
    """

    usual: F64
    other: F64
    group: I64

    @property
    def apart(self) -> float:
        """Mean total variation distance over the questions."""
        return float(np.abs(self.usual - self.other).sum(axis=1).mean() / 2.0)

    def draw(
        self, share: float, n: int, rng: np.random.Generator, since: int = 0
    ) -> tuple[Strata, I64]:
        """Strata of ``n`` questions, and the kinds of the other model's own answers.

        Args:
            share: of the route's answers that the other model gives.
            n: questions.
            rng: draws.
            since: the first question from which on it does.
        """
        usual, other = self.usual[:n], self.other[:n]
        mine = _drawn(usual, 1, rng)
        swapped = (rng.random(n) < share) & (np.arange(n) >= since)
        mine[swapped] = _drawn(other[swapped], 1, rng)
        n_words = usual.shape[1]
        beside, third = _drawn(usual, REFERENCE_SAMPLES, rng), _drawn(other, 1, rng)
        items = np.concatenate([mine, beside, third], axis=1) + n_words * self.group[:n, None]
        kinds, numbered = np.unique(items, return_inverse=True)
        numbered = numbered.reshape(items.shape).astype(np.int64)
        each = 1 + REFERENCE_SAMPLES
        starts = np.arange(0, each * n + 1, each)
        strata = Strata(numbered[:, :each].ravel(), starts, kinds // n_words)
        return strata, numbered[:, -1]


def asked_of(family: int, change: dict[str, float], n: int) -> Asked:
    """The battery's first ``n`` questions, put to a family's first model and to another."""
    first = MadeModel(family=family)
    other = replace(first, **change)  # type: ignore[arg-type]
    group = np.arange(n) % len(FAMILIES)
    return Asked(_chances(first, n), _chances(other, n), group)


@lru_cache(maxsize=128)
def _chances(model: MadeModel, n: int) -> F64:
    asked = questions(0, n, seed=model.family)
    return np.array([model.next_word(one.messages[0].text) for one in asked])


def _drawn(chances: F64, n: int, rng: np.random.Generator) -> I64:
    """``(n_questions, n)`` kinds."""
    ends = chances.cumsum(axis=1)
    ends /= ends[:, -1:]
    found = [(ends <= rng.random((len(ends), 1))).sum(axis=1) for _ in range(n)]
    return np.array(found, np.int64).T.reshape(-1, n)


Speak = Callable[[Probe, np.random.Generator], Answer]


def speaking(model: MadeModel, *, system: str = "", most: int = 16, jitter: float = 0.0) -> Speak:
    """A way of answering a question as a model would."""

    def speak(probe: Probe, rng: np.random.Generator) -> Answer:
        told = [{"role": "system", "content": system}] if system else []
        told += [{"role": one.role, "content": one.text} for one in probe.messages]
        now = replace(model, temperature=model.temperature * float(np.exp(jitter * rng.normal())))
        said = now.speak(told, rng, max_tokens=min(most, probe.max_tokens))
        return answer(probe, said.text, said.finish, said.input_tokens, said.output_tokens)

    return speak


def answer(probe: Probe, text: str, finish: str, n_in: int, n_out: int) -> Answer:
    """An answer, a minute after the one to the question before."""
    return Answer(
        probe=probe.name, sample=0, text=text, said_model="made", finish=finish,
        input_tokens=n_in, output_tokens=n_out, asked_us=60_000_000 * int(probe.name),
        took_us=400_000, route=probe.route, tags=probe.tags,
    )  # fmt: skip


def answers(probes: list[Probe], speak: Speak, rng: np.random.Generator) -> list[Answer]:
    """Every sample of every question."""
    return [
        replace(speak(probe, rng), sample=nth) for probe in probes for nth in range(probe.n_samples)
    ]


def keeping(speak: Speak) -> Speak:
    """The same question gets the same answer."""
    kept: dict[Any, Answer] = {}

    def speak_again(probe: Probe, rng: np.random.Generator) -> Answer:
        if probe.messages not in kept:
            kept[probe.messages] = speak(probe, rng)
        return replace(kept[probe.messages], probe=probe.name)

    return speak_again


def cut_under_load(speak: Speak, share: float) -> Speak:
    """Some answers stop within their first word."""

    def speak_less(probe: Probe, rng: np.random.Generator) -> Answer:
        whole = speak(probe, rng)
        if rng.random() >= share:
            return whole
        return replace(whole, text=whole.text[: len(whole.text) // 2], finish="length")

    return speak_less


def since(before: Speak, after: Speak, nth: int) -> Speak:
    """One way before a question, another from it on."""

    def speak(probe: Probe, rng: np.random.Generator) -> Answer:
        return (after if int(probe.name) >= nth else before)(probe, rng)

    return speak
