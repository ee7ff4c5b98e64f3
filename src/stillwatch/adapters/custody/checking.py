"""Checking: the keeper's own look at all of the log, its heads and its vault."""

from __future__ import annotations

from itertools import pairwise

from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.attribute.custody.commitments import commitment
from stillwatch.attribute.custody.entries import Entry, entry_from
from stillwatch.attribute.custody.kinds import EXHIBIT, EXHIBITS, FORGOTTEN, KEY, forgotten_from
from stillwatch.attribute.custody.merkle import Tree
from stillwatch.attribute.custody.notes import checkpoint_from, signed_by
from stillwatch.attribute.custody.report import Report
from stillwatch.attribute.custody.trust import Reign
from stillwatch.model.errors import BadInput


def check_log(log: CustodyLog) -> Report:
    """Read every line again, hold it against keys, heads and contents.

    Args:
        log: opened, so that what a crash left is already set aside.
    """
    report = Report()
    entries = _entries(log, report)
    try:
        reign = Reign([entry for entry in entries if entry.kind == KEY])
    except BadInput as error:
        report.wrong(error.where, error.what)
        return report
    for entry in entries:
        if not entry.holds(reign.at(entry.n)):
            report.wrong_entry(entry.n, "is not signed by the key that was in force.")
    tree = Tree(entry.leaf for entry in entries)
    if tree.root() != log.frontier.root():
        report.wrong("log", "is not what it was when it was written: a line was changed.")
    _check_heads(log, tree, reign, report)
    _check_vault(log, entries, report)
    report.facts |= {
        "origin": reign.keys[0].name,
        "n_entries": len(entries),
        "n_heads": len(log.heads()),
        "root": tree.root().hex(),
    }
    return report


def _entries(log: CustodyLog, report: Report) -> list[Entry]:
    found: list[Entry] = []
    with log.path.open("rb") as source:
        for n, line in enumerate(source):
            if n >= log.size:
                break
            try:
                entry = entry_from(line.removesuffix(b"\n"), where=f"entry {n}")
            except BadInput as error:
                report.wrong_entry(n, error.what)
                continue
            if entry.n != n:
                report.wrong_entry(n, f"says that it is entry {entry.n}.")
            found.append(entry)
    for before, after in pairwise(found):
        if after.at_us < before.at_us:
            report.wrong_entry(after.n, f"says that it was made before entry {before.n}.")
    if len(found) < log.size:
        report.wrong("log", f"has {len(found)} lines that can be read, of {log.size}.")
    return found


def _check_heads(log: CustodyLog, tree: Tree, reign: Reign, report: Report) -> None:
    for size in log.heads():
        where = f"head over {size} entries"
        try:
            note = log.head(size)
            head = checkpoint_from(note) if note else None
        except BadInput as error:
            report.wrong(where, error.what)
            continue
        if note is None or head is None or size > tree.n or size != head.size:
            report.wrong(where, "is over entries that the log does not have.")
        elif tree.root(size) != head.root:
            report.wrong(where, "is not over this log: the log was rewritten.")
        elif not signed_by(note, reign.at_head(size)):
            report.wrong(where, "is not signed by the key that was in force.")


def _check_vault(log: CustodyLog, entries: list[Entry], report: Report) -> None:
    """Every exhibit is kept as it was sealed, or was forgotten; nothing is kept that was."""
    gone: dict[int, str] = {}
    for entry in entries:
        if entry.kind == FORGOTTEN:
            told = forgotten_from(entry)
            gone |= {n: told.what for n in told.entries if gone.get(n) != EXHIBITS}
    n_kept = 0
    for entry in entries:
        if entry.kind != EXHIBIT:
            continue
        what = gone.get(entry.n)
        kept = next(iter(log.vault.kept([entry.n])), None)
        if kept is None:
            if what != EXHIBITS:
                report.wrong_entry(entry.n, "its content is missing, and nobody destroyed it.")
            continue
        n_kept += 1
        one = kept.opening
        made = commitment(one.salt, one.content, name=one.name, media_type=one.media_type)
        if made != entry.body.get("exhibit"):
            report.wrong_entry(entry.n, "its content in the vault is not what was sealed.")
        if what == EXHIBITS or (what and log.vault.original(entry.n) is not None):
            report.wrong_entry(entry.n, "is said to be forgotten, and is still there.")
    report.facts |= {"n_kept": n_kept, "n_forgotten": len(gone)}
