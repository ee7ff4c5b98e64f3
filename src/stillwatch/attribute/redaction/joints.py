"""Joints: a text as if it had not been broken into lines, and the way back.

A key that is wrapped, concatenated or continued over lines is whole again in such a view. Marked
joints are those by which code says itself that two pieces are one: quotes, plus signs, backslashes.
Wrapped ones are bare line breaks after what could be half a key.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

from stillwatch.attribute.redaction.spans import Span

#: a piece ends and the next begins, as code and shells say it.
MARKED: Final = re.compile(
    rb"(?:\\?[\"'`][ \t]{0,20}[+.,&]?[ \t]{0,20}\\?\r?\n[ \t]{0,80}[+.&]?[ \t]{0,20}[rbuf]{0,2}"
    rb"\\?[\"'`]"
    rb"|\\\r?\n[ \t]{0,80}|=\r?\n|[\"'][ \t]{0,20}[+.][ \t]{0,20}[\"']"
    rb"|\\n[ \t]{0,20}(?=[A-Za-z0-9+/]))"
)
#: a line is wrapped, and what ends it and what begins the next could be halves of a key.
_WRAPPED: Final = re.compile(
    rb"(?P<left>[A-Za-z0-9+/_.=-]{4,512})(?P<joint>[ \t]{0,20}\r?\n[ \t>#*|]{0,80})"
    rb"(?=[A-Za-z0-9+/_.=-]{3})"
)
_HALF: Final = re.compile(rb"[0-9_+/=]|[a-z][A-Z]|[A-Z]{2}[a-z]|[A-Z]{6}|[A-Za-z]-[A-Za-z]")

#: where a text can be joined: first byte and byte after the last of what is taken out.
Joints = Iterable[tuple[int, int]]


def marked_joints(data: bytes) -> Iterator[tuple[int, int]]:
    """Where code or a shell says that two pieces are one."""
    return (match.span() for match in MARKED.finditer(data))


def wrapped_joints(data: bytes) -> Iterator[tuple[int, int]]:
    """Where a line ends in what is no plain word, and could go on in the next one."""
    for match in _WRAPPED.finditer(data):
        if _HALF.search(match["left"]):
            yield match.span("joint")


class Joined:
    """A view of a text without its joints.

    Args:
        data: UTF-8 text.
        joints: what is taken out, ascending and apart.
    """

    def __init__(self, data: bytes, joints: Joints) -> None:
        parts: list[bytes] = []
        self._here: list[int] = []
        self._there: list[int] = []
        at = length = 0
        for start, end in joints:
            if start > at:
                self._note(length, at)
                parts.append(data[at:start])
                length += start - at
            at = end
        self._note(length, at)
        parts.append(data[at:])
        self.data = b"".join(parts)

    @property
    def n_joints(self) -> int:
        """How many joints were taken out."""
        return len(self._here) - 1

    def back(self, spans: Iterable[Span]) -> Iterator[Span]:
        """Those spans that cross a joint, as places in the text itself."""
        for span in spans:
            first = bisect_right(self._here, span.start) - 1
            last = bisect_right(self._here, span.end - 1) - 1
            if first < last:
                start = self._there[first] + span.start - self._here[first]
                end = self._there[last] + span.end - self._here[last]
                yield Span(start, end, span.kind)

    def _note(self, here: int, there: int) -> None:
        self._here.append(here)
        self._there.append(there)
