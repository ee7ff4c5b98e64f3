"""Write the lines that were set aside to a file, as they come."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from stillwatch.adapters.readers.interface import Reject
from stillwatch.model.errors import OutsideFailed


class RejectsFile:
    """A JSON-lines file of rejects; each line is on disk before the next is read.

    The file is readable by its owner alone, since a line may hold people's text.
    Hand it to ``open_exchanges(on_reject=...)``.

    Args:
        path: where to write; an existing file is replaced.

    Raises:
        OutsideFailed: the file cannot be opened or written.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file for writing."""
        self._path = Path(path)
        self.n_written = 0
        try:
            number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise self._failed(error) from error
        self._stream = os.fdopen(number, "wb", buffering=0)

    def __call__(self, reject: Reject) -> None:
        """Write one reject."""
        line = {
            "file": _clean(reject.file),
            "line": reject.line,
            "reason": reject.reason,
            "digest": reject.digest,
            "raw": _clean(reject.raw),
        }
        if not reject.raw:
            del line["raw"]
        try:
            self._stream.write(orjson.dumps(line) + b"\n")
        except OSError as error:
            raise self._failed(error) from error
        self.n_written += 1

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._stream.close()

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, whatever happened."""
        self.close()

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._path}: rejects cannot be written ({error.strerror}).",
            remedy="Name a file in a folder that can be written to.",
        )


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
