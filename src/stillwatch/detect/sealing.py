"""Sealing: the numbers that the weights of a campaign follow from, and nothing else.

A search keeps no numbers of the groups that it weighs. Those of a campaign are put on the
scales once more, at the look at which they were, and this time what each signal read is
kept. A signal that does not give the same bits to the last digit is not vouched for.

What comes out holds counts and shares by position: no account's name, no text, no address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.links import KIND_ID
from stillwatch.detect.membership import PARTS, Members
from stillwatch.detect.result import campaign_id, named_accounts, weighed_whom
from stillwatch.detect.rivals import RIVALS
from stillwatch.detect.settling import Outcome, Settled
from stillwatch.detect.signal import Reading, Signal
from stillwatch.detect.state import State, Window
from stillwatch.detect.weighing import FOUND_BY, Weighed, Weighing
from stillwatch.stats.inputs import MOST_NUMBERS
from stillwatch.stats.sequential import discovery_fdr
from stillwatch.stats.terms import SCHEMA, digest

_EXPLAINS = {r.hypothesis: r.explains for r in RIVALS}


@dataclass(slots=True)
class _Moments:
    """States of a window at some looks; the last one that was asked for is kept.

    Attributes:
        end: the state at the end of the search.
    """

    end: State
    _kept: State | None = field(default=None)

    def at(self, looks: int) -> State:
        """As it was after so many bins."""
        if looks == self.end.looks:
            return self.end
        if self._kept is None or self._kept.looks != looks:
            self._kept = State.at(self.end.window, looks)
        return self._kept


def to_terms(outcome: Outcome, version: str) -> Iterator[dict[str, Any]]:
    """The features of every campaign, of the schema ``stillwatch.terms/1``.

    Args:
        outcome: what the search found.
        version: of the program that weighed.

    Yields:
        one JSON value a campaign, in the order of the result. Numbers are not rounded.
    """
    moments = _Moments(outcome.state)
    for settled in outcome.campaigns:
        features = _features(outcome, settled, moments)
        features["version"] = version
        yield features | {"digest": digest(features)}


def _features(outcome: Outcome, settled: Settled, moments: _Moments) -> dict[str, Any]:
    shown, opening = settled.weighing, settled.opened.weighing
    return {
        "schema": SCHEMA,
        "campaign": campaign_id(outcome.state, settled),
        "n_accounts": int(settled.members.nodes.size),
        "cap": float(outcome.state.window.settings.family_cap_bits),
        "weighed": weighed_whom(settled),
        **_scales(shown, moments),
        "opening": None if opening is shown else _scales(opening, moments),
        "discovery": {
            "unexplained_bits": float(settled.opened.bits),
            "n_tested": int(outcome.n_tested),
            "rank": _rank(outcome, settled),
            "fdr": float(settled.fdr),
        },
        "accounts": _accounts(outcome.state, settled.members),
    }


def _accounts(state: State, members: Members) -> dict[str, Any]:
    """What each account's membership is the sum of, in the order of the result, without names."""
    order = [nth for _, nth in named_accounts(state, members)]
    return {
        "parts": list(PARTS),
        "prior_bits": float(members.prior_bits),
        "bits": members.told[order].tolist(),
        "weight_bits": members.bits[order].tolist(),
        "membership": members.probability[order].tolist(),
    }


def _scales(weighing: Weighing, moments: _Moments) -> dict[str, Any]:
    """One weighing, each signal with its terms."""
    group = _group(weighing.weighed, moments.at(weighing.weighed.looks))
    left_out = FOUND_BY.get(weighing.weighed.found_by)
    return {
        "look": weighing.weighed.looks,
        "n_weighed": group.n,
        "signals": [
            _signal(signal, weighing.readings[signal.name], group)
            for signal in SIGNALS
            if signal.name in weighing.readings
        ],
        "families": {f: float(b) for f, b in weighing.operator.items()},
        "harvest": {f: float(b) for f, b in weighing.harvest.items()},
        "weight_bits": float(weighing.operator_bits),
        "left_out": left_out if left_out in weighing.readings else None,
        "rivals": [
            {
                "hypothesis": rival,
                "explains": sorted(_EXPLAINS[rival]),
                "unexplained_bits": float(bits),
            }
            for rival, bits in weighing.rivals.items()
        ],
        "unexplained_bits": float(weighing.unexplained_bits),
    }


def _group(weighed: Weighed, state: State) -> Group:
    """The group once more, and this time what is read off it is kept."""
    found = Group(state, weighed.nodes, weighed.found_by, _place(weighed, state.window))
    found.parent = weighed.parent
    found.keeps_terms = True
    return found


def _place(weighed: Weighed, window: Window) -> int:
    """Where the link that brought the group together stands among those of the window."""
    if not weighed.found_key:
        return -1
    links, kind = window.links, KIND_ID[weighed.found_by]
    same = np.flatnonzero((links.key == np.uint64(weighed.found_key)) & (links.kind == kind))
    return int(same[0]) if same.size else -1


def _signal(signal: Signal, read: Reading, group: Group) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": signal.name,
        "id": signal.id,
        "family": signal.family,
        "question": signal.question,
        "bits": float(read.bits),
        "terms": [],
    }
    again = signal.weigh(group)
    if again.bits != read.bits:
        return out | {"could_not_look": "what it read at that look is not known any more"}
    if read.bits and not again.terms:
        return out | {"could_not_look": "it does not say what its bits follow from"}
    if any(np.size(x) > MOST_NUMBERS for t in again.terms for x in t.inputs.values()):
        return out | {"could_not_look": f"its bits follow from more than {MOST_NUMBERS:,} numbers"}
    return out | {"terms": [term.spelled() for term in again.terms]}


def _rank(outcome: Outcome, settled: Settled) -> int | None:
    """Which discovery it was, by the false-discovery rate that it was given; None if of none."""
    for rank in range(1, len(outcome.campaigns) + 1):
        if discovery_fdr(settled.opened.bits, outcome.n_tested, rank) == settled.fdr:
            return rank
    return None
