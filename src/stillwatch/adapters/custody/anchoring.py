"""Anchoring: the heads of other logs, entered here so that they cannot be written anew later.

The logs of decisions (``control``), of commitments (``defend``), of disclosures and of matching
(``share``) are chains: each line holds the digest of the one before. A chain can be made anew as a
whole; once its head stands in a log that others witness, it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import ANCHOR
from stillwatch.attribute.custody.receipts import Receipt
from stillwatch.attribute.custody.report import Report
from stillwatch.model.errors import BadInput, OutsideFailed

DECISIONS: Final = "decisions"
COMMITMENTS: Final = "commitments"
CHAINED: Final = "chained lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chained log as it stands, its chain checked.

    Args:
        kind: ``decisions``, ``commitments`` or ``chained lines``.
        digests: of its lines, in order.
    """

    kind: str
    digests: tuple[str, ...]


def chain_of(path: Path) -> Chain:
    """Read a chained log and check it.

    Raises:
        BadInput: it is of none of the kinds, it is empty, or its chain is broken.
        OutsideFailed: it cannot be read.
    """
    try:
        with path.open("rb") as source:
            first = source.readline(1 << 20)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    try:
        told: Any = orjson.loads(first)
    except orjson.JSONDecodeError:
        told = None
    fields = set(told) if isinstance(told, dict) else set()
    if {"before", "line", "nth"} <= fields:
        kind = COMMITMENTS if "committed_us" in fields else CHAINED
        return Chain(kind=kind, digests=tuple(line["line"] for line in Chained(path).read()))
    if {"before", "digest", "kind"} <= fields:
        DecisionLog(path, read_only=True)
        lines = path.read_bytes().split(b"\n")
        digests = tuple(orjson.loads(line)["digest"] for line in lines[:-1])
        return Chain(kind=DECISIONS, digests=digests)
    raise BadInput("is no chained log of stillwatch, or it is empty.", where=str(path))


def anchor(log: CustodyLog, name: str, path: Path) -> Receipt:
    """Enter the head of a chained log.

    Args:
        log: where to.
        name: what the chained log is called here; always the same one.
        path: its file.

    Raises:
        BadInput: it is no chained log, its chain is broken, or it is not what was entered before.
    """
    chain = chain_of(path)
    problems = Report()
    _check(anchors_of(log, name), chain, problems)
    if problems.problems:
        first = problems.problems[0]
        raise BadInput(first.what, where=str(path), remedy="Keep the file as evidence.")
    body = {
        "head": chain.digests[-1],
        "kind": chain.kind,
        "n_lines": len(chain.digests),
        "name": name,
    }
    with log.writing() as writer:
        n = writer.add(ANCHOR, body)
        writer.sign_head()
    entry = log.entry(n)
    return Receipt(n=n, at_us=entry.at_us, leaf=entry.leaf.hex())


def check_anchors(log: CustodyLog, name: str, path: Path) -> Report:
    """Hold a chained log against every head of it that was entered."""
    report = Report()
    entries = anchors_of(log, name)
    try:
        _check(entries, chain_of(path), report)
    except BadInput as error:
        report.wrong(error.where, error.what)
    report.facts = {"name": name, "n_anchors": len(entries)}
    if not entries:
        report.not_looked.append(f"no head of {name} was entered.")
    return report


def anchors_of(log: CustodyLog, name: str) -> list[Entry]:
    """The heads of a chained log that were entered, ascending."""
    found = log.entries(log.vault.of_kind(ANCHOR))
    return [entry for entry in found if entry.body.get("name") == name]


def _check(entries: list[Entry], chain: Chain, report: Report) -> None:
    for entry in entries:
        n_lines, head = entry.body.get("n_lines"), entry.body.get("head")
        if entry.body.get("kind") != chain.kind or not isinstance(n_lines, int):
            report.wrong_entry(entry.n, f"is the head of a log of {entry.body.get('kind')}.")
        elif n_lines > len(chain.digests):
            report.wrong_entry(
                entry.n, f"had {n_lines} lines; the file has {len(chain.digests)}: it was cut."
            )
        elif chain.digests[n_lines - 1] != head:
            report.wrong_entry(
                entry.n, f"line {n_lines} of the file is not what was entered: it was rewritten."
            )
