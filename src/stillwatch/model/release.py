"""Release: the moment at which a model became available."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A model and when it was released.

    Args:
        model: the name under which exchanges ask for it.
        released_at_us: microseconds since 1970-01-01 UTC.
    """

    model: str
    released_at_us: int
