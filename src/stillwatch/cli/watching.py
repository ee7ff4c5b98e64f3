"""Whether progress is shown: bars or lines on stderr, nothing at all when quiet."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stillwatch.cli.progress import Steps


@contextlib.contextmanager
def watching(*, quiet: bool) -> Iterator[Steps | None]:
    """Progress on stderr while the block runs; ``None`` when quiet."""
    if quiet:
        yield None
        return
    from stillwatch.cli.progress import Steps

    with Steps() as steps:
        yield steps
