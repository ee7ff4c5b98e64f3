"""Joints: a text as if it had not been broken into lines, and the way back.

A key that is wrapped, concatenated or continued over lines is whole again in such a view. Bare
joints take out the line break and the indent; marked ones take out quotes, plus signs and
backslashes too, by which code says itself that two pieces are one.
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
#: a line is wrapped.
BARE: Final = re.compile(rb"[ \t]{0,20}\r?\n[ \t>#*|]{0,80}")


class Joined:
    """A view of a text without its joints.

    Args:
        data: UTF-8 text.
        joint: what is taken out.
    """

    def __init__(self, data: bytes, joint: re.Pattern[bytes]) -> None:
        parts: list[bytes] = []
        self._here: list[int] = []
        self._there: list[int] = []
        at = length = 0
        for match in joint.finditer(data):
            if match.start() > at:
                self._note(length, at)
                parts.append(data[at : match.start()])
                length += match.start() - at
            at = match.end()
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
