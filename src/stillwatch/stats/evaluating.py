"""Evaluating: what a term gives, strictly read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.stats.formulas import FORMULAS
from stillwatch.stats.inputs import read_inputs


def outcomes(term: Mapping[str, Any], where: str = "term") -> dict[str, float]:
    """What a term gives: ``bits``, and what is told beside them.

    Args:
        term: ``formula``, the name of one of ``formulas.FORMULAS``, and its ``inputs``.
        where: its place, for errors.

    Raises:
        BadInput: no such formula, or inputs that it cannot be given; the message names the
            place.
    """
    if not isinstance(term, Mapping):
        raise BadInput("is no object.", where=where)
    name = term.get("formula")
    if not isinstance(name, str) or name not in FORMULAS:
        known = ", ".join(FORMULAS)
        raise BadInput(
            f"{str(name)[:40]!r} is no known formula.", where=where, remedy=f"Known: {known}."
        )
    formula = FORMULAS[name]
    inputs = read_inputs(formula.takes, term.get("inputs"), f"{where}.inputs")
    try:
        if formula.check:
            formula.check(**inputs)
        said = formula.run(**inputs)
    except BadInput as error:
        raise BadInput(error.what, where=f"{where}.inputs") from error
    except (ArithmeticError, ValueError) as error:
        raise BadInput(f"{name} has no value there: {error}.", where=f"{where}.inputs") from error
    if not all(math.isfinite(x) for x in said.values()):
        raise BadInput(f"{name} has no finite value there.", where=f"{where}.inputs")
    return {key: float(x) for key, x in said.items()}


def evaluate(term: Mapping[str, Any], where: str = "term") -> float:
    """The bits of a term, see :func:`outcomes`."""
    return outcomes(term, where)["bits"]
