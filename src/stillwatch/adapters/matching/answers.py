"""Answers that were given, kept: who asks again is told the same, and nothing is computed twice.

An answer holds elements under a key that is destroyed with its set, and is deleted as late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.settled import put_in_place
from stillwatch.model.errors import BadInput, OutsideFailed


class Answers:
    """The folder of them, one a session.

    Args:
        folder: made with the first.
        kept_s: how long each is kept.
    """

    def __init__(self, folder: Path, kept_s: float) -> None:
        self._folder, self._kept_s = folder, kept_s
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def given(self, session: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer of a session, made where there is none; what cannot be made is kept too.

        Raises:
            BadInput: what was asked cannot be answered.
            OutsideFailed: it is being made, or the disk refuses.
        """
        path = self._folder / f"{session}.json"
        with self._alone(session):
            if path.exists():
                told: dict[str, Any] = orjson.loads(path.read_bytes())
            else:
                try:
                    told = {"answer": make()}
                except BadInput as error:
                    told = {"failed": str(error)}
                try:
                    self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                    put_in_place(path, orjson.dumps(told))
                except OSError as error:
                    raise OutsideFailed(f"{path} cannot be kept: {error.strerror}.") from None
        if "failed" in told:
            raise BadInput(str(told["failed"]))
        answer: dict[str, Any] = told["answer"]
        return answer

    def drop_expired(self) -> None:
        """Delete those whose time is over."""
        for path in self._folder.glob("*.json"):
            if path.stat().st_mtime + self._kept_s <= time.time():
                path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, session: str) -> Iterator[None]:
        with self._lock:
            if session in self._busy:
                raise OutsideFailed("the answer is being made.", remedy="Ask again later.")
            self._busy.add(session)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(session)
