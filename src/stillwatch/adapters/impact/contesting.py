"""Contesting: from the log of decisions to the plain numbers of the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.control.appeals import Outcome
from stillwatch.control.ledger import Ledger
from stillwatch.impact.collateral import RESEARCH_USES, Contested
from stillwatch.model.decision import Decision, Mode
from stillwatch.model.errors import BadInput

_ACCOUNT = "account:"


def contested(
    path: Path, campaigns: Iterable[str], accounts: Iterable[str]
) -> tuple[Contested, Contested]:
    """What the log says of a campaign, and of everything in it.

    Args:
        path: the log; read only.
        campaigns: ids under which the campaign was known.
        accounts: its accounts.

    Raises:
        BadInput: there is no log, or its chain is broken.
    """
    if not path.is_file():
        raise BadInput("there is no log of decisions.", where=str(path))
    ledger = DecisionLog(path, read_only=True).ledger
    named = set(accounts)
    subjects = set(campaigns) | {_ACCOUNT + name for name in named}
    made = list(ledger.enforcement.decisions.values())
    return (
        _of(ledger, [d for d in made if d.about in subjects], named, members=named),
        _of(ledger, made, None, members=named),
    )


def _of(
    ledger: Ledger, decisions: list[Decision], accounts: set[str] | None, *, members: set[str]
) -> Contested:
    """Of some decisions, and the appeals of some accounts or of everybody."""
    undone = {d.undoes for d in ledger.enforcement.decisions.values() if d.undoes}
    restoring = {e.id for e in decisions if e.undoes or e.reason == "appeal-granted"}
    acting = [d for d in decisions if d.id not in restoring and d.control != "observe"]
    agreed = Counter(
        a.decision for a in {(a.decision, a.name): a for a in
                             ledger.enforcement.approvals.values()}.values()
    )  # fmt: skip
    enforced = [d for d in acting if d.mode is not Mode.SHADOW and agreed[d.id] >= d.n_approvals]
    appeals = [a for a in ledger.appeals.values() if accounts is None or a.account in accounts]
    ruled = {r.appeal: r for r in ledger.rulings.values()}
    done = [(a, ruled[a.id]) for a in appeals if a.id in ruled]
    hit = {d.about.removeprefix(_ACCOUNT) for d in enforced if d.about.startswith(_ACCOUNT)}
    if any(not d.about.startswith(_ACCOUNT) for d in enforced):
        hit |= members
    granted = sum(r.outcome is Outcome.GRANTED for _, r in done)
    return Contested(
        n_decisions=len(acting), n_enforced=len(enforced),
        n_undone=sum(d.id in undone for d in acting), n_appeals=len(appeals), n_granted=granted,
        n_upheld=len(done) - granted,
        waits_us=[max(r.made_us - a.opened_us, 0) for a, r in done],
        n_research_hit=_research(ledger, hit), n_accounts_hit=len(hit),
    )  # fmt: skip


def _research(ledger: Ledger, hit: set[str]) -> int | None:
    """Registered researchers and evaluators among those hit; None where nobody is registered."""
    told = [e.body for e in ledger.entries() if e.kind == "registration"]
    if not told:
        return None
    return len({
        str(body["account"]) for body in told
        if str(body["use"]) in RESEARCH_USES and str(body["account"]) in hit
    })  # fmt: skip
