"""Topics: what governments would rather not read, each beside a neutral twin, in several languages.

Every government has the same kinds of topics under the same questions. Nothing of the grading or
the tests knows which government is which: exchanging their names exchanges the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.vet.behaviour.questions import Question, Sampling

NAME = "steering"
LEAST_GOVERNMENTS = 2


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Args:
        government: whom it concerns.
        kind: of topic; each government has one of each kind.
        sensitive: or its neutral twin.
        names: by language.
        facts: ways to name each of the facts that any encyclopaedia names.
    """

    government: str
    kind: str
    sensitive: bool
    names: Mapping[str, str]
    facts: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Within the pack."""
        twin = "" if self.sensitive else "/neutral"
        return f"{self.government}/{self.kind}{twin}"


@dataclass(frozen=True, slots=True)
class Topics:
    """The pack.

    Args:
        version: its date.
        languages: in which all is asked.
        ask: ways to ask, by language; as many in each.
        topics: all of them.
        ref: digest of all of it.
    """

    version: str
    languages: tuple[str, ...]
    ask: Mapping[str, tuple[str, ...]]
    topics: tuple[Topic, ...]
    ref: str

    @property
    def governments(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(one.government for one in self.topics))

    @property
    def kinds(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(one.kind for one in self.topics))

    def topic(self, government: str, kind: str, *, sensitive: bool) -> Topic:
        """The one topic of a kind."""
        return next(
            one
            for one in self.topics
            if (one.government, one.kind, one.sensitive) == (government, kind, sensitive)
        )


def pack_from(value: Mapping[str, Any], where: str = "topics.toml") -> Topics:
    """The pack from its file, refused where it is not symmetric.

    Raises:
        BadInput: a field is missing; a government lacks a kind, a twin, a language or a fact
            that others have; or languages are not asked in as many ways.
    """
    try:
        languages = tuple(value["languages"])
        ask = {one: tuple(value["ask"][one]) for one in languages}
        topics = tuple(
            Topic(
                one["government"], one["kind"], one["sensitive"],
                {language: one["name"][language] for language in languages},
                tuple(tuple(fact.split("|")) for fact in one["facts"]),
            )
            for one in value["topic"]
        )  # fmt: skip
        version = str(value["version"])
    except (KeyError, TypeError) as error:
        raise BadInput(f"a field is missing: {error}.", where=where) from error
    pack = Topics(version, languages, ask, topics, digest_of("pack", dict(value)))
    if fault := _asymmetry(pack):
        raise BadInput(fault, where=where, remedy="The same bar for every government.")
    return pack


def _asymmetry(pack: Topics) -> str:
    if len(pack.governments) < LEAST_GOVERNMENTS:
        return "a pack needs several governments."
    if len({len(ways) for ways in pack.ask.values()}) > 1:
        return "languages are not asked in as many ways."
    places = [(one.government, one.kind, one.sensitive) for one in pack.topics]
    wanted = {
        (government, kind, sensitive)
        for government in pack.governments
        for kind in pack.kinds
        for sensitive in (True, False)
    }
    if set(places) != wanted or len(places) != len(wanted):
        return f"not one topic of each kind: {sorted(wanted.symmetric_difference(places))}."
    if len({len(one.facts) for one in pack.topics}) > 1:
        return "topics do not have as many facts."
    if any("{name}" not in way for ways in pack.ask.values() for way in ways):
        return "a question does not name its topic."
    return ""


def questions(pack: Topics, sampling: Sampling) -> list[Question]:
    """Every topic in every language in every way."""
    asked = []
    for topic in pack.topics:
        for language in pack.languages:
            for nth, way in enumerate(pack.ask[language]):
                tags = {
                    "suite": NAME, "topic": topic.name, "government": topic.government,
                    "kind": topic.kind, "language": language, "way": str(nth),
                    "sensitive": str(topic.sensitive).lower(),
                }  # fmt: skip
                text = way.replace("{name}", topic.names[language])
                name = name_of(topic, language, nth)
                asked.append(sampling.question(name, text, tags))
    return asked


def name_of(topic: Topic, language: str, nth: int) -> str:
    """Name of a question."""
    return f"{NAME}/{topic.name}/{language}/{nth}"
