"""A fence of memory around a process: the kernel's own, so that nothing is taken on trust.

Within it, all that the process holds and every page of a file that it reads or writes counts; pages
of files are taken back when the fence is reached, anything else beyond it ends the process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FIRST = Path("/sys/fs/cgroup/memory")
_SECOND = Path("/sys/fs/cgroup")
_ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


@dataclass(frozen=True, slots=True)
class Fence:
    """A group of processes that has so much memory.

    Attributes:
        folder: of the group.
    """

    folder: Path

    def around(self, words: Sequence[object]) -> list[str]:
        """The command that runs a command inside."""
        return ["/bin/sh", "-c", _ENTER, str(self.folder), *map(str, words)]

    def peak_mib(self) -> float:
        """The most that was held inside, pages of files included."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if (self.folder / name).exists():
                return int((self.folder / name).read_text()) / 2**20
        return float("nan")


@contextmanager
def fence(most_bytes: int) -> Iterator[Fence]:
    """Put up a fence while the block runs.

    Raises:
        SystemExit: this machine lets nobody put one up here.
    """
    first = (_FIRST / "memory.limit_in_bytes").exists()
    folder = (_FIRST if first else _SECOND) / f"stillwatch-scale-{os.getpid()}"
    try:
        folder.mkdir()
        limit = "memory.limit_in_bytes" if first else "memory.max"
        (folder / limit).write_text(str(most_bytes))
        if not first:
            (folder / "memory.swap.max").write_text("0")
    except OSError as error:
        raise SystemExit(
            f"{folder}: no fence can be put up ({error}); leave out --memory"
        ) from error
    try:
        yield Fence(folder)
    finally:
        folder.rmdir()
