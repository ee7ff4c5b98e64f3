"""Tables that are shipped: likelihoods and error rates, each with the day it was counted."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import orjson

from stillwatch.attribute.likelihoods import Likelihoods, likelihoods_from


@cache
def likelihoods() -> Likelihoods:
    """How probable each hypothesis makes what is seen; made by the benchmark of that name."""
    return likelihoods_from(_read("likelihoods.json"))


@cache
def error_rates() -> dict[str, Any]:
    """How often the search errs; made by ``tools/build_error_rates.py``."""
    return _read("error_rates.json")


def _read(name: str) -> dict[str, Any]:
    path = resources.files("stillwatch.adapters.cases").joinpath("data", name)
    told: dict[str, Any] = orjson.loads(path.read_bytes())
    return told
