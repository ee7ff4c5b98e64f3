"""Pictures: the series, strips, graph and templates that the report draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.detect.communities import FAMILIES, weighted_edges
from stillwatch.detect.room import blocks
from stillwatch.detect.state import State
from stillwatch.detect.templates import find_templates

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

HOURS = 168
MAX_EDGES = 4000
#: most prompts that templates are looked for in.
MAX_PROMPTS = 240


def pictures_of(state: State, nodes: I64, rows: I32) -> dict[str, Any]:
    """Everything drawn for one campaign; ``rows`` are its exchanges."""
    return {
        "accounts_over_time": _over_time(state, nodes),
        "hour_of_week": _hours(state, rows),
        "graph": _graph(state, nodes),
        "templates": _templates(state, nodes),
    }


def _over_time(state: State, nodes: I64) -> dict[str, Any]:
    w = state.window
    table = state.table[nodes]
    first = (w.first_us[nodes] - w.start_us) // w.step_us
    shut = np.bincount(state.last_bin[nodes][state.shut[nodes]], minlength=w.n_bins)
    return {
        "start": _iso(w.start_us),
        "step_s": w.step_us // 1_000_000,
        "active": (table > 0).sum(0).tolist(),
        "new": np.bincount(np.clip(first, 0, w.n_bins - 1), minlength=w.n_bins).tolist(),
        "blocked": shut.tolist(),
        "exchanges": table.sum(0).tolist(),
    }


def _iso(us: int) -> str:
    return str(np.datetime64(us, "us")) + "Z"


def _hours(state: State, rows: I32) -> dict[str, list[float]]:
    sent = state.window.traffic.sent_us
    if "hours of week" not in state.lasting:
        state.lasting["hours of week"] = _by_hour(sent)
    own = np.zeros(HOURS)
    for block in blocks(rows.size):
        own += _by_hour(sent[rows[block]])
    rest = state.lasting["hours of week"] - own
    return {
        "campaign": (own / max(own.sum(), 1)).round(6).tolist(),
        "benign": (rest / max(rest.sum(), 1)).round(6).tolist(),
    }


def _by_hour(sent_us: I64) -> F64:
    """``(HOURS,)`` exchanges in each hour of the week, Monday's first one first."""
    out = np.zeros(HOURS)
    for block in blocks(sent_us.size):
        hour = (sent_us[block] // 3_600_000_000 + 72) % HOURS
        out += np.bincount(hour, minlength=HOURS)
    return out


def _graph(state: State, nodes: I64) -> dict[str, Any]:
    left, right, weight, family = weighted_edges(state, least=2.0, among=nodes)
    strongest = np.argsort(-weight, kind="stable")[:MAX_EDGES]
    place = {int(n): i for i, n in enumerate(nodes)}
    accounts, members = state.window.traffic.accounts, state.window.population.members
    return {
        "nodes": [{"id": accounts[int(members[int(n)][0])]} for n in nodes],
        "edges": [
            [
                place[int(left[e])],
                place[int(right[e])],
                round(float(weight[e]), 1),
                FAMILIES[family[e]],
            ]
            for e in strongest
        ],
    }


def _templates(state: State, nodes: I64) -> list[dict[str, Any]]:
    traffic = state.window.traffic
    accounts = np.concatenate([state.window.population.members[int(n)] for n in nodes])
    prompts: list[tuple[str, str]] = []
    for a in accounts.tolist():
        prompts += [(traffic.accounts[a], text) for text in traffic.examples.get(a, ())]
    if len(prompts) > MAX_PROMPTS:
        prompts = prompts[:: len(prompts) // MAX_PROMPTS + 1]
    return find_templates(prompts)
