"""Formula: how bits follow from numbers, with what it may be given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.stats.inputs import Input

Said = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """How bits, and what is told beside them, follow from numbers.

    Attributes:
        name: by which a term names it.
        run: keyword arguments of ``takes`` to results by name.
        takes: what it may be given.
        check: raises ``BadInput`` where inputs that are each in order do not fit together.
    """

    name: str
    run: Callable[..., Said]
    takes: Mapping[str, Input]
    check: Callable[..., None] | None = field(default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A formula and what it was given: all that a weight is a function of.

    Attributes:
        formula: one of the list.
        inputs: its keyword arguments, arrays as the weigher has them.
    """

    formula: Formula
    inputs: Mapping[str, Any]

    def spelled(self) -> dict[str, Any]:
        """The term as JSON: ``formula``, ``inputs`` and what it ``gives``, nothing rounded."""
        takes = self.formula.takes
        inputs = {name: takes[name].spell(value) for name, value in self.inputs.items()}
        return {
            "formula": self.formula.name,
            "inputs": inputs,
            "gives": {name: float(x) for name, x in self.formula.run(**self.inputs).items()},
        }
