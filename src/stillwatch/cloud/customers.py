"""Customers: what a record of a customer lacks under a dated pack of rules, and what is due when.

A record may hold names and addresses, since a law may ask for them; what is said about it names
the customer by its pseudonym and the missing fields by their names, never by their values. Whether
somebody is a foreign person is an input of these rules and of nothing else in the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from stillwatch.cloud.statuses import Since, Standing, day_of, standing, statuses_from
from stillwatch.model.errors import BadInput

#: every field that a record may hold; another is refused.
RECORD_FIELDS: Final = frozenset(
    "kind customer name address payment_means payment_source payment_instrument email phone "
    "access_log beneficial_owners foreign_determination foreign_evidence verification_method "
    "verified_at risk_rating opened_on closed_on reseller business_purpose rechecked_at "
    "disclosed_agreements".split()
)
PROVIDER_FIELDS: Final = frozenset("kind provider certified_on".split())
RESELLER_FIELDS: Final = frozenset(
    "kind reseller foreign program_agreed_on program_seen_on certified_on".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A dated pack of rules on records.

    Args:
        id: short and unique.
        title: what a reader calls it.
        source: where it stands.
        doubt: what to check.
        fields: name of each field that it wants, and why.
        statuses: its dated statuses.
        keep_years: years that a record is kept after the account was closed.
        certify_days: days between two certifications; nothing where none is asked.
        methods: ways of verification that it knows.
        ratings: ratings of risk that it knows.
        optional: it is a template that somebody may choose.
        report_due_days: days from knowing of a training run to its report.
        answer_due_days: days from a question of the Department to its answer.
    """

    id: str
    title: str
    source: str
    statuses: tuple[Since, ...]
    fields: tuple[tuple[str, str], ...]
    keep_years: int
    methods: tuple[str, ...]
    ratings: tuple[str, ...]
    doubt: str = ""
    certify_days: int | None = None
    optional: bool = False
    report_due_days: int | None = None
    answer_due_days: int | None = None

    def on(self, day: date) -> Standing:
        """How it stands on a day."""
        return standing(self.statuses, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at one record found.

    Args:
        customer: pseudonym.
        missing: fields that the pack wants and the record lacks.
        wrong: fields whose value cannot be right, and why; no values.
        keep_until: day after which the record may go; nothing while the account is open.
        may_go: that day has passed.
    """

    customer: str
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    keep_until: date | None = None
    may_go: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or wrong."""
        return not self.missing and not self.wrong

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "customer": self.customer,
            "complete": self.complete,
            "missing": list(self.missing),
            "wrong": list(self.wrong),
            "keep_until": None if self.keep_until is None else str(self.keep_until),
            "may_go": self.may_go,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All records that were read.

    Args:
        customers: records by pseudonym.
        resellers: of the cloud's capacity, by pseudonym.
        certified_on: when the provider last certified its program; nothing where unknown.
    """

    customers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    resellers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    certified_on: date | None = None


def packs_from(told: Mapping[str, Any], *, where: str) -> tuple[Pack, ...]:
    """The packs that a parsed TOML file holds.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    found = []
    for entry in told.get("pack", ()):
        place = f"{where}, pack {entry.get('id', '?')}"
        try:
            pack = Pack(
                id=str(entry["id"]),
                title=str(entry["title"]),
                source=str(entry["source"]),
                doubt=str(entry.get("doubt", "")),
                statuses=statuses_from(entry["status"], where=place),
                fields=tuple((str(f["name"]), str(f["why"])) for f in entry["field"]),
                keep_years=int(entry["retention_years_after_closure"]),
                certify_days=_whole(entry, "certification_every_days"),
                report_due_days=_whole(entry, "report_due_days"),
                answer_due_days=_whole(entry, "answer_due_days"),
                methods=tuple(str(m) for m in entry["verification_methods"]),
                ratings=tuple(str(m) for m in entry["risk_ratings"]),
                optional=bool(entry.get("optional", False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"is no pack: {error}.", where=place) from error
        if unknown := sorted({name for name, _ in pack.fields} - RECORD_FIELDS):
            raise BadInput(f"records have no field {unknown[0]!r}.", where=place)
        found.append(pack)
    if not found:
        raise BadInput("holds no pack.", where=where)
    return tuple(found)


def look(record: Mapping[str, Any], pack: Pack, day: date) -> Looked:
    """What a record lacks under a pack on a day."""
    missing = tuple(name for name, _ in pack.fields if _empty(record.get(name)))
    wrong = [why for why in map(lambda f: _wrong(f, record, pack, day), _CHECKED) if why]
    closed = _day(record.get("closed_on"))
    until = None if closed is None else _years_after(closed, pack.keep_years)
    return Looked(
        customer=str(record.get("customer", "?")),
        missing=missing,
        wrong=tuple(wrong),
        keep_until=until,
        may_go=until is not None and until < day,
    )


def duties(books: Books, pack: Pack, day: date) -> list[tuple[date | None, str]]:
    """What the provider owes as a whole, with the day where there is one: certification and
    the flow-down of the program to resellers.
    """
    found: list[tuple[date | None, str]] = []
    if pack.certify_days is not None:
        due = None
        if books.certified_on is not None:
            due = books.certified_on + timedelta(days=pack.certify_days)
        late = due is not None and due < day
        found.append(
            (due, "certify the program" + (" (overdue)" if late else "")
             if due else "certify the program; no certification is on record")
        )  # fmt: skip
    named = {str(r["reseller"]) for r in books.customers.values() if r.get("reseller")}
    for name in sorted(named | set(books.resellers)):
        record = books.resellers.get(name, {})
        if _empty(record.get("program_agreed_on")):
            found.append((None, f"reseller {name}: no agreement to keep the program is on record"))
        if record.get("foreign") and _empty(record.get("program_seen_on")):
            found.append((None, f"reseller {name}: no copy of its program is on record"))
    return sorted(found, key=lambda pair: (pair[0] is None, pair[0] or day, pair[1]))


def check_record(record: Mapping[str, Any], *, where: str) -> str:
    """The kind of a record whose fields are all known: customer, provider or reseller.

    Raises:
        BadInput: it is no record, or holds a field that is not in the closed list.
    """
    kind = str(record.get("kind", "customer"))
    allowed = {"customer": RECORD_FIELDS, "provider": PROVIDER_FIELDS, "reseller": RESELLER_FIELDS}
    if kind not in allowed:
        raise BadInput("the kind is none of customer, provider, reseller.", where=where)
    if unknown := sorted(set(record) - allowed[kind]):
        raise BadInput(f"unknown field {unknown[0][:60]!r}.", where=where)
    if not isinstance(record.get(kind), str) or not str(record[kind]).strip():
        raise BadInput(f"the {kind} has no name of its own.", where=where)
    return kind


def day_or_none(told: object) -> date | None:
    """A day, or nothing where there is none to be read."""
    return _day(told)


_CHECKED = (
    "verification_method", "risk_rating", "access_log", "beneficial_owners",
    "foreign_determination", "verified_at", "opened_on", "closed_on",
)  # fmt: skip


def _wrong(name: str, record: Mapping[str, Any], pack: Pack, day: date) -> str:
    value = record.get(name)
    if _empty(value):
        return ""
    if name == "verification_method" and value not in pack.methods:
        return f"{name}: none of {', '.join(pack.methods)}"
    if name == "risk_rating" and value not in pack.ratings:
        return f"{name}: none of {', '.join(pack.ratings)}"
    if name == "foreign_determination" and not isinstance(value, bool):
        return f"{name}: neither true nor false"
    if name == "access_log":
        return _wrong_log(value)
    if name == "beneficial_owners" and not isinstance(value, list):
        return f"{name}: no list"
    if name in ("verified_at", "opened_on", "closed_on"):
        told = _day(value)
        if told is None:
            return f"{name}: no day"
        if told > day:
            return f"{name}: after the day of this look"
    return ""


def _wrong_log(value: object) -> str:
    if not isinstance(value, list):
        return "access_log: no list"
    n = sum(
        not isinstance(one, Mapping)
        or _empty(one.get("address"))
        or _day(one.get("seen_at")) is None
        for one in value
    )
    return f"access_log: {n} of {len(value)} entries lack an address or a time" if n else ""


def _empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def _day(value: object) -> date | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and len(value) > 10:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
        return day_of(value)
    except (ValueError, OverflowError):
        return None


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _whole(entry: Mapping[str, Any], name: str) -> int | None:
    return int(entry[name]) if name in entry else None
