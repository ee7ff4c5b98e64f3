"""What became of campaigns and rows in a soak, from the state folder that it left."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from stillwatch.adapters.live.log import Log
from stillwatch.detect.following import Event, told

DAY_US = 86_400e6
#: a campaign is known under a name that held at least so much of it.
_SHARE = 0.5
#: what the watcher calls what the sender put between the exchanges.
SET_ASIDE = {
    "duplicate": "duplicate", "late": "late", "ahead": "ahead",
    "malformed": "rejected: not valid JSON", "incomplete": "rejected: account is missing",
}  # fmt: skip


def events_of(state: Path) -> list[dict[str, Any]]:
    """Every event, in order; older files of them first."""
    lines: list[dict[str, Any]] = []
    for path in [*sorted(state.glob("campaigns-*.jsonl")), state / "campaigns.jsonl"]:
        if path.exists():
            text = path.read_text(encoding="utf-8")
            lines += [json.loads(line) for line in text.splitlines()]
    return lines


def counted(state: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Rows taken and set aside since the state was begun, and what was sent."""
    manifest = json.loads((state / "manifest.json").read_bytes())
    with Log(state, {name: value for name, value in manifest.items() if name != "layout"}) as log:
        n, counts = log.note.n, dict(log.note.counts)
    out: dict[str, Any] = {"n_exchanges": about["exchanges"], "n_taken": n}
    for kind, name in SET_ASIDE.items():
        out[f"n_{kind}"], out[f"{kind}_counted"] = about.get(kind, 0), counts.get(name, 0)
    return out


def is_consistent(state: Path) -> bool:
    """Whether events are numbered without a gap and add up to what stands in the end."""
    events = events_of(state)
    standing: dict[str, frozenset[str]] = {}
    for one in events:
        event = Event(
            kind=one["kind"], campaign=one["campaign"], joined=frozenset(one["joined"]),
            left=frozenset(one["left"]), other=one["other"], again=one["again"],
        )  # fmt: skip
        standing = told([event], standing)
    current = json.loads((state / "campaigns.json").read_bytes())
    members = {
        c["id"]: frozenset(a["account"] for a in c["accounts"]) for c in current["campaigns"]
    }
    numbers = [one["sequence"] for one in events]
    return numbers == list(range(1, len(numbers) + 1)) and standing == members


def campaign_rows(place: Path, state: Path, first_us: int) -> list[dict[str, Any]]:
    """For each true campaign: under which names it was known, from when to when."""
    truth = dict(json.loads((place / "truth.json").read_bytes()))
    size = Counter(truth.values())
    standing: dict[str, frozenset[str]] = {}
    known: dict[str, list[tuple[str, float]]] = {name: [] for name in sorted(size)}
    gone: dict[str, float] = {}
    strangers: set[str] = set()
    kinds: dict[str, Counter[str]] = {name: Counter() for name in sorted(size)}
    owner: dict[str, str] = {}
    for one in events_of(state):
        day = (datetime.fromisoformat(one["until"]).timestamp() * 1e6 - first_us) / DAY_US
        event = Event(
            kind=one["kind"], campaign=one["campaign"], joined=frozenset(one["joined"]),
            left=frozenset(one["left"]),
        )  # fmt: skip
        standing = told([event], standing)
        members = standing.get(one["campaign"], frozenset())
        strangers |= {account for account in members if account not in truth}
        whose = Counter(truth[account] for account in members if account in truth)
        for name, n in whose.items():
            if n >= _SHARE * min(size[name], len(members)) and n >= 2:
                owner[one["campaign"]] = name
                if one["campaign"] not in [lasting for lasting, _ in known[name]]:
                    known[name].append((one["campaign"], day))
                gone.pop(one["campaign"], None)
        if one["campaign"] in owner:
            kinds[owner[one["campaign"]]][one["kind"]] += 1
        if one["kind"] in ("closed", "merged"):
            gone[one["campaign"]] = day
    rows = []
    for name, names in known.items():
        ends = [gone.get(lasting) for lasting, _ in names]
        rows.append({
            "kind": "campaign",
            "name": name,
            "n_accounts": size[name],
            "n_names": len(names),
            "opened_day": min((day for _, day in names), default=None),
            "gone_day": None if None in ends or not ends else max(d for d in ends if d is not None),
            **{f"n_{kind}": kinds[name][kind] for kind in (
                "opened", "grown", "shrunk", "split", "merged", "closed")},
            "n_strangers": len(strangers),
        })  # fmt: skip
    return rows
