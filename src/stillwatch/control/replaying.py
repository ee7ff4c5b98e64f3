"""Replaying: history through a gate, counting whom the policy would have touched.

What the search found is known from the moment that it was found, and an account that began
later is known as a member only after a further delay: a replay must not act on what nobody
could have known. Requests that were refused are counted where they were; how the other side
would have answered to that is not in the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stillwatch.control.book import Book, Call, Membership, campaign_facts
from stillwatch.control.deciding import propose
from stillwatch.control.gate import Gate
from stillwatch.control.ladder import LADDER, REFUSE, RUNGS
from stillwatch.control.verdict import Verdict
from stillwatch.stats.intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange of the history."""

    call: Call
    sent_us: int
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delays:
    """What a replay assumes of the live search.

    Args:
        act_us: from a campaign's detection to its being enforced.
        join_us: from the first request of an account that began after the detection to its
            being known as a member.
    """

    act_us: int = 5_000_000
    join_us: int = 3 * 3_600_000_000


@dataclass(slots=True)
class Touched:
    """Counts of one account."""

    n: int = 0
    n_in_full: int = 0
    n_after: int = 0
    n_after_in_full: int = 0
    does: Counter[str] = field(default_factory=Counter)
    says: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Replayed:
    """What came of a replay, by account."""

    accounts: dict[str, Touched] = field(default_factory=dict)
    n_exchanges: int = 0
    n_decisions: int = 0


def micros(moment: str) -> int:
    """Microseconds of a time of the contract.

    >>> micros("1970-01-01T00:00:01Z")
    1000000
    """
    return round(datetime.fromisoformat(moment).timestamp() * 1e6)


def arrivals(
    result: Mapping[str, Any], first_us: Mapping[str, int], delays: Delays
) -> list[tuple[int, str, Membership]]:
    """When each account becomes known as a member of a campaign, in order of time."""
    out = []
    for campaign in result["campaigns"]:
        detected = micros(str(campaign["detected_at"]))
        for account, facts in campaign_facts(campaign):
            began = first_us.get(account, detected)
            known = detected if began <= detected else began + delays.join_us
            member = Membership(str(campaign["id"]), facts)
            out.append((known + delays.act_us, account, member))
    return sorted(out, key=lambda x: (x[0], x[1], x[2].campaign))


def replay(
    rows: Iterable[Row],
    gate: Gate,
    book: Book,
    joins: list[tuple[int, str, Membership]],
    *,
    after_us: Mapping[str, int] | None = None,
    every_us: int = 3_600_000_000,
) -> Replayed:
    """Send history through a gate.

    Args:
        rows: in order of time.
        gate: with its policy; live for what would have been done.
        book: filled with accounts and releases; campaigns come from ``joins``.
        joins: of :func:`arrivals`.
        after_us: by account, the moment from which its exchanges count as after detection.
        every_us: how often rules propose decisions and lapsed ones are renewed.
    """
    out = Replayed()
    since = after_us or {}
    members: dict[str, Membership] = {}
    place, next_us = 0, 0
    for row in rows:
        now_us = row.sent_us
        came = place < len(joins) and joins[place][0] <= now_us
        while place < len(joins) and joins[place][0] <= now_us:
            _, account, member = joins[place]
            members[account] = member
            place += 1
        if came or (members and now_us >= next_us):
            book.members = members
            made = propose(gate.policy, members, gate.enforcement, now_us)
            gate.enforcement.add(*made)
            out.n_decisions += len(made)
            next_us = now_us + every_us
        facts = book.facts(row.call, now_us)
        verdict = gate.decide(facts, now_us)
        if row.output_tokens and verdict.allowed:
            gate.settle(facts, row.output_tokens, now_us)
        refused = RUNGS[verdict.does].height >= REFUSE
        book.usage.answered(row.call.account, row.output_tokens, refused=refused, now_us=now_us)
        _count(out, row, verdict, since.get(row.call.account))
    return out


def _count(out: Replayed, row: Row, verdict: Verdict, after_us: int | None) -> None:
    out.n_exchanges += 1
    touched = out.accounts.get(row.call.account)
    if touched is None:
        touched = out.accounts[row.call.account] = Touched()
    in_full = verdict.allowed and not verdict.alters
    touched.n += 1
    touched.n_in_full += in_full
    if after_us is not None and row.sent_us >= after_us:
        touched.n_after += 1
        touched.n_after_in_full += in_full
    if verdict.says == "observe" and not verdict.says_alters:
        return
    touched.says[verdict.says] += 1
    # A slowed account within its lowered rate is touched, and answered.
    if verdict.does != "observe":
        touched.does[verdict.does] += 1
    for name in (*verdict.says_alters, *(f"!{x}" for x in verdict.alters)):
        (touched.does if name[0] == "!" else touched.says)[name.removeprefix("!")] += 1
    touched.rules.update(verdict.rules)


def by_rung(out: Replayed, benign: frozenset[str] | None, *, does: bool) -> list[dict[str, Any]]:
    """A row a rung: accounts and exchanges touched, and how many of them were innocent.

    Args:
        out: the replay.
        benign: accounts known to be innocent; ``None`` where nobody knows.
        does: count what is done, or what is said.
    """
    n_benign = len(benign & set(out.accounts)) if benign is not None else None
    n_benign_rows = sum(t.n for a, t in out.accounts.items() if benign is not None and a in benign)
    rows = []
    for rung in LADDER[1:]:
        hit = {
            a: counts[rung.name]
            for a, t in out.accounts.items()
            if (counts := t.does if does else t.says)[rung.name]
        }
        row: dict[str, Any] = {
            "rung": rung.name, "n_accounts": len(hit), "n_exchanges": sum(hit.values()),
        }  # fmt: skip
        if benign is not None and n_benign is not None:
            wrong = {a: n for a, n in hit.items() if a in benign}
            low, high = clopper_pearson(len(wrong), n_benign)
            row |= {
                "n_benign_accounts": len(wrong),
                "benign_share": len(wrong) / n_benign if n_benign else 0.0,
                "benign_low_95": low,
                "benign_high_95": high,
                "n_benign_exchanges": sum(wrong.values()),
                "benign_exchanges_share": sum(wrong.values()) / max(n_benign_rows, 1),
            }
        rows.append(row)
    return rows
