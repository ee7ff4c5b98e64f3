"""Redactor: what every detector finds, in the text and in its joined views, taken out at once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Final

from stillwatch.attribute.redaction.joints import Joined, marked_joints, wrapped_joints
from stillwatch.attribute.redaction.patterns import (
    assigned,
    marked,
    personal,
    random_hex,
    random_tokens,
)
from stillwatch.attribute.redaction.spans import Span, merged, without
from stillwatch.model.errors import BadInput

#: finds spans in UTF-8 text.
Detector = Callable[[bytes], Iterable[Span]]
#: times that a text is gone over: taking a span out can bring two halves together.
_ROUNDS: Final = 3
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Sort(Enum):
    """What sort of text is looked through."""

    #: anybody's text: all is looked for.
    TEXT = "text"
    #: JSON that stillwatch wrote: inside its strings, and digests are left.
    RECORD = "record"
    #: JSON of numbers that stillwatch wrote: inside its strings, what is sure alone.
    FEATURES = "features"
    #: a name of a file: what is sure alone.
    NAME = "name"


_GUESSES: Final[Mapping[Sort, tuple[Detector, ...]]] = {
    Sort.TEXT: (assigned, random_tokens, random_hex),
    Sort.RECORD: (assigned, random_tokens),
    Sort.FEATURES: (),
    Sort.NAME: (),
}


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what must not be kept.

    Args:
        content: UTF-8 text.
        counts: how many of each kind were taken out.
    """

    content: bytes
    counts: dict[str, int]


class Redactor:
    """Takes personal data and secrets out of texts.

    Args:
        secrets: detectors of secrets; they look at the joined views too.
        people: detectors of personal data.
    """

    def __init__(self, secrets: Sequence[Detector], people: Sequence[Detector]) -> None:
        self._secrets = (*secrets, marked)
        self._people = (*people, personal)

    def redact(self, content: bytes, sort: Sort = Sort.TEXT) -> Redacted:
        """The text without what was found.

        Args:
            content: UTF-8 text.
            sort: what sort of text it is.

        Raises:
            BadInput: it is no UTF-8, so that nothing can be found in it.
        """
        try:
            content.decode()
        except UnicodeDecodeError:
            raise BadInput("is no UTF-8 text: it cannot be looked through.") from None
        counts: dict[str, int] = {}
        for _ in range(_ROUNDS):
            spans = merged(self._found(content, _GUESSES[sort]))
            if sort in (Sort.RECORD, Sort.FEATURES):
                spans = _in_strings(content, spans)
            if not spans:
                break
            content, fresh = without(content, spans)
            for kind, n in fresh.items():
                counts[kind] = counts.get(kind, 0) + n
        return Redacted(content, dict(sorted(counts.items())))

    def _found(self, data: bytes, guesses: tuple[Detector, ...]) -> Iterable[Span]:
        found = [detector(data) for detector in (*self._secrets, *self._people, *guesses)]
        if b"\n" in data or b"+" in data or b"\\n" in data:
            for joints, detectors in (
                (marked_joints, (*self._secrets, *guesses)),
                (wrapped_joints, self._secrets),
            ):
                view = Joined(data, joints(data))
                if view.n_joints:
                    found += [view.back(detector(view.data)) for detector in detectors]
        return chain.from_iterable(found)


def _in_strings(content: bytes, spans: list[Span]) -> list[Span]:
    """Those spans that stand inside a string of JSON."""
    strings = [match.span() for match in _STRING.finditer(content)]
    starts = [start for start, _ in strings]
    kept = []
    for span in spans:
        at = bisect_left(starts, span.start) - 1
        if at >= 0 and span.end < strings[at][1]:
            kept.append(span)
    return kept
