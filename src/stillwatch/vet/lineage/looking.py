"""Looking on: what earlier looks found, and how another adds to it.

A p-value holds for one look that was planned. Whoever looks again after seeing a result needs
e-values: each look multiplies in what is new, and what was looked at before counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.many_tests import GRID, mixed_bits
from stillwatch.vet.lineage.reading import Reading

F64 = npt.NDArray[np.float64]
SCHEMA: Final = "stillwatch.lineage-looks/1"
Which = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One e-process: a statistic of a model about a key or cluster.

    Args:
        log_e: ``(n_grid,)`` natural logarithms so far.
        known: what was looked at.
        n_looks: how often something was added.
    """

    log_e: F64 = field(compare=False)
    known: frozenset[str]
    n_looks: int

    @property
    def bits(self) -> float:
        """log2 of the e-value."""
        return mixed_bits(self.log_e)


Looks = Mapping[Which, Standing]


def looked(before: Looks, model: str, readings: Sequence[Reading]) -> dict[Which, Standing]:
    """What stands after a look.

    Args:
        before: what stood; readings were made with its ``known``.
        model: whose readings.
        readings: of this look.
    """
    after = dict(before)
    for one in readings:
        if one.fresh is None or not one.is_committed:
            continue
        which = (model, one.statistic, one.about)
        stood = after.get(which, Standing(log_e=0.0 * GRID, known=frozenset(), n_looks=0))
        if one.fresh.names:
            after[which] = Standing(
                log_e=stood.log_e + one.fresh.log_e,
                known=stood.known.union(one.fresh.names),
                n_looks=stood.n_looks + 1,
            )
        else:
            after[which] = stood
    return after


def known_of(before: Looks, model: str, statistic: str, about: str) -> frozenset[str]:
    """What was looked at already."""
    stood = before.get((model, statistic, about))
    return stood.known if stood else frozenset()


def looks_json(looks: Looks, plan: str) -> dict[str, Any]:
    """Plain values.

    Args:
        looks: what stands.
        plan: digest of the plan that they belong to.
    """
    return {
        "schema": SCHEMA,
        "plan": plan,
        "grid": GRID.tolist(),
        "looks": [
            {"model": model, "statistic": statistic, "about": about, "n_looks": one.n_looks,
             "log_e": one.log_e.tolist(), "known": sorted(one.known)}
            for (model, statistic, about), one in sorted(looks.items(), key=lambda item: item[0])
        ],
    }  # fmt: skip


def looks_from(told: Any, plan: str) -> dict[Which, Standing]:
    """The looks that :func:`looks_json` told.

    Raises:
        BadInput: it is another schema, another plan's, or was changed.
    """
    where = "state of earlier looks"
    try:
        if told["schema"] != SCHEMA or told["grid"] != GRID.tolist():
            raise BadInput("is of another version.", where=where)
        if told["plan"] != plan:
            raise BadInput(
                "belongs to another plan.", where=where,
                remedy="What was promised must not change between looks; use another folder.",
            )  # fmt: skip
        out = {}
        for one in told["looks"]:
            log_e = np.array(one["log_e"], np.float64)
            if log_e.shape != GRID.shape or not np.isfinite(log_e).all():
                raise BadInput("an e-value is none.", where=where)
            known = frozenset(str(name) for name in one["known"])
            which = (str(one["model"]), str(one["statistic"]), str(one["about"]))
            out[which] = Standing(log_e=log_e, known=known, n_looks=int(one["n_looks"]))
        return out
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no state of earlier looks: {error}.", where=where) from None
