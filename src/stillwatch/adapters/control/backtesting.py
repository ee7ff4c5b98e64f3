"""A backtest: whom a policy would have touched, by rung, and how many of them were innocent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stillwatch.adapters.control.history import fill_book, read_history, read_truth
from stillwatch.adapters.results import load_result
from stillwatch.control import Book, Gate, LocalLimits, Policy
from stillwatch.control.replaying import (
    Delays,
    Replayed,
    arrivals,
    by_rung,
    micros,
    replay,
)

BACKTEST_SCHEMA = "stillwatch.backtest/1"
Truth = Mapping[str, tuple[str | None, str | None]]


def backtest(
    policy: Policy,
    logs: Sequence[str | Path],
    *,
    campaigns: Path,
    accounts: Path | None = None,
    releases: Path | None = None,
    truth: Path | None = None,
    form: str = "auto",
    live: bool = True,
    delays: Delays | None = None,
) -> dict[str, Any]:
    """Replay history through a policy.

    Args:
        policy: the policy.
        logs: exchanges, as ``detect`` takes them.
        campaigns: what ``detect --json`` found in them.
        accounts: the account table.
        releases: model releases.
        truth: the truth of a labelled world; without it, accounts outside every campaign
            stand in for the innocent, and the answer says so.
        form: format of the logs.
        live: as if every verdict were done, or as the states of the rules have it in shadow.
        delays: what is assumed of the live search.

    Raises:
        BadInput: something cannot be read.
    """
    history = read_history(logs, form=form)
    result = load_result(campaigns)
    book = Book()
    fill_book(book, accounts, releases)
    first_us = history.first_us
    told = read_truth(truth) if truth else None
    since = _since(result, told, first_us)
    gate = Gate(policy, LocalLimits(), live=live)
    joins = arrivals(result, first_us, delays or Delays())
    out = replay(history.rows(), gate, book, joins, after_us=since)
    benign = _benign(out, result, told)
    return {
        "schema": BACKTEST_SCHEMA,
        "policy": {"name": policy.name, "digest": policy.digest},
        "live": live,
        "n_exchanges": out.n_exchanges,
        "n_accounts": len(out.accounts),
        "n_decisions": out.n_decisions,
        "benign_are": "true" if told else "accounts outside every campaign (no truth was given)",
        "does": by_rung(out, benign, does=True),
        "says": by_rung(out, benign, does=False),
        "friction": _friction(out, benign),
        "campaigns": _campaigns(out, result, told),
        "twins": _twins(out, told),
    }


def _since(
    result: Mapping[str, Any], told: Truth | None, first: Mapping[str, int]
) -> dict[str, int]:
    """By account of a campaign, the moment of its detection; all true members where known."""
    found: dict[str, int] = {}
    for campaign in result["campaigns"]:
        moment = micros(str(campaign["detected_at"]))
        for member in campaign["accounts"]:
            name = str(member["account"])
            found[name] = min(moment, found.get(name, moment))
    if told is None:
        return found
    best: dict[str, int] = {}
    for campaign in result["campaigns"]:
        names = Counter(
            c for m in campaign["accounts"] if (c := told.get(m["account"], (None,))[0])
        )
        for name, _ in names.most_common(1):
            moment = micros(str(campaign["detected_at"]))
            best[name] = min(moment, best.get(name, moment))
    return {a: best[c] for a in first if (c := told.get(a, (None, None))[0]) in best and c}


def _benign(out: Replayed, result: Mapping[str, Any], told: Truth | None) -> frozenset[str]:
    if told is not None:
        return frozenset(a for a, (campaign, _) in told.items() if campaign is None)
    members = {str(m["account"]) for c in result["campaigns"] for m in c["accounts"]}
    return frozenset(set(out.accounts) - members)


def _friction(out: Replayed, benign: frozenset[str]) -> dict[str, Any]:
    """Friction on the innocent: their exchanges that any rung touched, over all of theirs."""
    n = sum(t.n for a, t in out.accounts.items() if a in benign)
    touched = sum(t.does.total() for a, t in out.accounts.items() if a in benign)
    return {"n_benign_exchanges": n, "n_touched": touched, "share": touched / max(n, 1)}


def _campaigns(
    out: Replayed, result: Mapping[str, Any], told: Truth | None
) -> list[dict[str, Any]]:
    """By campaign, true ones where known: what was answered in full after its detection."""
    names: dict[str, list[str]] = defaultdict(list)
    named = {str(m["account"]): str(c["id"]) for c in result["campaigns"] for m in c["accounts"]}
    for account in out.accounts:
        name = told.get(account, (None, None))[0] if told is not None else named.get(account)
        if name is not None:
            names[name].append(account)
    rows = []
    for name, members in sorted(names.items()):
        mine = [out.accounts[a] for a in members]
        known = [out.accounts[a] for a in members if a in named]
        n_after = sum(t.n_after for t in mine)
        in_full = sum(t.n_after_in_full for t in mine)
        n_named, named_in_full = (
            sum(t.n_after for t in known),
            sum(t.n_after_in_full for t in known),
        )
        rows.append(
            {
                "campaign": name,
                "n_accounts": len(mine),
                "n_named": len(known),
                "n_exchanges": sum(t.n for t in mine),
                "n_after": n_after,
                "n_after_in_full": in_full,
                "in_full_share": in_full / n_after if n_after else None,
                "named_in_full_share": named_in_full / n_named if n_named else None,
            }
        )
    return rows


def _twins(out: Replayed, told: Truth | None) -> list[dict[str, Any]]:
    """By benign twin, what touched it."""
    if told is None:
        return []
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for account, touched in out.accounts.items():
        campaign, twin = told.get(account, (None, None))
        if campaign is None:
            row = rows[twin or "ordinary"]
            row.update({"n_accounts": 1, "n_exchanges": touched.n})
            row.update({f"does {name}": n for name, n in touched.does.items()})
    return [{"twin": name, **rows[name]} for name in sorted(rows)]
