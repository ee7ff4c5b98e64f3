"""Items of a large JSON document, one at a time; nesting without end is refused, not followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import ijson

from stillwatch.adapters.readers.lines import Chunks

#: deepest nesting; what monitors and schedulers write has less than ten.
DEEPEST: Final = 64
#: what goes wrong in a damaged document.
DAMAGED: Final = (ijson.JSONError, UnicodeDecodeError, ValueError)


def items(chunks: Chunks, prefix: str) -> Iterator[Any]:
    """The items at a path of a document, such as ``data.result.item``.

    Raises:
        ValueError: the document is nested too deep; the errors of :data:`DAMAGED` where it ends
            early or is no JSON.
    """
    # a whole number too long for Python would end the process; as a machine's it is an error
    events = ijson.basic_parse(_Stream(chunks), use_float=True)
    yield from ijson.items(ijson.parse(_shallow(events)), prefix)


def _shallow(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    depth = 0
    for event, value in events:
        if event.startswith("start"):
            depth += 1
            if depth > DEEPEST:
                raise ValueError("nested too deep")
        elif event.startswith("end"):
            depth -= 1
        yield event, value


class _Stream:
    """The bytes of a file for a parser that reads."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = iter(chunks)
        self._held = b""

    def read(self, n: int = -1) -> bytes:
        """At most ``n`` bytes; none at the end."""
        if n == 0:
            return b""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._held = chunk
        taken, self._held = (self._held, b"") if n < 0 else (self._held[:n], self._held[n:])
        return taken
