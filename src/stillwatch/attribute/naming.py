"""Naming: when an organisation's name may stand in a report, and that it stands nowhere else.

Three independent families must support that the operator acts for the organisation, one of them
by direct evidence, and it must be likely at least; two different persons must have signed the case
as it stands, one of them as its red team and nobody who ever proposed the name; nobody's dissent
may stand. Even then the name is only in a report that a person asked for by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.attribute.book import Case
from stillwatch.attribute.claims import QUESTIONS, SUPPORT_BITS, judge
from stillwatch.attribute.entries import PROPOSED
from stillwatch.attribute.evidence import is_direct, origin_of
from stillwatch.attribute.signoffs import (
    CONSENTS,
    DISSENTS,
    RED_TEAM,
    Roster,
    Standing,
    plain,
    standing,
)
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import Claim, Finding

N_FAMILIES = 3
N_PERSONS = 2
#: lower end of the word that the claim must have.
LEAST_PERCENT = 55
LEAST_LETTERS = 3
#: hexadecimal digits of a salt.
LEAST_SALT = 32
WITHHELD = "[withheld: it holds a name that was proposed]"
NOT_NAMED = "not named"
RULE = "an organisation is named by three families, one direct, and two persons"


def party_ref(name: str, salt: str) -> str:
    """The ref by which findings speak of an organisation without its name.

    Args:
        name: of the organisation.
        salt: of the case, drawn at random: reports hold the ref, and without the salt whoever
            has one could try all names that there are.

    >>> party_ref("Example Lab", "ab") == party_ref("EXAMPLE-LAB", "ab")
    True
    """
    return digest_of("party", {"name": plain(name), "salt": salt})


def proposal(name: str, salt: str) -> dict[str, str]:
    """The body of a proposal.

    Args:
        name: of the organisation.
        salt: of the case; the same for all proposals, so that a name proposed again keeps its
            ref.

    Raises:
        BadInput: the name is too short to be kept out of a report, or the salt to hide it.
    """
    if len(salt) < LEAST_SALT:
        raise BadInput("the salt is too short.", where="case")
    if len(plain(name)) < LEAST_LETTERS:
        raise BadInput(f"a name needs {LEAST_LETTERS} letters or digits at least.", where="case")
    return {"name": name.strip(), "party": party_ref(name, salt), "salt": salt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Whether the organisation that was proposed may be named, and what lacks.

    Attributes:
        party: ref of the organisation; empty where none was proposed.
        families: families that support it; partners, and those that rest on one record, taken
            together.
        direct: those of them with direct evidence.
        signed: sign-offs, those that do not count with the reason.
        lacks: what is still missing, in sentences; empty where it may be named.
    """

    party: str
    families: tuple[str, ...]
    direct: tuple[str, ...]
    signed: tuple[Standing, ...]
    lacks: tuple[str, ...]

    @property
    def may_be_named(self) -> bool:
        """Whether a report that is asked for may hold the name."""
        return bool(self.party) and not self.lacks

    def to_json(self) -> dict[str, Any]:
        """Plain values, no name among them."""
        return {
            "party": self.party, "families": list(self.families), "direct": list(self.direct),
            "signed": [one.to_json() for one in self.signed], "lacks": list(self.lacks),
            "may_be_named": self.may_be_named,
        }  # fmt: skip


def naming_of(case: Case, roster: Roster) -> Naming:
    """Where a case stands with the organisation that was last proposed."""
    signed = standing(case, roster)
    proposed = case.proposed
    if proposed is None:
        return Naming(
            party="", families=(), direct=(), signed=signed,
            lacks=("no organisation was proposed",),
        )  # fmt: skip
    party = str(proposed.body["party"])
    families, direct = supports(case.findings, party)
    lacks = []
    if len(families) < N_FAMILIES:
        lacks.append(f"{N_FAMILIES} independent families are needed, {len(families)} support it")
    if not direct:
        lacks.append("no family supports it with direct evidence")
    lacks += _likely(case.findings, party)
    proposers = {plain(e.by) for e in case.of(PROPOSED) if e.body["party"] == party}
    if any(roster.person(one) is None for one in proposers):
        lacks.append("whoever proposed it must be on the roster")
    lacks += _persons(signed, proposers)
    if case.closed_by is not None:
        lacks.append(f"the case is closed: {case.closed_by.title.lower()} applies")
    return Naming(party=party, families=families, direct=direct, signed=signed, lacks=tuple(lacks))


