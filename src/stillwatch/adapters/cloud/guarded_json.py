"""Items of a large JSON document, one at a time; nesting without end is refused, not followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import ijson

from stillwatch.adapters.nesting import shallow
from stillwatch.adapters.readers.lines import Chunks

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
    yield from ijson.items(ijson.parse(shallow(events)), prefix)


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
