"""Judging: what was measured of where requests go, and what a contract leaves open.

Everything rests on what was measured or stated. Nothing is taken from where a vendor comes from,
and an address says nothing of where a machine stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import exactly
from stillwatch.vet.data_flow.asked import NOT_STATED, Inquiries, Inquiry, Stated
from stillwatch.vet.data_flow.contacts import OLD_TLS, Contact, merged, within
from stillwatch.vet.part import Outcome, Part, Point, Severity

SOON_US = 14 * 86_400 * 1_000_000
LIMITS = (
    "What a host does with a request after it arrived cannot be seen from outside.",
    "Where machines stand and who can reach them was not measured; addresses do not tell.",
    "A recording shows the tool on that day and in that use.",
    "Headers can be left out or made up: none seen is no proof that nobody forwards.",
)
_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A header that tells who handled a request.

    Args:
        name: of the header.
        party: whom it tells of.
        kind: ``broker``, ``front`` or ``host``.
        value: that it must begin with; empty for any.
    """

    name: str
    party: str
    kind: str
    value: str = ""


def marks_from(value: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks from their file.

    Raises:
        BadInput: a field is missing.
    """
    try:
        return tuple(
            Mark(one["name"], one["party"], one["kind"], one.get("value", ""))
            for one in value["header"]
        )
    except (KeyError, TypeError) as error:
        raise BadInput(f"a field is missing: {error}.", where="headers.toml") from error


def judged(
    subject: str,
    contacts: Iterable[Contact],
    *,
    declared: Sequence[str],
    processors: Sequence[str],
    stated: Mapping[str, Stated],
    asked: Inquiries,
    marks: Sequence[Mark],
    now_us: int,
    today: date,
    unreached: Sequence[str] = (),
    not_covered: Sequence[str] = (),
    tools: Mapping[str, str] | None = None,
) -> Part:
    """Where requests go, how they are secured, who handles them, and what nobody stated.

    Args:
        subject: the tool.
        contacts: hosts that were reached.
        declared: hosts that the vendor declares; ``*.name`` for all below one.
        processors: parties that the contract names as handling requests.
        stated: answers to the questions.
        asked: the questions.
        marks: headers that tell.
        now_us: for certificates.
        today: for the age of answers.
        unreached: addresses that were to be measured and could not be, as sentences; where there
            is one, nothing is called free of concern.
        not_covered: what else could not be looked at, as sentences.
        tools: what measured, with versions.
    """
    seen = merged(contacts)
    points = [point for one in seen for point in _line(one, now_us)]
    points += _undeclared(seen, declared)
    parties = _parties(seen, marks)
    points += _handled(parties, processors, stated)
    points += [point for one in asked.inquiries for point in _gap(one, stated, asked, today)]
    points.sort(key=lambda one: _ORDER.index(one.severity))
    missing = [*unreached, *not_covered]
    if not seen:
        missing.append("No host was measured and no recording was read.")
    if not declared:
        missing.append("No hosts were declared, so none can be undeclared.")
    grave = [one for one in points if one.severity is not Severity.NOTE]
    if not seen and not stated:
        outcome = Outcome.NOT_EXAMINED
    elif grave:
        outcome = Outcome.CONCERN
    else:
        whole = seen and declared and not unreached
        outcome = Outcome.NO_CONCERN if whole else Outcome.UNDECIDED
    return Part(
        name="data_flow", subject=subject, outcome=outcome,
        because=_because(seen, grave, stated, asked), points=tuple(points),
        covered=_covered(seen, stated, asked), not_covered=tuple(missing), limits=LIMITS,
        tools=dict(tools or {}),
        measured={
            "contacts": [one.to_json() for one in seen],
            "parties": {name: sorted(hosts) for name, hosts in sorted(parties.items())},
            "questions": [
                {
                    "id": one.id, "ask": one.ask, "says": _stated(one, stated).says,
                    "said": _stated(one, stated).said, "source": _stated(one, stated).source,
                    "on": None if (on := _stated(one, stated).on) is None else on.isoformat(),
                }
                for one in asked.inquiries
            ],
            "questions_version": asked.version,
        },
    )  # fmt: skip


def _because(
    seen: Sequence[Contact], grave: Sequence[Point], stated: Mapping[str, Stated], asked: Inquiries
) -> str:
    n_open = sum(_stated(one, stated).says == NOT_STATED for one in asked.inquiries)
    hosts = {one.host for one in seen}
    first = f" {grave[0].title}: {grave[0].observed}" if grave else ""
    were = "host was" if len(hosts) == 1 else "hosts were"
    return (
        f"{len(hosts)} {were} seen; {n_open} of {len(asked.inquiries)} questions are not "
        f"stated.{first}"
    )


def _covered(
    seen: Sequence[Contact], stated: Mapping[str, Stated], asked: Inquiries
) -> tuple[str, ...]:
    ways = sorted({one.seen for one in seen})
    found = [f"{len(seen)} contacts, from {', '.join(ways)}."] if seen else []
    if stated:
        found.append(f"{len(stated)} answers to {len(asked.inquiries)} questions for buyers.")
    return tuple(found)


def _line(one: Contact, now_us: int) -> list[Point]:
    """What is wrong with a line."""
    where, found = f"{one.host}:{one.port}", []
    told = exactly(one.n, "request")
    if not one.secured:
        found.append(
            Point(
                title="Sends in the clear",
                severity=Severity.CRITICAL,
                where=where,
                value=told,
                observed=f"{one.n} requests to {where} went without TLS.",
                method=one.seen,
            )
        )
    tls = one.tls
    if tls is None:
        return found
    if tls.verified is False:
        found.append(
            Point(
                title="The certificate does not hold",
                severity=Severity.CRITICAL,
                where=where,
                observed=f"{where}: {tls.fault or 'it was not trusted'}; issued by "
                f"{tls.issuer or 'nobody named'}.",
                method=one.seen,
            )
        )
    if tls.version in OLD_TLS:
        found.append(
            Point(
                title="Old TLS",
                severity=Severity.WARNING,
                where=where,
                method=one.seen,
                observed=f"The line to {where} was {tls.version}.",
            )
        )
    elif tls.old_versions:
        found.append(
            Point(
                title="Takes old TLS",
                severity=Severity.WARNING,
                where=where,
                method=one.seen,
                observed=f"{where} takes {', '.join(tls.old_versions)} from whoever asks for it.",
            )
        )
    if tls.not_after_us is not None and 0 <= tls.not_after_us - now_us < SOON_US:
        found.append(
            Point(
                title="The certificate ends soon",
                severity=Severity.NOTE,
                where=where,
                observed=f"The certificate of {where} ends within 14 days.",
                method=one.seen,
            )
        )
    return found  # fmt: skip


def _undeclared(seen: Sequence[Contact], declared: Sequence[str]) -> list[Point]:
    if not declared:
        return []
    found = []
    for one in seen:
        if not within(one.host, declared):
            found.append(
                Point(
                    title="Reaches a host that was not declared", severity=Severity.WARNING,
                    where=f"{one.host}:{one.port}", value=exactly(one.n, "request"),
                    observed=f"{one.host} was reached {one.n} times.", method=one.seen,
                )
            )  # fmt: skip
        for target in one.redirects:
            if not within(target, declared):
                found.append(
                    Point(
                        title="Sends on to a host that was not declared",
                        severity=Severity.WARNING, where=f"{one.host}:{one.port}",
                        observed=f"{one.host} redirects to {target}.", method=one.seen,
                    )
                )  # fmt: skip
    return found


def _parties(seen: Sequence[Contact], marks: Sequence[Mark]) -> dict[str, set[str]]:
    """Party and kind, and the hosts whose replies tell of it."""
    found: dict[str, set[str]] = {}
    for one in seen:
        for mark in marks:
            value = one.headers.get(mark.name)
            if value is not None and value.casefold().startswith(mark.value.casefold()):
                found.setdefault(f"{mark.party} ({mark.kind})", set()).add(one.host)
    return found


def _handled(
    parties: Mapping[str, set[str]], processors: Sequence[str], stated: Mapping[str, Stated]
) -> list[Point]:
    """Who handles requests and is not named; and where that is against what was stated."""
    named = {one.casefold() for one in processors}
    denied = stated.get("forwarded", Stated()).says == "no"
    found = []
    for spoken, hosts in sorted(parties.items()):
        party, _, kind = spoken.rstrip(")").rpartition(" (")
        if party.casefold() in named:
            continue
        broker = kind == "broker"
        against = broker and denied
        severity = Severity.CRITICAL if against else Severity.WARNING if broker else Severity.NOTE
        more = " The vendor states that requests are not forwarded." if against else ""
        found.append(
            Point(
                title="Forwards, against what was stated" if against
                else "Another party handles requests",
                severity=severity, where=", ".join(sorted(hosts)),
                observed=f"Headers of replies tell of {party}, which the contract does not "
                f"name.{more}",
                method="headers; they can be made up",
            )
        )  # fmt: skip
    return found


def _stated(one: Inquiry, stated: Mapping[str, Stated]) -> Stated:
    return stated.get(one.id, Stated())


def _gap(one: Inquiry, stated: Mapping[str, Stated], asked: Inquiries, today: date) -> list[Point]:
    answer = _stated(one, stated)
    where, method = f"contract/{one.id}", "questions for buyers"
    grave = Severity.WARNING if one.must else Severity.NOTE
    if answer.says == NOT_STATED:
        return [Point(title="Not stated", severity=grave, observed=one.ask, where=where,
                      method=method)]  # fmt: skip
    found = []
    if one.wanted and answer.says in ("yes", "no") and answer.says != one.wanted:
        found.append(
            Point(
                title=f"The contract says {answer.says}", severity=grave, where=where,
                observed=f"{one.ask} {answer.said}".strip(), method=method,
            )
        )  # fmt: skip
    if not answer.source:
        found.append(
            Point(
                title="Said without a source", severity=Severity.NOTE, where=where,
                observed=one.ask, method=method,
            )
        )  # fmt: skip
    if answer.on is not None and (today - answer.on).days > asked.old_after_days:
        found.append(
            Point(
                title="An old answer", severity=Severity.NOTE, where=where, method=method,
                observed=f"{one.ask} The source is of {answer.on.isoformat()}.",
            )
        )  # fmt: skip
    return found
