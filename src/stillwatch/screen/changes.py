"""Changes: what a new snapshot has that the last one had not, and whether it may be believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Listing

#: a list that lost more than this share of its entries since its last snapshot is not believed.
MOST_LOST_SHARE = 0.5
#: so many entries that could not be read are borne, as a share of all.
MOST_SKIPPED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two snapshots of one publication.

    Args:
        added: new entries.
        removed: entries that are gone.
        changed: (before, after) where one entry says something else.
    """

    added: tuple[Listing, ...]
    removed: tuple[Listing, ...]
    changed: tuple[tuple[Listing, Listing], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values: names and numbers of entries, and which fields changed."""
        return {
            "added": [{"listing": one.ref, "name": one.names[0]} for one in self.added],
            "removed": [{"listing": one.ref, "name": one.names[0]} for one in self.removed],
            "changed": [
                {"listing": new.ref, "name": new.names[0], "fields": _fields(old, new)}
                for old, new in self.changed
            ],
        }


def changes(before: Iterable[Listing], after: Iterable[Listing]) -> Changes:
    """What differs between two sets of entries, told by list and number."""
    old = {one.ref: one for one in before}
    new = {one.ref: one for one in after}
    return Changes(
        tuple(new[ref] for ref in sorted(new.keys() - old.keys())),
        tuple(old[ref] for ref in sorted(old.keys() - new.keys())),
        tuple(
            (old[ref], new[ref])
            for ref in sorted(old.keys() & new.keys())
            if old[ref].digest != new[ref].digest
        ),
    )


def believe(
    where: str, *, n_before: int, n_now: int, n_told: int | None, skipped: Sequence[str],
    accept_smaller: bool,
) -> None:  # fmt: skip
    """See that a list file may replace the last snapshot.

    Args:
        where: the files.
        n_before: entries of the last snapshot; 0 where there is none.
        n_now: entries read.
        n_told: entries that the file says it has; ``None`` where it does not say.
        skipped: entries that could not be read.
        accept_smaller: a person looked, and the list is that much smaller.

    Raises:
        BadInput: it lost half of its entries, says it has others than it has, or much of it
            could not be read.
    """
    keep = "The last good snapshot stays in force."
    if n_now == 0:
        raise BadInput("holds no entry.", where=where, remedy=keep)
    if n_told is not None and n_told != n_now + len(skipped):
        raise BadInput(
            f"says that it has {n_told} entries and has {n_now + len(skipped)}: it is cut off.",
            where=where, remedy=f"Fetch it again. {keep}",
        )  # fmt: skip
    if len(skipped) > MOST_SKIPPED_SHARE * n_now:
        raise BadInput(
            f"{len(skipped)} of {n_now + len(skipped)} entries could not be read, first: "
            f"{skipped[0]}", where=where, remedy=keep,
        )  # fmt: skip
    if n_now < (1 - MOST_LOST_SHARE) * n_before and not accept_smaller:
        raise BadInput(
            f"has {n_now} entries where the last snapshot had {n_before}.", where=where,
            remedy=f"If that is right, say --accept-smaller. {keep}",
        )  # fmt: skip


def _fields(old: Listing, new: Listing) -> list[str]:
    one: Mapping[str, Any] = old.to_json()
    other: Mapping[str, Any] = new.to_json()
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))
