"""Runs picklescan over the files that stdin names; it imports nothing of stillwatch.

Its ``--strict`` calls what it does not know dangerous. Here the two are kept apart: what it does
not know comes back as ``suspicious``, and whoever reads this counts it as an unknown import.

A line of JSON a file: ``path``, ``globals`` (module, name, safety), ``err``, ``end`` (how far the
file was read), ``size`` and ``said`` (warnings).
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys

from picklescan import scanner

LONGEST = 4 * 2**30
said: list[str] = []


class _Noted(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING and " FOUND" not in record.getMessage():
            said.append(record.getMessage()[:300])


class _Far(io.BytesIO):
    """Remembers how far it was read."""

    end = 0

    def _note(self, data: bytes) -> bytes:
        self.end = max(self.end, self.tell())
        return data

    def read(self, n: int | None = -1, /) -> bytes:
        return self._note(super().read(n))

    def readline(self, n: int | None = -1, /) -> bytes:
        return self._note(super().readline(n))


def main() -> None:
    """Scan each."""
    logging.getLogger("picklescan").addHandler(_Noted())
    logging.getLogger("picklescan").propagate = False
    for line in sys.stdin:
        path = line.strip()
        said.clear()
        told: dict[str, object] = {"path": path, "size": os.path.getsize(path)}
        try:
            with open(path, "rb") as file:
                stream = _Far(file.read(LONGEST))
            found = scanner.scan_bytes(stream, "file", os.path.splitext(path)[1])
            told |= {
                "globals": [[one.module, one.name, one.safety.value] for one in found.globals],
                "err": found.scan_err,
                "scanned": found.scanned_files,
                "end": stream.end,
                "said": said[:5],
            }
        except Exception as error:
            told["failed"] = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
