"""Splitting: objects into envelopes that a server will read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

HEAD: Final = b'{"objects":['
TAIL: Final = b"]}"
MOST_OBJECTS: Final = 1_000
"""Objects of an envelope, so that one that fails on the way is soon sent again."""


def envelopes(
    objects: Iterable[bytes], max_content_length: int, n_most: int = MOST_OBJECTS
) -> Iterator[bytes]:
    """Objects, each as JSON, in envelopes of at most so many bytes and objects, in order.

    Args:
        objects: each as JSON.
        max_content_length: of an envelope, bytes; an object that is longer alone is sent alone.
        n_most: objects of an envelope.

    >>> list(envelopes([b"{}", b"{}", b"{}"], 20))
    [b'{"objects":[{},{}]}', b'{"objects":[{}]}']
    """
    part: list[bytes] = []
    around = len(HEAD) + len(TAIL)
    n_bytes = around
    for one in objects:
        longer = n_bytes + len(one) + (1 if part else 0)
        if part and (longer > max_content_length or len(part) == n_most):
            yield HEAD + b",".join(part) + TAIL
            part, longer = [], around + len(one)
        part.append(one)
        n_bytes = longer
    if part:
        yield HEAD + b",".join(part) + TAIL
