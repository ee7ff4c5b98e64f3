"""Quorum: how many nodes support a claim on evidence of their own, and who dissents.

One node has one voice, of its own bits alone: per family the strongest of its own findings for
and against, families added, never more than it says itself and never more than a ceiling. One
finding gives one voice, however many repeat it (:mod:`stillwatch.ally.repeats`). So forwarding adds
nothing, however long the chain, and a node that lies moves the outcome by one voice. What holds
must hold whichever few nodes lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.ally.equivocation import Equivocation
from stillwatch.ally.notes import Leaving, Note, Opinion, Stance, content_of
from stillwatch.ally.repeats import own_contents
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Claim, Finding, bits_by_family

SCHEMA: Final = "stillwatch.quorum/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a quorum holds.

    Args:
        needed: voices for the claim; 0 for more than half of the members present.
        n_lying: nodes that may lie without changing the outcome.
        ceiling_bits: most that one voice counts.
        least_bits: least that a voice must say to be one for the claim.
    """

    needed: int = 0
    n_lying: int = 1
    ceiling_bits: float = 8.0
    least_bits: float = 2.0

    def __post_init__(self) -> None:
        """Refuse what would let one voice decide."""
        if self.needed < 0 or self.n_lying < 0 or not 0 < self.least_bits <= self.ceiling_bits:
            raise BadInput("terms of a quorum are out of range.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one node says, and what of it counts.

    Args:
        node: who.
        stance: as it says; empty where it says nothing.
        said_bits: as it says.
        counted_bits: of its own evidence, at most what it says, at most the ceiling.
        aside: why nothing of it counts; empty where it does.
        why: its sentence.
        note: id of its opinion.
    """

    node: str
    stance: str = ""
    said_bits: float = 0.0
    counted_bits: float = 0.0
    aside: str = ""
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """What the members say of one claim about one subject; advice, never a decision.

    Args:
        about: the subject.
        claim: the claim.
        needed: voices for it that are needed.
        n_members: present.
        holds: whether they are there, whichever ``n_lying`` nodes lie.
        bits: sum of what counts.
        bits_if_some_lie: the same without the strongest voices for the claim.
        voices: of every member, by name.
        id: digest of all of it, for co-signing.
    """

    about: str
    claim: str
    needed: int
    n_members: int
    holds: bool
    bits: float
    bits_if_some_lie: float
    voices: tuple[Voice, ...]
    id: str

    @property
    def dissent(self) -> tuple[Voice, ...]:
        """Voices against, whether they count or not: dissent is recorded."""
        return tuple(voice for voice in self.voices if voice.stance == Stance.DISSENTS)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"schema": SCHEMA, "id": self.id, **_content(self)}


def quorum(
    notes: Sequence[Note],
    caught: Iterable[Equivocation],
    members: frozenset[str],
    about: str,
    claim: str,
    now_us: int,
    terms: Terms | None = None,
) -> Quorum:
    """What the members say of a claim.

    Args:
        notes: that this node holds, in the order in which they came; where it cannot be told
            who repeats whom, the one who came later does.
        caught: nodes that contradicted themselves; on that topic nothing of them counts.
        members: names of those who have a voice.
        about: ref of the subject.
        claim: which claim.
        now_us: expired notes count no more.
        terms: when it holds.
    """
    terms, wanted = terms or Terms(), Claim(claim)
    left = {note.node for note in notes if isinstance(note.body, Leaving)}
    present = members - left
    alive = [n for n in notes if n.node in present and now_us < n.marking.until_us]
    told = _told_findings(alive, about, wanted)
    lying = {(one.node, one.topic_mark) for one in caught}
    opinions = _latest_opinions(alive, about, wanted)
    speaking = {
        name: held for name, held in opinions.items() if (name, held[0].topic_mark) not in lying
    }
    own: dict[str, list[Finding]] = {}
    for sign in (1, -1):
        side = [n for n, held in speaking.items() if sign * held[1].weight.best > 0]
        own |= _own({n: told[n] for n in told if n in side}, sign)
    voices = [
        _voice(
            name, opinions.get(name), own.get(name), list(told.get(name, {}).values()), lying, terms
        )
        for name in sorted(present)
    ]
    counted = sorted((v.counted_bits for v in voices if not v.aside and v.stance), reverse=True)
    strong = [bits for bits in counted if bits >= terms.least_bits]
    needed = terms.needed or len(present) // 2 + 1
    total = sum(counted)
    rest = total - sum(bits for bits in counted[: terms.n_lying] if bits > 0)
    made = Quorum(
        about=about, claim=wanted.value, needed=needed, n_members=len(present),
        holds=len(strong) >= needed and len(strong) > terms.n_lying and rest > 0,
        bits=total, bits_if_some_lie=rest, voices=tuple(voices), id="",
    )  # fmt: skip
    return Quorum(**{**_fields(made), "id": digest_of("quorum", _content(made))})


def _told_findings(
    notes: Sequence[Note], about: str, claim: Claim
) -> dict[str, dict[str, Finding]]:
    """By node and content, in order of coming, the latest revision of each of its findings."""
    latest: dict[tuple[str, str], int] = {}
    for note in notes:
        place = (note.node, note.topic)
        latest[place] = max(latest.get(place, 0), note.revision)
    found: dict[str, dict[str, Finding]] = {}
    for note in notes:
        body = note.body
        if (
            isinstance(body, Finding)
            and (body.about, body.claim) == (about, claim)
            and note.revision == latest[note.node, note.topic]
        ):
            found.setdefault(note.node, {})[content_of(body)] = body
    return found


def _own(told: Mapping[str, dict[str, Finding]], sign: int) -> dict[str, list[Finding]]:
    """Findings that count for each node of one side; a node that only repeats has none."""
    speaking = {
        name: [
            content
            for content, finding in held.items()
            if finding.value.unit == "bit" and sign * finding.value.best > 0
        ]
        for name, held in told.items()
    }
    given = own_contents(speaking)
    repeated = {content for held in speaking.values() for content in held}
    return {
        name: [f for c, f in told[name].items() if c in contents or c not in repeated]
        for name, contents in given.items()
    }


def _latest_opinions(
    notes: Sequence[Note], about: str, claim: Claim
) -> dict[str, tuple[Note, Opinion]]:
    found: dict[str, tuple[Note, Opinion]] = {}
    for note in notes:
        body = note.body
        if isinstance(body, Opinion) and (body.about, body.claim) == (about, claim):
            before = found.get(note.node)
            if before is None or note.revision > before[0].revision:
                found[note.node] = (note, body)
    return found


def _voice(
    name: str,
    held: tuple[Note, Opinion] | None,
    own: Sequence[Finding] | None,
    told: Sequence[Finding],
    lying: set[tuple[str, str]],
    terms: Terms,
) -> Voice:
    if held is None:
        return Voice(node=name, aside="says nothing")
    note, opinion = held
    said = opinion.weight.best
    backed = sum(bits_by_family(own, opinion.claim).values()) if own else 0.0
    aside = ""
    if (name, note.topic_mark) in lying:
        aside = "contradicted itself"
    elif opinion.stance is Stance.ABSTAINS:
        aside = "abstains"
    elif own is None and any(f.value.unit == "bit" and f.value.best * said > 0 for f in told):
        aside = "only repeats what others told"
    elif said > 0 >= backed or said < 0 <= backed:
        aside = "no evidence of its own"
    counted = 0.0
    if not aside:
        counted = min(said, backed) if said > 0 else max(said, backed)
        counted = max(-terms.ceiling_bits, min(terms.ceiling_bits, counted))
    return Voice(
        node=name, stance=opinion.stance.value, said_bits=said, counted_bits=counted,
        aside=aside, why=opinion.why, note=note.id,
    )  # fmt: skip


def _fields(made: Quorum) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__slots__}


def _content(made: Quorum) -> Mapping[str, Any]:
    told = {k: v for k, v in _fields(made).items() if k not in ("id", "voices")}
    return told | {
        "voices": [{n: getattr(v, n) for n in v.__slots__} for v in made.voices],
        "dissent": [v.node for v in made.dissent],
        "advice": "A quorum is advice. Nothing follows from it but what a person decides at home.",
    }
