"""Rows of presentations outside their bound, added to a file that ``stillwatch detect`` reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from stillwatch.model.errors import OutsideFailed


class OutsideFile:
    """A file of ``stillwatch.exchanges/1`` as JSON lines; several processes may add to it.

    Args:
        path: made with its folder where it is not there, readable by its owner.

    Raises:
        OutsideFailed: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be opened: {error.strerror}.") from None
        self.n_dropped = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; a disk that refuses costs rows, not answers, and they are counted."""
        line = orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE)
        try:
            whole = os.write(self._file, line) == len(line)
        except OSError:
            whole = False
        self.n_dropped += not whole

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
