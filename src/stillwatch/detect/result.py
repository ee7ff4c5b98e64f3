"""Result: the public contract ``stillwatch.campaigns/1`` as a plain dictionary.

Everything in it is computed from sketches and counts; the only text of people that
can come in is in the templates of ``pictures``, which the caller asks for by keeping
examples.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.detect.claims import four_claims
from stillwatch.detect.families import SIGNALS
from stillwatch.detect.membership import Members
from stillwatch.detect.of_nodes import rows_of
from stillwatch.detect.pictures import pictures_of
from stillwatch.detect.rivals import RIVALS
from stillwatch.detect.settling import Outcome, Settled
from stillwatch.detect.state import State
from stillwatch.detect.weighing import Weighing

SCHEMA = "stillwatch.campaigns/1"
MAX_WATCHED = 50
MAX_WATCHED_ACCOUNTS = 200
_SIGNAL = {s.name: s for s in SIGNALS}
_WHY = {r.hypothesis: r.why for r in RIVALS}

I64 = npt.NDArray[np.int64]


def iso(us: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC."""
    return (
        datetime.fromtimestamp(us / 1e6, UTC)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


def name_of(kind: str, accounts: list[str]) -> str:
    """An id that depends on nothing but who is in the cluster."""
    digest = hashlib.blake2b("\0".join(sorted(accounts)).encode(), digest_size=6).hexdigest()
    return f"{kind}:{digest}"


def to_result(outcome: Outcome, *, n_rejected: int = 0, pictures: bool = False) -> dict[str, Any]:
    """The contract of what ``stillwatch detect --json`` prints.

    Args:
        outcome: what the search found.
        n_rejected: rows that the reader set aside.
        pictures: add what the report draws.
    """
    traffic = outcome.state.window.traffic
    settings = outcome.state.window.settings
    return {
        "schema": SCHEMA,
        "window": {"from": iso(int(traffic.sent_us[0])), "to": iso(int(traffic.sent_us[-1]))},
        "n_exchanges": traffic.n,
        "n_accounts": len(traffic.accounts),
        "n_disclosed": outcome.state.window.population.n_disclosed,
        "n_duplicates": traffic.n_duplicates,
        "n_rejected": n_rejected,
        "n_tested": outcome.n_tested,
        "settings": {
            "mode": "shadow",
            "fdr": settings.fdr,
            "min_accounts": settings.min_accounts,
            "min_families": settings.min_families,
            "clock_s": outcome.state.window.step_us // 1_000_000,
        },
        "not_looked": [{"signal": s, "why": why} for s, why in sorted(outcome.not_looked.items())],
        "campaigns": [_campaign(outcome, c, pictures=pictures) for c in outcome.campaigns],
        "watched": _watched(outcome),
    }


def accounts_of(state: State, nodes: npt.NDArray[np.integer]) -> I64:
    """Positions of the accounts behind some nodes."""
    members = state.window.population.members
    return np.concatenate([members[int(n)] for n in nodes]) if nodes.size else np.zeros(0, np.int64)


def named_accounts(state: State, members: Members) -> list[tuple[str, int]]:
    """Accounts of members in the order of the result, and which member each is."""
    named = [
        (state.window.traffic.accounts[int(a)], nth)
        for nth, node in enumerate(members.nodes)
        for a in state.window.population.members[int(node)]
    ]
    return sorted(named, key=lambda n: (-round(float(members.probability[n[1]]), 4), n[0]))


def campaign_id(state: State, settled: Settled) -> str:
    """What a campaign is called in the result."""
    accounts = accounts_of(state, settled.members.nodes)
    return name_of("campaign", [state.window.traffic.accounts[int(a)] for a in accounts])


def _campaign(outcome: Outcome, settled: Settled, *, pictures: bool) -> dict[str, Any]:
    state = outcome.state
    traffic = state.window.traffic
    traffic.room.rest()
    members = settled.members
    rows = rows_of(state.window, members.nodes, traffic.n)
    rows.sort()
    until = state.window.start_us + settled.seen_at_look * state.window.step_us
    before = rows[: np.searchsorted(rows, np.searchsorted(traffic.sent_us, until))]
    models = np.bincount(traffic.codes["model"][rows], minlength=len(traffic.names["model"]))
    out: dict[str, Any] = {
        "id": campaign_id(state, settled),
        "weight_bits": round(float(settled.weighing.operator_bits), 1),
        "fdr": float(f"{settled.fdr:.3g}"),
        "families": {f: round(float(b), 1) for f, b in sorted(settled.weighing.operator.items())},
        "harvest": {f: round(float(b), 1) for f, b in sorted(settled.weighing.harvest.items())},
        "claims": four_claims(outcome, settled, rows),
        "accounts": [
            {
                "account": account,
                "membership": round(float(members.probability[nth]), 4),
                "weight_bits": round(float(members.bits[nth]), 1),
            }
            for account, nth in named_accounts(state, members)
        ],
        "n_exchanges": int(rows.size),
        "output_tokens": _total(traffic.tokens["output_tokens"][rows]),
        "reasoning_tokens": _total(traffic.tokens["reasoning_tokens"][rows]),
        "models": {
            traffic.names["model"][m]: round(float(models[m] / rows.size), 4)
            for m in np.flatnonzero(models)
        },
        "first_seen": iso(int(traffic.sent_us[rows[0]])),
        "last_seen": iso(int(traffic.sent_us[rows[-1]])),
        "detected_at": iso(int(traffic.sent_us[before[-1] if before.size else rows[0]])),
        "weighed": weighed_whom(settled),
        "techniques": _techniques(settled.weighing),
        "signals": _signals(settled.weighing),
        "rivals": [
            {
                "hypothesis": rival,
                "bits": round(float(-bits), 1),
                "why": f"{_WHY[rival]}; this leaves {bits:.1f} bits unexplained",
            }
            for rival, bits in sorted(settled.weighing.rivals.items(), key=lambda r: r[1])
        ],
    }
    if pictures:
        out["pictures"] = pictures_of(state, members.nodes, rows)
    return out


def weighed_whom(settled: Settled) -> str:
    """Of whom the shown scales are."""
    return "all members" if settled.as_they_stand else "the core, when its evidence was strongest"


def _total(tokens: I64) -> int | None:
    known = tokens[tokens >= 0]
    return int(known.sum()) if known.size else None


def _techniques(weighing: Weighing) -> list[str]:
    found = {
        t
        for name, r in weighing.readings.items()
        if r.bits >= 2.0
        for t in _SIGNAL[name].techniques
    }
    return sorted(found)


def _signals(weighing: Weighing) -> list[dict[str, Any]]:
    read = [(name, r) for name, r in weighing.readings.items() if abs(r.bits) >= 0.05]
    return [
        {
            "signal": _SIGNAL[name].id,
            "name": name,
            "family": _SIGNAL[name].family,
            "question": _SIGNAL[name].question,
            "bits": round(float(r.bits), 1),
            "observed": r.observed,
            "benign_percentile": None if r.percentile is None else round(float(r.percentile), 5),
            "evidence": list(r.evidence),
        }
        for name, r in sorted(read, key=lambda x: -x[1].bits)
    ]


def _watched(outcome: Outcome) -> list[dict[str, Any]]:
    state = outcome.state
    taken = np.zeros(state.window.population.n, bool)
    for c in outcome.campaigns:
        taken[c.members.nodes] = True
    out = []
    for waiting in sorted(outcome.docket.waiting, key=lambda w: (-w.bits, w.nodes[0])):
        if taken[waiting.nodes].mean() > 0.2:
            continue
        taken[waiting.nodes] = True
        members = accounts_of(state, waiting.nodes)
        accounts = [state.window.traffic.accounts[int(a)] for a in members]
        out.append(
            {
                "id": name_of("cluster", accounts),
                "weight_bits": round(float(waiting.bits), 1),
                "families": {f: round(float(b), 1) for f, b in sorted(waiting.operator.items())},
                "n_accounts": len(accounts),
                "accounts": sorted(accounts)[:MAX_WATCHED_ACCOUNTS],
                "why_not": waiting.why,
            }
        )
        if len(out) >= MAX_WATCHED:
            break
    return out
