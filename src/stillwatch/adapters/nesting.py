"""JSON that is nested without end is refused while it is read, before it takes the memory.

A parser that tells where in a document it stands spells the way down at every level: of a hundred
kilobytes of opening brackets it makes gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

#: deepest nesting; what programs write of their work has a quarter of it.
DEEPEST: Final = 64


def shallow(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The events of ``ijson.basic_parse``, as they come.

    Raises:
        ValueError: the document is nested deeper than :data:`DEEPEST`.

    >>> import ijson
    >>> [event for event, _ in shallow(ijson.basic_parse(b"[1]"))]
    ['start_array', 'number', 'end_array']
    >>> sum(1 for _ in shallow(ijson.basic_parse(b"[" * 65 + b"]" * 65)))
    Traceback (most recent call last):
    ValueError: nested deeper than 64
    """
    depth = 0
    for event, value in events:
        if event.startswith("start"):
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"nested deeper than {DEEPEST}")
        elif event.startswith("end"):
            depth -= 1
        yield event, value
