"""Files that are read again when they change; what was read last stays where one will not do."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stillwatch.model.errors import StillwatchError

log = logging.getLogger("stillwatch.http")

EVERY_S: Final = 0.5
"""How often files are looked at; a change is in force within two looks and its reading."""

Mark = tuple[int, int, int] | None


@dataclass(slots=True)
class Source:
    """A file, and what is done with it when it changes.

    Args:
        name: for counters and logs.
        path: where it is.
        read: reads it and puts it in force; a fault leaves the former in force.
        needed: whether the service does not start without it.
        counts: whether something follows from its change.
    """

    name: str
    path: Path
    read: Callable[[Path], None]
    needed: bool = True
    counts: bool = True
    mark: Mark = None
    n_read: int = 0
    n_failed: int = 0
    _tried: Mark = field(default=None, repr=False)

    @property
    def stale(self) -> bool:
        """Whether what stands on disk was tried and would not do."""
        return self._tried != self.mark

    def start(self) -> None:
        """Read it for the first time.

        Raises:
            StillwatchError: it is needed and cannot be read.
        """
        if self.needed or self.path.exists():
            self.mark = self._tried = mark_of(self.path)
            self.read(self.path)
            self.n_read += 1

    def look(self) -> bool:
        """Read it again where it has changed; whether it was read."""
        mark = mark_of(self.path)
        if mark is None or mark == self._tried:
            return False
        self._tried = mark
        try:
            self.read(self.path)
        except StillwatchError as error:
            self.n_failed += 1
            log.error("%s was not read again, what was read last stays: %s", self.name, error)
            return False
        self.mark = mark
        self.n_read += 1
        return True


class Upkeep:
    """Looks at sources, and does what follows from a change.

    Args:
        sources: what is looked at.
        after: run after each look, told whether anything changed.
    """

    def __init__(self, sources: Sequence[Source], after: Callable[[bool], None]) -> None:
        self.sources = tuple(sources)
        self._after = after

    def start(self) -> None:
        """Read everything once.

        Raises:
            StillwatchError: something that is needed cannot be read.
        """
        for source in self.sources:
            source.start()
        self._after(True)

    def look(self) -> bool:
        """Look at everything once; whether anything changed."""
        read = [source for source in self.sources if source.look()]
        self._after(any(source.counts for source in read))
        return bool(read)

    async def go_on(self) -> None:
        """Look again and again, beside the loop, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await asyncio.to_thread(self.look)
            except Exception as error:
                log.error("fault: %s while looking at files", type(error).__name__)


def mark_of(path: Path) -> Mark:
    """What changes when a file is written or replaced; ``None`` where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
