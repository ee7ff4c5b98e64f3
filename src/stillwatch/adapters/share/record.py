"""Record: what the log of disclosures adds up to, and how partners' statements were borne out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillwatch.adapters.share.home import read_toml
from stillwatch.model.errors import BadInput
from stillwatch.share.echoes import Record


def unconfirmed(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Letters that nobody has confirmed, the oldest first; retractions before the rest."""
    told = list(entries)
    done = {(e["from"], e["digest"]) for e in told if e["kind"] == "confirmed"}
    waiting: dict[tuple[str, str], dict[str, Any]] = {}
    for e in told:
        if e["kind"] in ("disclosed", "retracted") and (e["to"], e["digest"]) not in done:
            row = {
                "what": e["kind"], "to": e["to"], "bulletin": e["bulletin"],
                "digest": e["digest"], "when_us": e["when_us"],
            }  # fmt: skip
            waiting.setdefault((e["to"], e["digest"]), row)
    return sorted(waiting.values(), key=lambda e: (e["what"] != "retracted", e["when_us"]))


def counted(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Counts by year, channel, jurisdiction and label: no name, no id, no campaign."""
    found: Counter[tuple[str, ...]] = Counter()
    for e in entries:
        if e["kind"] in ("disclosed", "retracted"):
            year = str(datetime.fromtimestamp(e["when_us"] / 1e6, UTC).year)
            place = e["jurisdiction"] or "not known"
            found[year, e["kind"], e["channel"], place, e["tlp"]] += 1
    names = ("year", "what", "channel", "jurisdiction", "tlp")
    return [{**dict(zip(names, key, strict=True)), "n": n} for key, n in sorted(found.items())]


def first_told(entries: Iterable[Mapping[str, Any]], bulletin: str) -> dict[str, int]:
    """When each partner was first told of a bulletin, microseconds since 1970-01-01 UTC."""
    found: dict[str, int] = {}
    for e in entries:
        if e["kind"] == "disclosed" and e["bulletin"] == bulletin:
            found[e["to"]] = min(e["when_us"], found.get(e["to"], e["when_us"]))
    return found


def load_records(path: Path) -> dict[str, Record]:
    """How each partner's statements were borne out: tables ``[NAME]`` with n_right and n_wrong.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it holds something else.
    """
    found = {}
    for name, one in read_toml(path).items():
        if not isinstance(one, dict) or set(one) - {"n_right", "n_wrong"}:
            raise BadInput("is no record: n_right and n_wrong.", where=f"{path}, {name}")
        n_right, n_wrong = one.get("n_right", 0), one.get("n_wrong", 0)
        if not all(isinstance(n, int) and 0 <= n <= 10**9 for n in (n_right, n_wrong)):
            raise BadInput("counts are whole numbers from 0.", where=f"{path}, {name}")
        found[name] = Record(n_right=n_right, n_wrong=n_wrong)
    return found
