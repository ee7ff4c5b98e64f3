"""Recomputing: an exhibit's numbers, made again from what is sealed with them.

The list of what can be made again, by media type. A bundle's weights are not believed: each is
computed anew from the features that stand beside it, and a difference is a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from math import isfinite
from types import ModuleType
from typing import Any, Final

import orjson

from stillwatch.model.errors import BadInput, StillwatchError

TERMS: Final = "application/vnd.stillwatch.terms+json"
#: largest difference, in bits, where the file names none: weights are written with one decimal.
ROUNDING_BITS: Final = 0.051

#: what a check of one exhibit says: sentences, none where it holds.
Check = Callable[[bytes], list[str]]


def recompute_terms(content: bytes) -> list[str]:
    """Make the weights of a campaign again from its signals' terms.

    Each signal's bits are the sum of its terms, within its stated range; a family is the strongest
    signal for plus the strongest against, each held within plus and minus the cap; the campaign
    is the sum of its families.

    Args:
        content: an exhibit of media type :data:`TERMS`.

    Returns:
        a sentence for each number that comes out differently.
    """
    try:
        told = orjson.loads(content)
        formulas = _formulas()
        recheck = getattr(formulas, "recheck", None)
        return list(recheck(told)) if recheck else _differences(told, formulas.evaluate)
    except orjson.JSONDecodeError as error:
        return [f"is no JSON: {error}."]
    except (StillwatchError, KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"its weights cannot be made again: {type(error).__name__}: {error}."]


CHECKS: Final[Mapping[str, Check]] = {TERMS: recompute_terms}


def _differences(told: Mapping[str, Any], evaluate: Callable[[Any], float]) -> list[str]:
    close = float(told.get("rounding_bits", ROUNDING_BITS))
    cap = float(told["cap"])
    found: list[str] = []
    made: dict[str, dict[str, list[float]]] = {}
    for signal in told["signals"]:
        bits = sum(float(evaluate(term)) for term in signal["terms"])
        low, high = signal.get("range", (-float("inf"), float("inf")))
        bits = min(max(bits, float(low)), float(high))
        found += _unlike(f"signal {signal['name']}", bits, float(signal["bits"]), close)
        made.setdefault(signal["question"], {}).setdefault(signal["family"], []).append(
            min(max(bits, -cap), cap)
        )
    total = 0.0
    for question, field in (("operator", "families"), ("harvest", "harvest")):
        stated = dict(told.get(field, {}))
        for family, each in made.get(question, {}).items():
            bits = max(0.0, *each) + min(0.0, *each)
            total += bits if question == "operator" else 0.0
            if family in stated:
                found += _unlike(f"family {family}", bits, float(stated.pop(family)), close)
            elif abs(bits) > close:
                found.append(f"family {family} comes out at {bits:.3f} bits and is not stated.")
        found += [
            f"family {family} is stated and no signal of it is here."
            for family, bits in sorted(stated.items()) if abs(float(bits)) > close
        ]  # fmt: skip
    several = close * max(1, len(made.get("operator", {})))
    return found + _unlike("the campaign", total, float(told["weight_bits"]), several)


def _unlike(what: str, made: float, stated: float, close: float) -> list[str]:
    if isfinite(made) and abs(made - stated) <= close:
        return []
    return [f"{what} comes out at {made:.3f} bits, stated are {stated:.3f}."]


def _formulas() -> ModuleType:
    try:
        return import_module("stillwatch.stats.terms")
    except ImportError:
        raise BadInput("the formulas are not part of this version.") from None
