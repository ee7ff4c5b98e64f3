"""Bundling: a case out of log and vault into one file that stands by itself."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex

from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.sealing import check_case, end_with_inventory
from stillwatch.adapters.custody.stamping import stamps_of
from stillwatch.adapters.settled import settle_folder
from stillwatch.attribute.custody.bundle import Bundle, Earlier
from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import SEALED, Inventory, inventory_from
from stillwatch.attribute.custody.merkle import Tree
from stillwatch.attribute.custody.notes import Note
from stillwatch.model.errors import BadInput, OutsideFailed


def settled_inventory(log: CustodyLog, case: str) -> int:
    """Number of the inventory that speaks for a case as it stands; made where there is none yet.

    One is made anew where something of the case came after the last, where its head was not
    signed, for a crash, or where another key has taken over since.

    Raises:
        BadInput: the log holds nothing of the case.
    """
    check_case(case)
    with log.writing() as writer:
        entries = log.vault.of_case(case)
        if not entries:
            raise BadInput(f"the log holds nothing of {case}.", where=str(log.path))
        last, kind = entries[-1]
        is_last_word = kind == SEALED and log.head(last + 1) is not None
        if is_last_word and log.reign().at_head(last + 1) == writer.pen.public:
            return last
        return end_with_inventory(log, writer, case)


def bundle_of(log: CustodyLog, case: str) -> Bundle:
    """Everything of a case, with proofs.

    Raises:
        BadInput: the log holds nothing of the case, or is not what its heads were signed over.
    """
    last = settled_inventory(log, case)
    size = last + 1
    head, entry = log.head(size), log.entry(last)
    if head is None:
        raise BadInput(f"the head over {size} entries is missing.", where=str(log.folder))
    inventory = inventory_from(entry)
    tree = log.tree()
    numbers = sorted({*inventory.exhibits, *inventory.others, last})
    entries = tuple(log.entries(numbers))
    return Bundle(
        origin=log.origin,
        case=case,
        head=head,
        entries=entries,
        proofs=tuple(tuple(tree.inclusion(n, size)) for n in numbers),
        heads=_heads(log, tree, entries, inventory, head, size),
        openings=tuple(kept.opening for kept in log.vault.kept(inventory.exhibits)),
    )


def write_bundle(log: CustodyLog, bundle: Bundle, path: Path) -> int:
    """Write the one file, whole or not at all; returns its bytes.

    Raises:
        OutsideFailed: it cannot be written.
    """
    key = log.signing_key()
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            for piece in bundle.written(key):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
            n_bytes = out.tell()
        os.replace(beside, path)
        settle_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
    return n_bytes


def _heads(
    log: CustodyLog, tree: Tree, entries: tuple[Entry, ...], inventory: Inventory, head: Note,
    size: int,
) -> tuple[Earlier, ...]:  # fmt: skip
    """The heads that ended this case's earlier runs, and the bundle's own."""
    found = []
    for entry in entries[:-1]:
        note = log.head(entry.n + 1) if entry.kind == SEALED else None
        if note is not None:
            proof = tuple(tree.consistency(entry.n + 1, size))
            stamps = stamps_of(log, entry.n + 1)
            found.append(Earlier(note=note, proof=proof, stamps=stamps))
    return (*found, Earlier(note=head, proof=(), stamps=stamps_of(log, size)))
