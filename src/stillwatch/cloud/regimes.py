"""Regimes: which rules on compute speak of a run on a day. Rules are data; this only reads them.

A run is above a threshold where its whole interval is, below where its whole interval is, and
could be either otherwise. What a rule needs to know and nobody told is said, never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from stillwatch.cloud.statuses import Since, Standing, Status, day_of, standing, statuses_from
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity

KINDS: Final = {"duty": "legal duty", "policy": "policy choice", "note": "risk note"}
MEASURES: Final = ("run_flop", "cluster_flop_s", "remote_access")
NOT_ADVICE: Final = "This is not legal advice."
_FIELDS: Final = frozenset(
    "id title jurisdiction kind whose measure above fabric_above_gbit_s needs source doubt status "
    "applies_from due_days due_what never_law template record_fields questions sunset_years".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, as its data has it.

    Args:
        id: short and unique.
        title: what a reader calls it.
        jurisdiction: whose rule it is.
        kind: ``duty``, ``policy`` or ``note``.
        whose: on whom it falls.
        measure: one of :data:`MEASURES`.
        above: threshold in FLOP or FLOP/s; nothing where the rule has none.
        fabric_above_gbit_s: for clusters, the network that is needed too.
        needs: a fact that somebody must tell before it can be answered; empty for none.
        source: where it stands.
        doubt: what to check.
        statuses: its dated statuses.
        applies_from: from when duties apply, where later than being in force.
        due_days: days from crossing the threshold to the duty; nothing where there is none.
        due_what: what is due then.
        never_law: it was never law on any day.
        questions: what a what-if has to ask.
        template: what it would have people do, where it serves as a template.
    """

    id: str
    title: str
    jurisdiction: str
    kind: str
    whose: str
    measure: str
    source: str
    statuses: tuple[Since, ...]
    above: float | None = None
    fabric_above_gbit_s: float | None = None
    needs: str = ""
    doubt: str = ""
    applies_from: date | None = None
    due_days: int | None = None
    due_what: str = ""
    never_law: bool = False
    questions: tuple[str, ...] = ()
    template: tuple[str, ...] = ()

    def on(self, day: date) -> Standing:
        """How it stands on a day."""
        return standing(self.statuses, day, self.applies_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of a run or a cluster when rules are asked.

    Args:
        flop: what the run computed; nothing where that could not be looked at.
        crossed_on: the day on which it was measured to its end.
        cluster_flop_s: peak of the cluster in FLOP/s, if known.
        fabric_gbit_s: its network, if known.
        facts: legal facts somebody determined, such as ``foreign_customer``; they reach rules and
            nothing else.
    """

    flop: Quantity | None = None
    crossed_on: date | None = None
    cluster_flop_s: float | None = None
    fabric_gbit_s: float | None = None
    facts: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one rule says on a day.

    Args:
        rule: its id.
        title: what a reader calls it.
        kind: ``legal duty``, ``policy choice`` or ``risk note``.
        whose: on whom it falls.
        met: ``above``, ``below``, ``could be either``, ``could not look`` or ``what-if``.
        binds: it is met and its duties apply on the day.
        standing: how it stands, in words.
        missing: what somebody must tell or measure first.
        due: when something is due, and what.
        doubt: what to check.
        source: where it stands.
    """

    rule: str
    title: str
    kind: str
    whose: str
    met: str
    binds: bool
    standing: str
    missing: tuple[str, ...]
    due: tuple[date, str] | None
    doubt: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "rule": self.rule,
            "title": self.title,
            "kind": self.kind,
            "whose": self.whose,
            "met": self.met,
            "binds": self.binds,
            "standing": self.standing,
            "missing": list(self.missing),
            "due": None if self.due is None else {"day": str(self.due[0]), "what": self.due[1]},
            "doubt": self.doubt,
            "source": self.source,
        }


def rules_from(told: Mapping[str, Any], *, where: str) -> tuple[Rule, ...]:
    """The rules that a parsed TOML file holds.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind, or an id stands twice.
    """
    found: list[Rule] = []
    for entry in told.get("rule", ()):
        place = f"{where}, rule {entry.get('id', '?')}"
        if unknown := sorted(set(entry) - _FIELDS):
            raise BadInput(f"unknown field {unknown[0]!r}.", where=place)
        found.append(_rule(entry, place))
    twice = {rule.id for rule in found if [r.id for r in found].count(rule.id) > 1}
    if twice:
        raise BadInput(f"the id {min(twice)!r} stands twice.", where=where)
    if not found:
        raise BadInput("holds no rule.", where=where, remedy="Write [[rule]] tables.")
    return tuple(found)


