"""Score what a search found against the truth: found, recall, precision, leak, accused.

A campaign is **found** if one reported campaign holds at least half of its accounts and
at least 90% of that report's accounts are the campaign's own. Only ``campaigns`` count,
never ``watched``. Accusing the innocent is reported with its one-sided 95%
Clopper-Pearson upper bound, overall and for every twin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.errors import BadInput
from stillwatch.stats.intervals import clopper_pearson

FOUND_SHARE = 0.5
FOUND_PRECISION = 0.9
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class CampaignScore:
    """One true campaign. ``leak`` is None where exchanges were not looked at.

    ``recall`` is the share of its accounts in any reported campaign; ``precision`` the
    share of own accounts in the report that holds most of them; ``leak`` the share of its
    exchanges sent before the detection (1 when not found).
    """

    campaign: str
    n_accounts: int
    found: bool
    report: str | None
    recall: float
    precision: float | None
    leak: float | None
    n_leaked: int | None
    hours_to_detect: float | None


@dataclass(frozen=True, slots=True)
class Accused:
    """Innocent accounts in any reported campaign, of one kind."""

    kind: str
    n_accounts: int
    n_accused: int
    share: float
    upper_95: float


@dataclass(frozen=True, slots=True)
class Score:
    """The scoreboard of one run."""

    campaigns: tuple[CampaignScore, ...]
    n_reported: int
    n_reported_accounts: int
    precision: float | None
    accused: Accused
    accused_by_twin: tuple[Accused, ...]
    n_false_campaigns: int
    looked_at_exchanges: bool

    @property
    def found_share(self) -> float | None:
        """Share of true campaigns found; None without any."""
        return float(np.mean([c.found for c in self.campaigns])) if self.campaigns else None

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON."""
        return {"schema": "stillwatch.score/1", "found_share": self.found_share, **asdict(self)}


def upper_bound(n_hits: int, n: int, level: float = 0.95) -> float:
    """One-sided Clopper-Pearson upper bound of a share.

    >>> round(upper_bound(0, 30_000), 6)
    0.0001
    """
    return clopper_pearson(n_hits, n, 2 * level - 1)[1]


def score(
    campaigns: Mapping[str, Any], truth: pa.Table, exchanges: pa.Table | None = None
) -> Score:
    """Score a search.

    Args:
        campaigns: the parsed output of ``stillwatch detect --json``.
        truth: ``account``, ``campaign``, ``twin`` (and ``started_at``).
        exchanges: ``account`` and ``sent_at``; None leaves the leak unlooked.

    Raises:
        BadInput: a table or the report lacks what is needed.
    """
    _check(campaigns, truth, exchanges)
    reports = {str(c.get("id", i)): c for i, c in enumerate(campaigns["campaigns"])}
    members = {k: {str(a["account"]) for a in c["accounts"]} for k, c in reports.items()}
    own = dict(zip(truth["account"].to_pylist(), truth["campaign"].to_pylist(), strict=True))
    accused = set().union(*members.values()) if members else set()
    sent = _sent_by_campaign(truth, exchanges)
    names = sorted({c for c in own.values() if c is not None})
    rows = [_one(name, own, members, reports, accused, sent) for name in names]
    n_right = sum(own.get(a) is not None for a in accused)
    false = sum(not any(own.get(a) is not None for a in m) for m in members.values())
    return Score(
        tuple(rows),
        len(reports),
        len(accused),
        n_right / len(accused) if accused else None,
        *_accused(truth, accused),
        false,
        exchanges is not None,
    )


def _check(campaigns: Mapping[str, Any], truth: pa.Table, exchanges: pa.Table | None) -> None:
    if not isinstance(campaigns.get("campaigns"), Sequence):
        raise BadInput(
            "the report has no list of campaigns",
            where="campaigns",
            remedy="Pass what `stillwatch detect --json` printed.",
        )
    for name, table, needed in (
        ("truth", truth, ("account", "campaign", "twin")),
        ("exchanges", exchanges, ("account", "sent_at")),
    ):
        missing = [c for c in needed if table is not None and c not in table.column_names]
        if missing:
            raise BadInput(f"{name} lacks {', '.join(missing)}.", where=name)


def _one(
    name: str,
    own: Mapping[str, str | None],
    members: Mapping[str, set[str]],
    reports: Mapping[str, Any],
    accused: set[str],
    sent: Mapping[str, np.ndarray[Any, np.dtype[np.int64]]] | None,
) -> CampaignScore:
    mine = {a for a, c in own.items() if c == name}
    shares = {k: len(mine & m) / max(len(m), 1) for k, m in members.items()}
    right = [
        k
        for k, m in members.items()
        if len(mine & m) >= FOUND_SHARE * len(mine) and shares[k] >= FOUND_PRECISION
    ]
    best = max(members, key=lambda k: (k in right, len(mine & members[k])), default=None)
    if best is not None and not mine & members[best]:
        best = None
    moment = min((_micros(reports[k].get("detected_at")) for k in right), default=None)
    leak, n_leaked, hours = None, None, None
    if sent is not None:
        times = sent.get(name, np.zeros(0, dtype=np.int64))
        n_leaked = len(times) if moment is None else int((times < moment).sum())
        leak = n_leaked / len(times) if len(times) else 0.0
        if moment is not None and len(times):
            hours = max(0.0, (moment - int(times.min())) / _MICRO / 3600)
    return CampaignScore(
        name,
        len(mine),
        bool(right),
        best,
        len(mine & accused) / len(mine),
        shares[best] if best is not None else None,
        leak,
        n_leaked,
        hours,
    )


def _micros(moment: object) -> int:
    if not isinstance(moment, str):
        raise BadInput(
            "a campaign has no detected_at.", where="campaigns", remedy="It must be an ISO time."
        )
    parsed = datetime.fromisoformat(moment)
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return round(parsed.timestamp() * _MICRO)


def _sent_by_campaign(
    truth: pa.Table, exchanges: pa.Table | None
) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]] | None:
    if exchanges is None:
        return None
    guilty = truth.filter(pc.is_valid(truth["campaign"]))
    accounts = guilty["account"].combine_chunks()
    place = pc.index_in(exchanges["account"].cast(accounts.type), value_set=accounts)
    kept = pc.is_valid(place)
    index = place.filter(kept).to_numpy()
    times = exchanges["sent_at"].filter(kept).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    sent = times.to_numpy()
    names = np.array(guilty["campaign"].to_pylist(), dtype=object)
    labels = names[index] if len(index) else np.zeros(0, dtype=object)
    return {str(n): sent[labels == n] for n in set(names.tolist())}


def _accused(truth: pa.Table, accused: set[str]) -> tuple[Accused, tuple[Accused, ...]]:
    benign = truth.filter(pc.is_null(truth["campaign"]))
    accounts, twins = benign["account"].to_pylist(), benign["twin"].to_pylist()
    total: Counter[str] = Counter(t or "ordinary" for t in twins)
    hits: Counter[str] = Counter(
        t or "ordinary" for a, t in zip(accounts, twins, strict=True) if a in accused
    )

    def line(kind: str, k: int, n: int) -> Accused:
        return Accused(kind, n, k, k / n if n else 0.0, upper_bound(k, n))

    overall = line("all benign", hits.total(), total.total())
    return overall, tuple(line(k, hits[k], total[k]) for k in sorted(total))