def supports(findings: Iterable[Finding], party: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Families whose findings about an organisation support it, and the direct ones.

    A family supports with :data:`~stillwatch.attribute.claims.SUPPORT_BITS` net, and an interval
    above 0. All partners are one family, and so are families that rest on one record: it would
    be counted once for each.

    Returns:
        names of families, those that count as one joined by a plus.
    """
    mine = [f for f in findings if f.about == party and f.claim is Claim.ORGANISATION]
    sides: dict[str, tuple[float, float]] = {}
    for bits, family in (
        (f.value.best, origin_of(f.family)) for f in mine if f.value.unit == "bit"
    ):
        best, worst = sides.get(family, (0.0, 0.0))
        sides[family] = (max(best, bits), min(worst, bits))
    sound = [f for f in mine if f.value.unit == "bit" and f.value.low > 0]
    strong = {origin_of(f.family) for f in sound}
    strong = {family for family in strong if sum(sides[family]) >= SUPPORT_BITS}
    direct = {origin_of(f.family) for f in sound if is_direct(f)} & strong
    rests_on: dict[str, set[str]] = {family: set() for family in strong}
    for f in mine:
        if f.value.unit == "bit" and f.value.best > 0 and origin_of(f.family) in strong:
            rests_on[origin_of(f.family)].update(f.evidence)
    groups = [sorted(group) for group in _apart(rests_on)]
    return (
        tuple(sorted("+".join(group) for group in groups)),
        tuple(sorted("+".join(group) for group in groups if direct.intersection(group))),
    )


def _apart(rests_on: Mapping[str, Collection[str]]) -> list[set[str]]:
    """Families in groups that share no record, directly or through others."""
    groups: list[tuple[set[str], set[str]]] = []
    for family, refs in rests_on.items():
        names, records, apart = {family}, set(refs), []
        for group in groups:
            if records.isdisjoint(group[1]):
                apart.append(group)
            else:
                names |= group[0]
                records |= group[1]
        groups = [*apart, (names, records)]
    return [names for names, _ in groups]


def _likely(findings: Iterable[Finding], party: str) -> list[str]:
    """What lacks where the claim is not likely at least, whatever the number of its families."""
    question = next(q for q in QUESTIONS if q.claim is Claim.ORGANISATION)
    mine = [f for f in findings if f.about == party]
    band = judge(question, mine, n_alike=1.0).band
    if band is not None and band.low_percent >= LEAST_PERCENT:
        return []
    word = band.word if band else "not judged"
    return [f"that the operator acts for it must be likely at least, and is {word}"]


def _persons(signed: Iterable[Standing], proposers: Collection[str]) -> list[str]:
    counting = [one for one in signed if one.counts]
    dissent = {plain(one.name) for one in counting if one.verdict == DISSENTS}
    consent = {plain(one.name) for one in counting if one.verdict == CONSENTS} - dissent
    red = {
        plain(one.name)
        for one in counting
        if one.verdict == CONSENTS and one.role == RED_TEAM and plain(one.name) not in proposers
    }
    lacks = []
    if dissent:
        lacks.append(f"{len(dissent)} dissent stands")
    if len(consent) < N_PERSONS:
        lacks.append(f"{N_PERSONS} different persons must sign, {len(consent)} did")
    if not red & consent:
        lacks.append("a red team that did not propose it must sign")
    return lacks


def name_to_show(case: Case, naming: Naming) -> str:
    """The name, where it may be shown in a report that somebody asked for.

    Raises:
        NotAllowed: something lacks; the message says what.
    """
    if not naming.may_be_named or case.proposed is None:
        raise NotAllowed("; ".join(naming.lacks), by_rule=RULE)
    return str(case.proposed.body["name"])


def without_names(value: Any, names: Iterable[str]) -> Any:
    """The same plain values; every text that holds one of the names is withheld whole.

    Case, spaces, dashes and accents do not matter. Keys of mappings are ours and stay.
    """
    bare = tuple(n for n in (plain(name) for name in names) if n)
    return _without(value, bare) if bare else value


def holds_name(text: str, names: Iterable[str]) -> bool:
    """Whether a text holds one of the names, in whatever case, spacing or accents."""
    told = plain(text)
    return any(plain(name) in told for name in names if plain(name))


def _without(value: Any, bare: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        told = plain(value)
        return WITHHELD if any(name in told for name in bare) else value
    if isinstance(value, Mapping):
        return {k: _without(v, bare) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without(one, bare) for one in value]
    return value
