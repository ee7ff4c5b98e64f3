"""Columns: the closed lists at the door, and the refusal of everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stillwatch.model.errors import NotAllowed

NOT_UTF8: Final = "is not UTF-8"


def refused(unknown: Sequence[str], file: str, *, drop: bool) -> None:
    """Refuse columns that are not in a closed list.

    Raises:
        NotAllowed: there are some, and they are not to be passed over.
    """
    if unknown and not drop:
        shown = ", ".join(repr(name[:40]) for name in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise NotAllowed(
            f"{file}: columns that are no coarse telemetry: {shown}{more}. Leave them out of the "
            "export, or pass over them unread with --drop-columns.",
            by_rule="coarse telemetry only",
        )
