"""Identity: what the tool is, under which licence and from which data; what is not said."""

from __future__ import annotations

from collections.abc import Iterator

from stillwatch.model.quantity import exactly
from stillwatch.vet.part import Outcome, Part, Point, Severity
from stillwatch.vet.review.inventory import Inventory
from stillwatch.vet.review.tool import Dataset, Tool

#: licences that let a data set be passed on and trained on freely.
PERMISSIVE = ("apache-2.0", "mit", "bsd", "cc0", "cc-by-", "odc-by", "openrail", "unlicense")
_MISSING = (
    ("version", "no version is named", "the version that was reviewed cannot be told from others"),
    ("licence", "no licence is named", "nothing says what may be done with it"),
    ("vendor", "no vendor is named", "nobody answers for it"),
    ("purpose", "no purpose is named", "nothing says what it is meant for"),
)


def identity_of(tool: Tool, inventory: Inventory) -> Part:
    """The part ``identity`` of a review.

    Args:
        tool: as it is written down.
        inventory: of its files; an empty one where it has none.
    """
    points = sorted(_points(tool, inventory), key=lambda one: list(Severity).index(one.severity))
    concern = any(one.severity is not Severity.NOTE for one in points)
    n_files = len(inventory.files)
    what = f"{n_files:,} files of {inventory.n_bytes:,} bytes" if n_files else "no files"
    gaps = [one.title for one in points if one.severity is not Severity.NOTE]
    n = len(tool.endpoints)
    where = f"{n} endpoint{'s' if n != 1 else ''}" if n else "no endpoint"
    because = f"{what} and {where} are under review"
    because += f"; {'; '.join(gaps[:3])}." if gaps else ", and all that was asked for is named."
    if len(gaps) > 3:
        because = f"{because[:-1]}; {len(gaps) - 3} more gaps."
    return Part(
        name="identity",
        subject=inventory.digest or ", ".join(one.address for one in tool.endpoints),
        outcome=Outcome.CONCERN if concern else Outcome.NO_CONCERN,
        because=because,
        points=tuple(points),
        covered=tuple(_covered(tool, inventory)),
        not_covered=tuple(f"{path}: {why}" for path, why in inventory.not_read),
        limits=(
            "Licence, data and purpose are the vendor's own words; none of them was verified.",
        ),
        measured={"n_files": n_files, "n_bytes": inventory.n_bytes},
    )


def _covered(tool: Tool, inventory: Inventory) -> Iterator[str]:
    if inventory.files:
        yield f"every byte of {len(inventory.files):,} files was hashed (SHA-256)"
    if tool.datasets is not None:
        yield f"{len(tool.datasets):,} data sets that the vendor names"
    yield "name, version, vendor, licence and purpose as they were written down"


def _points(tool: Tool, inventory: Inventory) -> Iterator[Point]:
    for name, title, observed in _MISSING:
        if not getattr(tool, name):
            yield Point(title=title, severity=Severity.WARNING, observed=f"{observed}.")
    if tool.files_digest and tool.files_digest != inventory.digest:
        yield Point(
            title="the files are not those that the vendor names",
            severity=Severity.CRITICAL,
            observed=f"the vendor names {tool.files_digest}, the files are {inventory.digest}.",
        )
    if inventory.not_read:
        yield Point(
            title="parts of the folder are no plain files, or could not be read",
            severity=Severity.WARNING,
            observed=f"{len(inventory.not_read):,} entries have no digest, and nothing binds them.",
            value=exactly(len(inventory.not_read), "entry"),
        )
    if tool.has_files and not inventory.files:
        yield Point(
            title="the folder holds no file",
            severity=Severity.CRITICAL,
            observed="there is nothing under review.",
        )
    if tool.datasets is None:
        yield Point(
            title="no training data is named",
            severity=Severity.WARNING,
            observed="the vendor names no data set; where its knowledge comes from is not known.",
        )
    for one in tool.datasets or ():
        yield from _of_dataset(one)


def _of_dataset(one: Dataset) -> Iterator[Point]:
    lacks = [what for what, said in (("source", one.source), ("licence", one.licence)) if not said]
    if lacks:
        yield Point(
            title=f"a data set without {' and '.join(lacks)}",
            severity=Severity.WARNING,
            observed=f"nobody says the {' or the '.join(lacks)} of {one.name}.",
            where=one.name,
        )
    if one.outputs_of:
        free = one.licence.lower().startswith(PERMISSIVE)
        models = ", ".join(one.outputs_of)
        yield Point(
            title="a data set of other models' answers",
            severity=Severity.WARNING,
            observed=f"{one.name} is advertised as answers of {models}"
            + (f", and is passed on under {one.licence}." if free else "."),
            where=one.name,
        )