def _rule(entry: Mapping[str, Any], place: str) -> Rule:
    try:
        rule = Rule(
            id=str(entry["id"]),
            title=str(entry["title"]),
            jurisdiction=str(entry["jurisdiction"]),
            kind=str(entry["kind"]),
            whose=str(entry["whose"]),
            measure=str(entry["measure"]),
            source=str(entry["source"]),
            statuses=statuses_from(entry["status"], where=place),
            above=float(entry["above"]) if "above" in entry else None,
            fabric_above_gbit_s=(
                float(entry["fabric_above_gbit_s"]) if "fabric_above_gbit_s" in entry else None
            ),
            needs=str(entry.get("needs", "")),
            doubt=str(entry.get("doubt", "")),
            applies_from=day_of(entry["applies_from"]) if "applies_from" in entry else None,
            due_days=int(entry["due_days"]) if "due_days" in entry else None,
            due_what=str(entry.get("due_what", "")),
            never_law=bool(entry.get("never_law", False)),
            questions=tuple(str(q) for q in entry.get("questions", ())),
            template=tuple(str(q) for q in entry.get("template", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no rule: {error}.", where=place) from error
    if rule.kind not in KINDS or rule.measure not in MEASURES:
        raise BadInput("kind or measure is unknown.", where=place)
    if rule.measure != "remote_access" and not (rule.above and rule.above > 0):
        raise BadInput("a threshold needs a positive 'above'.", where=place)
    if rule.never_law and any(one.status is Status.IN_FORCE for one in rule.statuses):
        raise BadInput("was never law and cannot be in force.", where=place)
    return rule


def ask(rules: Sequence[Rule], measured: Measured, day: date) -> list[Answer]:
    """What every rule says of a run or a cluster on a day; rules yet to come are left out."""
    answers = []
    for rule in rules:
        stands = rule.on(day)
        if stands.status is None:
            continue
        met, missing = _met(rule, measured)
        binds = met == "above" and stands.applies and not missing and rule.kind == "duty"
        answers.append(
            Answer(
                rule=rule.id,
                title=rule.title,
                kind=KINDS[rule.kind],
                whose=rule.whose,
                met=met,
                binds=binds,
                standing=stands.said + (" (never law)" if rule.never_law else ""),
                missing=tuple(missing),
                due=_due(rule, measured, binds=binds),
                doubt=rule.doubt,
                source=rule.source,
            )
        )
    return answers


def _met(rule: Rule, measured: Measured) -> tuple[str, list[str]]:
    missing: list[str] = []
    if rule.measure == "remote_access":
        return "what-if", list(rule.questions)
    if rule.measure == "cluster_flop_s":
        return _cluster(rule, measured)
    assert rule.above is not None
    if measured.flop is None:
        return "could not look", ["what the run computed"]
    met = "could be either"
    if measured.flop.low > rule.above:
        met = "above"
    elif measured.flop.high <= rule.above:
        met = "below"
    if rule.needs and met != "below":
        told = measured.facts.get(rule.needs)
        if told is None:
            missing.append(rule.needs.replace("_", " "))
        elif not told:
            return "below", []
    return met, missing


def _cluster(rule: Rule, measured: Measured) -> tuple[str, list[str]]:
    assert rule.above is not None
    peak, fabric = measured.cluster_flop_s, measured.fabric_gbit_s
    if peak is not None and peak <= rule.above:
        return "below", []
    wanted = rule.fabric_above_gbit_s
    if fabric is not None and wanted is not None and fabric <= wanted:
        return "below", []
    missing = []
    if peak is None:
        missing.append("the peak of the cluster")
    if wanted is not None and fabric is None:
        missing.append("the network of the cluster")
    return ("could not look" if missing else "above"), missing


def _due(rule: Rule, measured: Measured, *, binds: bool) -> tuple[date, str] | None:
    if not binds or rule.due_days is None or measured.crossed_on is None:
        return None
    start = max(measured.crossed_on, rule.applies_from or measured.crossed_on)
    return start + timedelta(days=rule.due_days), rule.due_what
