"""An engine in this process: work is done when its result is asked for, or in any other order."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stillwatch.adapters.engines.interface import Ref, Told


@dataclass(frozen=True)
class Promise:
    """The nth value of a piece of work."""

    work: int
    nth: int


@dataclass
class EngineHere:
    """Does work in an order of chance, again and again, and hands over bytes alone.

    Attributes:
        rng: gives the order.
        n_cpus: what it says of itself.
        again: how often some work is lost and done anew when a value is asked for.
        sent: everything that was handed over in either direction.
        done: names of the work, in the order in which it was done.
    """

    rng: np.random.Generator
    n_cpus: int = 3
    again: float = 0.3
    sent: list[bytes] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    _asked: list[tuple[Callable[..., Any], bytes, list[Ref], int]] = field(default_factory=list)
    _made: dict[int, list[bytes]] = field(default_factory=dict)

    def put(self, value: Any) -> Ref:
        """Hold a value."""
        return self.submit(_itself, [value], 2)[0]

    def submit(self, work: Callable[..., Any], given: Sequence[Any], n_returns: int) -> list[Ref]:
        """Take work, and do some of what was taken."""
        refs = [one for one in given if isinstance(one, Promise)]
        self._asked.append((work, self._over(list(given)), refs, n_returns))
        if self.rng.random() < 0.4:
            with suppress(Told):
                self._make(int(self.rng.integers(len(self._asked))))
        return [Promise(len(self._asked) - 1, nth) for nth in range(n_returns)]

    def get(self, ref: Promise) -> Any:
        """Do what is needed for a value."""
        try:
            self._make(ref.work)
            if self.rng.random() < self.again:
                self._do(int(self.rng.choice(list(self._made))))
        except Told as told:
            raise pickle.loads(pickle.dumps(told)).error() from None
        return pickle.loads(self._made[ref.work][ref.nth])

    def asked(self) -> Iterator[tuple[str, Any]]:
        """Names of all work, each with the first thing that it was given."""
        for work, given, _, _ in self._asked:
            yield work.__name__, pickle.loads(given)[0]

    def _make(self, which: int) -> None:
        if which in self._made:
            return
        for ref in self._asked[which][2]:
            self._make(ref.work)
        self._do(which)

    def _do(self, which: int) -> None:
        work, given, _, n_returns = self._asked[which]
        known = [
            pickle.loads(self._made[one.work][one.nth]) if isinstance(one, Promise) else one
            for one in pickle.loads(given)
        ]
        values = work(*known)
        assert len(values) == n_returns
        made = [self._over(value) for value in values]
        assert self._made.get(which, made)[1:] == made[1:], "work gives the same for the same"
        self._made[which] = made
        self.done.append(work.__name__)

    def _over(self, value: Any) -> bytes:
        self.sent.append(pickle.dumps(value))
        return self.sent[-1]

    @contextmanager
    def connected(self) -> Iterator[EngineHere]:
        """Itself."""
        yield self


def _itself(value: Any) -> tuple[Any, None]:
    return value, None
