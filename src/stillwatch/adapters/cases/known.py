"""What control knows about a campaign: decisions, appeals and agreements, without accounts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.control.ledger import Ledger


def known_to_control(path: Path, campaigns: Iterable[str], accounts: set[str]) -> dict[str, Any]:
    """What the log of decisions says about a campaign and its accounts.

    Args:
        path: the log; read only.
        campaigns: ids under which the campaign was known.
        accounts: its accounts.

    Returns:
        ``decisions`` in order, ``appeals`` by how they ended, ``agreements``, and the ``head``
        of the log's chain that was read. No account is named: one that a decision is about is
        counted.
    """
    log = DecisionLog(path, read_only=True)
    ledger, subjects = log.ledger, set(campaigns)
    rows = []
    undone = {d.undoes for d in ledger.enforcement.decisions.values() if d.undoes}
    for one in sorted(ledger.enforcement.decisions.values(), key=lambda d: (d.made_us, d.id)):
        own = one.about.removeprefix("account:") in accounts
        if one.about in subjects or own:
            rows.append({
                "id": one.id, "control": one.control, "mode": str(one.mode),
                "about": "one account" if own else "the campaign", "by": str(one.by),
                "name": one.name, "reason": one.reason, "starts_us": one.starts_us,
                "until_us": one.until_us, "undoes": one.undoes or "",
                "undone": one.id in undone,
            })  # fmt: skip
    return {
        "head": log.head,
        "decisions": rows,
        "appeals": _appeals(ledger, accounts),
        "agreements": {
            "n_accounts": len(accounts),
            "n_agreed": len(_agreed(ledger) & accounts),
        },
    }


def _appeals(ledger: Ledger, accounts: set[str]) -> dict[str, int]:
    ends = {r.appeal: str(r.outcome) for r in ledger.rulings.values()}
    mine = [a for a in ledger.appeals.values() if a.account in accounts]
    ended = [ends.get(a.id, "open") for a in mine]
    return {name: ended.count(name) for name in ("open", "granted", "upheld")}


def _agreed(ledger: Ledger) -> set[str]:
    """Accounts that ever had an agreement; whether it covers this use a person must say."""
    return {
        str(e.body["account"]) for e in ledger.entries() if e.kind == "registration"
    }  # fmt: skip
