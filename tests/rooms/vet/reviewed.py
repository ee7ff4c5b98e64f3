"""Parts and tools that reviews are tried on, written once."""

from __future__ import annotations

from datetime import date
from typing import Any

from stillwatch.model.quantity import Quantity
from stillwatch.vet.part import Outcome, Part, Point, Severity
from stillwatch.vet.review import Dataset, Endpoint, Hearing, Review, Tool
from stillwatch.vet.review.bar import BAR
from stillwatch.vet.review.inventory import HashedFile, Inventory

#: 26 November 2026, 12:00 UTC.
NOW_US = 1_795_694_400_000_000
SEVERITY = {
    Outcome.CONCERN: Severity.WARNING,
    Outcome.NO_CONCERN: Severity.NOTE,
    Outcome.UNDECIDED: Severity.NOTE,
}
INVENTORY = Inventory(
    files=(HashedFile("config.json", 10, "a" * 64), HashedFile("w.safetensors", 99, "b" * 64)),
    config={"model_type": "llama", "architectures": "LlamaForCausalLM"},
)
TOOL = Tool(
    name="Example Coder", version="2.0", vendor="Example Works", licence="Apache-2.0",
    purpose="Completes code.", has_files=True, datasets=(Dataset(name="Corpus", source="x"),),
    endpoints=(Endpoint(name="first", address="https://api.example/v1", model="coder-2"),),
)  # fmt: skip
HEARING = Hearing(
    contact="security@coder.example", asked_on=date(2026, 10, 1), appeal_to="appeals@us.example"
)


def point(severity: Severity = Severity.WARNING, **words: Any) -> Point:
    told = {
        "title": "hijacked", "observed": "it called the tool that a mail named.", "where": "mail",
        "value": Quantity(best=0.3, low=0.2, high=0.4, unit="share"), "p_value": 1e-4,
    }  # fmt: skip
    return Point(severity=severity, **{**told, **words})


def part(name: str, outcome: Outcome = Outcome.NO_CONCERN, **words: Any) -> Part:
    """A part that does not contradict itself."""
    told: dict[str, Any] = {
        "subject": INVENTORY.digest, "because": f"{name} was looked at.", "covered": ("all of it",),
        "points": () if outcome is Outcome.NOT_EXAMINED else (point(SEVERITY[outcome]),),
        "tools": {"looker": "1.0"},
    }  # fmt: skip
    return Part(name=name, outcome=outcome, **{**told, **words})


def parts(**outcomes: Outcome) -> tuple[Part, ...]:
    """A part for every examination; without a concern where none is named."""
    return tuple(part(one.name, outcomes.get(one.name, Outcome.NO_CONCERN)) for one in BAR)


def review_of(*given: Part, **words: Any) -> Review:
    told: dict[str, Any] = {
        "tool": TOOL, "inventory": INVENTORY, "parts": given, "hearing": HEARING, "dissents": (),
        "by": "Ann Lee", "retest_on": date(2027, 5, 1), "versions": {"stillwatch": "0"},
    }  # fmt: skip
    return Review(**{**told, **words})
