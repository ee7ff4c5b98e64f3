"""Progress on stderr: rows read with their rate, then looks with the time left."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Steps:
    """Two bars, one after the other; plain lines where stderr is no terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[note]:>26}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._read: TaskID | None = None
        self._look: TaskID | None = None
        self._begun = time.monotonic()
        self._said = self._begun

    def __enter__(self) -> Steps:
        """Start drawing."""
        self._bars.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Stop drawing."""
        self._bars.stop()

    def rows(self, n_rows: int, share: float) -> None:
        """``n_rows`` have been read, which is ``share`` of the bytes."""
        if self._read is None:
            self._read = self._bars.add_task("reading", total=1.0, note="")
        rate = n_rows / max(time.monotonic() - self._begun, 1e-6)
        self._bars.update(self._read, completed=share, note=f"{n_rows:,} rows, {rate:,.0f}/s")
        self._plainly(f"read {n_rows:,} rows ({share:.0%}), {rate:,.0f} rows/s")

    def linking(self) -> None:
        """Reading is over; traits are being linked."""
        if self._read is not None:
            self._bars.update(self._read, completed=1.0)
        self._look = self._bars.add_task("linking", total=None, note="")

    def looks(self, done: int, total: int) -> None:
        """``done`` of ``total`` looks at the window have been taken."""
        if self._look is None:
            self.linking()
        if self._look is not None:
            self._bars.update(
                self._look,
                description="looking",
                completed=done,
                total=total,
                note=f"look {done} of {total}",
            )
        self._plainly(f"look {done} of {total}")

    def say(self, line: str) -> None:
        """Say something that is neither of the two."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _plainly(self, line: str) -> None:
        now = time.monotonic()
        if not self._console.is_terminal and now - self._said > 5.0:
            self._said = now
            self._console.print(line, markup=False, highlight=False)
