"""Chain: the entries of a bundle, held against the head of the log and against one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stillwatch.attribute.custody.bundle import ENTRIES, PROOFS, proofs_from
from stillwatch.attribute.custody.entries import Entry, entry_from
from stillwatch.attribute.custody.kinds import KEY, SEALED, Inventory, inventory_from
from stillwatch.attribute.custody.merkle import root_from_inclusion
from stillwatch.attribute.custody.notes import Checkpoint, PublicKey
from stillwatch.attribute.custody.report import Report
from stillwatch.attribute.custody.trust import Reign
from stillwatch.model.errors import BadInput

Proofs = Sequence[tuple[int, tuple[bytes, ...]]]
#: by how many numbers an inventory may exceed the entries that are here; each is named as missing.
MOST_MISSING: Final = 10_000


def read_proofs(files: Mapping[str, bytes], report: Report) -> Proofs:
    """The proofs; none where they cannot be read."""
    try:
        return proofs_from(files[PROOFS])
    except BadInput as error:
        report.wrong(error.where or PROOFS, error.what)
        return []


def read_entries(files: Mapping[str, bytes], proofs: Proofs, report: Report) -> list[Entry]:
    """The entries that can be read, in the order in which they stand; the others are problems.

    Order, repetition and time are looked at here.
    """
    data = files[ENTRIES]
    if not data.endswith(b"\n"):
        report.wrong(ENTRIES, "ends in the middle of a line.")
    found: list[Entry] = []
    for i, line in enumerate(data.split(b"\n")[:-1]):
        n = proofs[i][0] if i < len(proofs) else None
        try:
            entry = entry_from(line, where=f"{ENTRIES}, line {i + 1}")
        except BadInput as error:
            where = error.where if n is None else f"entry {n}"
            report.wrong(where, error.what, n)
            continue
        if found and entry.n == found[-1].n:
            report.wrong_entry(entry.n, "stands twice.")
        elif found and entry.n < found[-1].n:
            report.wrong_entry(entry.n, f"stands after entry {found[-1].n}: out of order.")
        elif found and entry.at_us < found[-1].at_us:
            report.wrong_entry(
                entry.n, f"says that it was made before entry {found[-1].n}, which precedes it."
            )
        found.append(entry)
    if len(data.split(b"\n")) - 1 != len(proofs):
        report.wrong(PROOFS, "there are not as many proofs as entries.")
    return found


def check_inclusion(
    entries: Sequence[Entry], proofs: Proofs, head: Checkpoint, report: Report
) -> None:
    """Hold every entry against the head: its proof must lead to the root."""
    path = dict(proofs)
    for entry in entries:
        if entry.n not in path:
            report.wrong_entry(entry.n, "has no proof that it stands in the log.")
        elif root_from_inclusion(entry.leaf, entry.n, head.size, path[entry.n]) != head.root:
            report.wrong_entry(
                entry.n, "is not the entry that stands in the log there, or its proof was changed."
            )


def read_reign(entries: Sequence[Entry], given: PublicKey, report: Report) -> Reign | None:
    """The keys of the log; ``None`` where they do not follow from the reader's."""
    try:
        reign = Reign([entry for entry in entries if entry.kind == KEY])
    except BadInput as error:
        n = error.where.removeprefix("entry ")
        report.wrong(error.where, error.what, int(n) if n.isdigit() else None)
        return None
    if not reign.holds(given):
        report.wrong(
            "key", f"the key that was given, {given.name}+{given.id.hex()}, is none of this log's."
        )
        return None
    return reign


def check_signatures(entries: Sequence[Entry], reign: Reign, report: Report) -> None:
    """Hold every entry against the key that was in force."""
    seen: set[int] = set()
    for entry in entries:
        if entry.n not in seen and not entry.holds(reign.at(entry.n)):
            report.wrong_entry(entry.n, "is not signed by the key that was in force.")
        seen.add(entry.n)


def read_inventory(
    entries: Sequence[Entry], head: Checkpoint, case: str, report: Report
) -> Inventory | None:
    """The inventory, which must end the list of the head; entries that it misses are problems."""
    n = head.size - 1
    last = next((entry for entry in entries if entry.n == n), None)
    if last is None or last.kind != SEALED:
        report.wrong_entry(n, "is missing or is no inventory; a bundle's head ends with one.")
        return None
    try:
        inventory = inventory_from(last, room=len(entries) + MOST_MISSING)
    except BadInput as error:
        report.wrong_entry(n, error.what)
        return None
    if inventory.case != case:
        report.wrong_entry(n, f"is the inventory of {inventory.case}, the bundle is of {case}.")
    wanted = {*inventory.exhibits, *inventory.others, n}
    here = {entry.n for entry in entries}
    for gone in sorted(wanted - here):
        report.wrong_entry(gone, "is in the inventory and missing from the bundle.")
    for added in sorted(here - wanted):
        report.wrong_entry(added, "is in the bundle and not in the inventory.")
    return inventory
