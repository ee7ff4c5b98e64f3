"""Progress of asking, on stderr."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stillwatch.adapters.asking import Progress

_EVERY_S = 5.0


class Asking:
    """A line now and then: how many answers are there, how many came to nothing, what was spent.

    Args:
        what: is being done.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._said_s = time.monotonic()
        self._begun: tuple[float, int] | None = None

    def __call__(self, progress: Progress) -> None:
        """Tell it, unless something was told a moment ago."""
        now_s = time.monotonic()
        if self._begun is None:
            self._begun = now_s, progress.n_done
        last = progress.n_done + progress.n_failed == progress.n_wanted
        if not last and now_s - self._said_s < _EVERY_S:
            return
        self._said_s = now_s
        begun_s, n_before = self._begun
        rate = (progress.n_done - n_before) / max(now_s - begun_s, 1e-9)
        left = progress.n_wanted - progress.n_done - progress.n_failed
        more = f", about {left / rate / 60:.1f} minutes left" if rate > 0 and left else ""
        failed = f", {progress.n_failed:,} came to nothing" if progress.n_failed else ""
        spent = f", at most {progress.spent_usd:.4f} USD" if progress.spent_usd else ""
        click.echo(
            f"{self._what}: {progress.n_done:,} of {progress.n_wanted:,}{failed}{spent}{more}",
            err=True,
        )
