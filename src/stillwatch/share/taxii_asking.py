"""Ask: what a client wants of a collection, read from the fields of its query.

Values are compared, never spelled into anything: a value that looks like SQL is one that nothing
matches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput
from stillwatch.share.taxii_media import VERSION
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_times import ns_of, us_of

MOST_VALUES: Final = 100
"""Values that one match field may list."""
LONGEST_VALUE: Final = 256
_WORDS: Final = frozenset({"first", "last", "all"})
_MATCHES: Final = frozenset({"match[id]", "match[type]", "match[version]", "match[spec_version]"})
_FIELDS: Final = _MATCHES | {"added_after", "limit", "next"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to a collection.

    Args:
        added_after_us: only what came later than this moment, microseconds since 1970.
        limit: objects wanted at most; 0 where the client leaves it to us.
        next_token: where the last page ended; empty at the first.
        ids: wanted ids; empty for all.
        kinds: wanted types; empty for all.
        words: of ``first``, ``last`` and ``all``.
        versions_ns: wanted versions, nanoseconds since 1970.
        answerable: whether anything that we hold is of a wanted version of STIX.
    """

    added_after_us: int = -1
    limit: int = 0
    next_token: str = ""
    ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    words: frozenset[str] = frozenset({"last"})
    versions_ns: frozenset[int] = frozenset()
    answerable: bool = True

    @property
    def digest(self) -> bytes:
        """What a ``next`` is bound to: all of the question but the limit and the place."""
        told = {
            "after": str(self.added_after_us),
            "ids": sorted(self.ids),
            "kinds": sorted(self.kinds),
            "words": sorted(self.words),
            "versions": sorted(map(str, self.versions_ns)),
            "answerable": self.answerable,
        }
        return hashlib.sha256(spell(told)).digest()[:16]


def ask_of(pairs: Iterable[tuple[str, str]], *, id_in_path: bool = False) -> Ask:
    """The question in a query's fields; fields that TAXII 2.1 does not name are passed over.

    Args:
        pairs: names and values, decoded, in their order.
        id_in_path: the id stands in the path, and ``match[id]`` would be a second one.

    Raises:
        Refused: with 400; a field came twice, or its value cannot be read.
    """
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in _FIELDS:
            continue
        if name in given:
            raise Refused(400, f"{name} came twice")
        given[name] = value
    if id_in_path and "match[id]" in given:
        raise Refused(400, "match[id] has no place where the path names the object")
    words, versions_ns = _versions(_listed(given, "match[version]") or ("last",))
    specs = _listed(given, "match[spec_version]")
    return Ask(
        added_after_us=_moment(given.get("added_after")),
        limit=_limit(given.get("limit")),
        next_token=given.get("next", ""),
        ids=_listed(given, "match[id]"),
        kinds=_listed(given, "match[type]"),
        words=words,
        versions_ns=versions_ns,
        answerable=not specs or VERSION in specs,
    )


def _listed(given: dict[str, str], name: str) -> tuple[str, ...]:
    if name not in given:
        return ()
    values = tuple(dict.fromkeys(value.strip() for value in given[name].split(",")))
    if len(values) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in values):
        raise Refused(
            400, f"{name} may list {MOST_VALUES} values of {LONGEST_VALUE} characters each"
        )
    if any(not value or "\x00" in value for value in values):
        raise Refused(400, f"{name} lists an empty value, or one that holds a NUL")
    return values


def _versions(values: tuple[str, ...]) -> tuple[frozenset[str], frozenset[int]]:
    try:
        moments = frozenset(ns_of(value) for value in values if value not in _WORDS)
    except BadInput:
        raise Refused(400, "match[version] takes first, last, all and times in UTC") from None
    return frozenset(values) & _WORDS, moments


def _moment(value: str | None) -> int:
    if value is None:
        return -1
    try:
        return max(us_of(value), -1)
    except BadInput:
        raise Refused(400, "added_after takes a time such as 2026-01-31T12:00:00.123Z") from None


def _limit(value: str | None) -> int:
    if value is None:
        return 0
    if not (value.isascii() and value.isdigit()) or len(value) > 18 or int(value) == 0:
        raise Refused(400, "limit takes a whole number above nought")
    return int(value)
