"""Spans: places in a text, and the text without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text.

    Args:
        start: first byte of the UTF-8 text.
        end: byte after the last.
        kind: what stands there: ``secret``, ``email``, ``phone``, ``card``, ``iban``, ``ip``,
            ``id``.
    """

    start: int
    end: int
    kind: str


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans that stand apart, in order; those that overlap are one, of the longest one's kind.

    >>> merged([Span(0, 4, "ip"), Span(2, 9, "secret"), Span(20, 21, "email")])
    [Span(start=0, end=9, kind='secret'), Span(start=20, end=21, kind='email')]
    """
    found: list[Span] = []
    longest = 0
    for span in sorted(spans):
        if found and span.start < found[-1].end:
            last = found[-1]
            kind = span.kind if span.end - span.start > longest else last.kind
            longest = max(longest, span.end - span.start)
            found[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            found.append(span)
            longest = span.end - span.start
    return found


def without(data: bytes, spans: Iterable[Span]) -> tuple[bytes, dict[str, int]]:
    """The text with ``[redacted:kind]`` in place of each span, and how many of each kind.

    Args:
        data: UTF-8 text.
        spans: apart and in order, as :func:`merged` gives them.
    """
    parts: list[bytes] = []
    counts: Counter[str] = Counter()
    at = 0
    for span in spans:
        parts += (data[at : span.start], f"[redacted:{span.kind}]".encode())
        counts[span.kind] += 1
        at = span.end
    parts.append(data[at:])
    return b"".join(parts), dict(sorted(counts.items()))
