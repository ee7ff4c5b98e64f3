"""Notes: what a node tells others. A finding, an opinion on a subject, or that it leaves.

A note carries its marking, which only the node itself can have set, and whether it holds data about
persons, however pseudonymous. Raw data has no place in it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from stillwatch.model.canonical import digest_of, spell
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Claim, Finding, finding_from
from stillwatch.model.marking import Marking, marking_from
from stillwatch.model.quantity import Quantity, quantity_from

SCHEMA: Final = "stillwatch.ally-note/1"
MOST_WORDS_CHARS: Final = 280
_REF: Final = re.compile(r"[a-z]+:[A-Za-z0-9._-]{1,80}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
#: addresses of mail and runs of digits as long as a card's or a telephone's number.
_PERSONAL: Final = re.compile(r"\S@\S|(?:\d[\s().-]{0,2}){9,}")


class Stance(StrEnum):
    """What a node thinks of a claim about a subject."""

    SUPPORTS = "supports"
    DISSENTS = "dissents"
    ABSTAINS = "abstains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a node thinks of a claim, with its own confidence. Advice: nothing follows from it.

    Args:
        about: ref of the subject, such as ``campaign:...``.
        claim: which claim.
        stance: for it, against it, or neither.
        weight: in bits, for the claim where positive; what of it counts is for the reader to say.
        rests_on: ids of findings, the node's own and others'.
        why: a sentence; no names, no content.
    """

    about: str
    claim: Claim
    stance: Stance
    weight: Quantity
    rests_on: tuple[str, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not _REF.fullmatch(self.about):
            raise BadInput(
                "an opinion is about a ref such as campaign:1f3a.", where=self.about[:80]
            )
        if self.weight.unit != "bit":
            raise BadInput("an opinion's weight is in bits.", where=self.about)
        against = self.weight.best < 0
        if (self.stance is Stance.SUPPORTS and against) or (
            self.stance is Stance.DISSENTS and self.weight.best > 0
        ):
            raise BadInput("the weight speaks against the stance.", where=self.about)
        if len(self.why) > MOST_WORDS_CHARS or _PERSONAL.search(
            unicodedata.normalize("NFKC", self.why)
        ):
            raise BadInput(
                f"the reason is longer than {MOST_WORDS_CHARS} characters, or holds an address of "
                "mail or a long number.",
                where=self.about,
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "about": self.about,
            "claim": self.claim.value,
            "stance": self.stance.value,
            "weight": self.weight.to_json(),
            "rests_on": list(self.rests_on),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Leaving:
    """The node leaves; its voice counts no more, and others let go of what it did not publish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that a node tells.

    Args:
        node: who tells it; also the owner of the marking.
        revision: 1, then 2, ... of what the node tells on the same topic; the latest counts.
        made_us: when, microseconds since 1970-01-01 UTC.
        marking: who may see it.
        body: what it tells.
        personal: whether it holds data about persons, pseudonymous or not; true unless the node
            says otherwise, and then transfers between jurisdictions are checked.
        salt: drawn by the node, so that nobody can guess a note from its id.
        id: digest of all of it; made when left empty.
    """

    node: str
    revision: int
    made_us: int
    marking: Marking
    body: Finding | Opinion | Leaving
    salt: str
    personal: bool = True
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse a marking in somebody else's name."""
        if not _NAME.fullmatch(self.node):
            raise BadInput("a node's name is lower case, digits, dots and dashes.")
        if self.marking.owner != self.node:
            raise BadInput("a note is marked by the node that makes it.", where=self.node)
        if self.revision < 1 or self.made_us < 0 or len(self.salt) < 16:
            raise BadInput("revision, moment or salt is out of range.", where=self.node)
        wanted = digest_of("note", self._content())
        if self.id and self.id != wanted:
            raise BadInput("a note's id is not the digest of its content.", where=self.id)
        object.__setattr__(self, "id", wanted)

    @property
    def topic(self) -> str:
        """What it is on; a node has one latest note on each topic."""
        body = self.body
        if isinstance(body, Finding):
            told = [body.about, body.claim.value, body.family, body.method, *map(str, body.window)]
            return digest_of("finding-on", told)
        if isinstance(body, Opinion):
            return _opinion_topic(body.about, body.claim.value)
        return "leaving"

    @property
    def topic_mark(self) -> str:
        """Digest of the topic; two notes of one node on one topic have the same."""
        return _mark(self.node, self.topic)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self._content(), "id": self.id}

    def _content(self) -> dict[str, Any]:
        kind, told = _told(self.body)
        return {
            "schema": SCHEMA,
            "node": self.node,
            "revision": self.revision,
            "made_us": self.made_us,
            "marking": self.marking.to_json(),
            "personal": self.personal,
            "salt": self.salt,
            "kind": kind,
            "body": told,
        }


def note_from(value: Mapping[str, Any]) -> Note:
    """The note that :meth:`Note.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind, or an id does not fit.
    """
    try:
        told = dict(value)
        if told.pop("schema") != SCHEMA:
            raise BadInput(f"is not {SCHEMA}.")
        kind, body = told.pop("kind"), told.pop("body")
        if not isinstance(told["revision"], int) or not isinstance(told["made_us"], int):
            raise BadInput("revision and made_us are whole numbers.")
        if not isinstance(told["personal"], bool) or not isinstance(told["salt"], str):
            raise BadInput("personal is true or false, and salt is text.")
        told["marking"] = marking_from(told["marking"])
        return Note(body=_body(kind, body), **told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no note: {type(error).__name__}.") from error


def opinion_mark(node: str, about: str, claim: str) -> str:
    """The topic mark of what a node thinks of a claim about a subject."""
    return _mark(node, _opinion_topic(about, claim))


def content_of(finding: Finding) -> str:
    """Digest of what a finding says apart from who says it on what: copies have the same."""
    told = finding.to_json()
    for name in ("id", "evidence", "method", "caveats"):
        told.pop(name)
    return digest_of("content", told)


def _opinion_topic(about: str, claim: str) -> str:
    return f"opinion-on|{about}|{claim}"


def _mark(node: str, topic: str) -> str:
    return hashlib.sha256(spell([SCHEMA, node, topic])).hexdigest()[:40]


def _told(body: Finding | Opinion | Leaving) -> tuple[str, dict[str, Any]]:
    if isinstance(body, Finding):
        return "finding", body.to_json()
    if isinstance(body, Opinion):
        return "opinion", body.to_json()
    return "leaving", {}


def _body(kind: Any, told: Mapping[str, Any]) -> Finding | Opinion | Leaving:
    if kind == "finding":
        return finding_from(told)
    if kind == "leaving":
        return Leaving()
    if kind != "opinion":
        raise BadInput("a note is a finding, an opinion or a leaving.")
    value = dict(told)
    value["claim"], value["stance"] = Claim(value["claim"]), Stance(value["stance"])
    value["weight"] = quantity_from(value["weight"])
    value["rests_on"] = tuple(str(ref) for ref in value["rests_on"])
    return Opinion(**value)
