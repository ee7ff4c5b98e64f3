"""Sealing: exhibits go in, without what must not be kept; the inventory and a head end the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from typing import Final

from stillwatch.adapters.custody.escrow import Escrow
from stillwatch.adapters.custody.exhibits import Exhibit
from stillwatch.adapters.custody.log import CustodyLog, Writer
from stillwatch.adapters.custody.own import sort_of
from stillwatch.adapters.custody.vault import Kept, Sealed
from stillwatch.attribute.custody.bundle import Opening
from stillwatch.attribute.custody.commitments import SALT_BYTES, commitment
from stillwatch.attribute.custody.kinds import EXHIBIT, SEALED
from stillwatch.attribute.custody.ranges import ranges_of
from stillwatch.attribute.redaction.redactor import Redactor, Sort
from stillwatch.model.errors import BadInput, NotAllowed

#: exhibits that are put on the disk at once.
AT_ONCE: Final = 4_096
_AT_ONCE_BYTES: Final = 1 << 26


@dataclass(slots=True)
class Run:
    """What one run of sealing did.

    Args:
        sealed: numbers of the entries of exhibits that are new.
        n_before: exhibits that were sealed already, by an earlier run.
        n_redacted: exhibits from which something was taken out.
        counts: how much of each kind was taken out.
        inventory: number of the entry that ends the run.
    """

    sealed: list[int] = field(default_factory=list)
    n_before: int = 0
    n_redacted: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    inventory: int = -1

    def note(self, was_changed: bool, counts: dict[str, int]) -> None:
        """Count what was taken out of one exhibit."""
        self.n_redacted += was_changed
        for kind, n in counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + n


def seal(
    log: CustodyLog,
    case: str,
    exhibits: Iterable[Exhibit],
    redactor: Redactor,
    escrow: Escrow | None,
    *,
    as_is: Sequence[str] = (),
    progress: Callable[[Run], None] | None = None,
) -> Run:
    """Seal exhibits into a case.

    What an earlier run sealed already, under the same name and with the same bytes, is passed
    over: a run that was killed is ended by running it again.

    Args:
        log: where to.
        case: ref of the case.
        exhibits: what to seal.
        redactor: what takes personal data and secrets out.
        escrow: keeps originals from which something was taken; without it they are not kept.
        as_is: patterns of names that are sealed unseen, as they are: pictures, our own reports.
        progress: is told how far it is, each time that something is on the disk.

    Raises:
        BadInput: there is nothing to seal.
        NotAllowed: something cannot be looked through.
        OutsideFailed: the log cannot be written.
    """
    check_case(case)
    run, waiting = Run(), _Waiting(log, case, escrow, run_size=AT_ONCE)
    for exhibit in exhibits:
        ready = _ready(exhibit, redactor, as_is=as_is, is_sealed=waiting.is_sealed)
        if ready is None:
            run.n_before += 1
            continue
        waiting.take(ready)
        if waiting.is_full:
            waiting.settle(run)
            if progress is not None:
                progress(run)
    waiting.settle(run)
    if not run.sealed and not run.n_before:
        raise BadInput("there is nothing to seal.", where=case)
    with log.writing() as writer:
        run.inventory = end_with_inventory(log, writer, case)
    return run


def check_case(case: str) -> str:
    """A ref that can name a case: no blanks, not long, for it stands in the log for good.

    Raises:
        BadInput: it cannot.
    """
    if not case or len(case) > 200 or not case.isprintable() or " " in case:
        raise BadInput(f"{case[:80]!r} cannot name a case.", remedy="Say campaign:1a2b3c4d5e6f.")
    return case


def end_with_inventory(log: CustodyLog, writer: Writer, case: str) -> int:
    """Add the inventory of a case and sign the head that it ends; returns its number."""
    writer.flush()
    entries = log.vault.of_case(case)
    exhibits = [n for n, kind in entries if kind == EXHIBIT]
    others = [n for n, kind in entries if kind != EXHIBIT] + log.vault.key_entries()
    body = {"case": case, "exhibits": ranges_of(exhibits), "others": ranges_of(others)}
    n = writer.add(SEALED, body)
    writer.sign_head()
    return n


@dataclass(frozen=True, slots=True)
class _Ready:
    """An exhibit that was looked through."""

    exhibit: Exhibit
    name: str
    content: bytes
    counts: dict[str, int]
    unseen: bool

    @property
    def was_changed(self) -> bool:
        """Whether something was taken out."""
        return (self.name, self.content) != (self.exhibit.name, self.exhibit.content)


def _ready(
    exhibit: Exhibit,
    redactor: Redactor,
    *,
    as_is: Sequence[str],
    is_sealed: Callable[[Exhibit, str], bool],
) -> _Ready | None:
    name, in_name = _name_looked_through(exhibit.name, redactor)
    if is_sealed(exhibit, name):
        return None
    unseen = any(fnmatch(exhibit.name, pattern) for pattern in as_is)
    content, counts = (exhibit.content, {}) if unseen else _looked_through(exhibit, redactor)
    for kind, count in in_name.items():
        counts[kind] = counts.get(kind, 0) + count
    return _Ready(exhibit, name, content, counts, unseen)


class _Waiting:
    """Exhibits that were looked through and wait to be put on the disk."""

    def __init__(self, log: CustodyLog, case: str, escrow: Escrow | None, *, run_size: int) -> None:
        self._log, self._case, self._escrow, self._most = log, case, escrow, run_size
        self._has_batch = False
        self._names, self._seen_size = log.vault.names(case), log.size
        self._ready: list[_Ready] = []
        self._n_bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._ready) >= self._most or self._n_bytes >= _AT_ONCE_BYTES

    def take(self, ready: _Ready) -> None:
        """Let one wait."""
        self._ready.append(ready)
        self._n_bytes += len(ready.exhibit.content) + len(ready.content)

    def is_sealed(self, exhibit: Exhibit, name: str) -> bool:
        """Whether the case holds it already, under the same name and with the same bytes."""
        if name not in self._names:
            return False
        for kept in self._log.vault.kept_as(self._case, name):
            entry = next(self._log.entries([kept.opening.n]), None)
            if entry is None:
                # Another process is about to write its entry: asked again under the lock.
                continue
            if not kept.original_salt:
                if entry.body.get("original"):
                    # Its original was destroyed on somebody's order: sealing is no way back.
                    return True
                if (kept.opening.name, kept.opening.content) == (exhibit.name, exhibit.content):
                    return True
                continue
            made = _committed(kept.original_salt, exhibit, exhibit.name, exhibit.content)
            if made == entry.body.get("original"):
                return True
        return False

    def settle(self, run: Run) -> None:
        """Put all that waits on the disk, unless another process did meanwhile."""
        vault = self._log.vault
        with self._log.writing() as writer:
            if self._log.size != self._seen_size:
                self._names = vault.names(self._case)
            exhibits: list[tuple[str, Kept]] = []
            originals: list[Sealed] = []
            for ready in self._ready:
                if self.is_sealed(ready.exhibit, ready.name):
                    run.n_before += 1
                    continue
                run.note(ready.was_changed, ready.counts)
                kept, original = self._put(writer, ready)
                run.sealed.append(kept.opening.n)
                exhibits.append((self._case, kept))
                originals += [original] if original else []
            if originals and self._escrow is not None and not self._has_batch:
                vault.add_batch(self._escrow.batch, self._escrow.holders, self._escrow.wrapped)
                self._has_batch = True
            vault.add_exhibits(exhibits)
            vault.add_originals(originals)
        self._names.update(ready.name for ready in self._ready)
        self._ready, self._n_bytes, self._seen_size = [], 0, self._log.size

    def _put(self, writer: Writer, ready: _Ready) -> tuple[Kept, Sealed | None]:
        exhibit, n, salt = ready.exhibit, writer.n, os.urandom(SALT_BYTES)
        body: dict[str, object] = {
            "case": self._case,
            "exhibit": _committed(salt, exhibit, ready.name, ready.content),
        }
        if ready.unseen:
            body["unseen"] = True
        original_salt, original = b"", None
        if ready.was_changed:
            original_salt = os.urandom(SALT_BYTES)
            made = _committed(original_salt, exhibit, exhibit.name, exhibit.content)
            body |= {"original": made, "redactions": ready.counts}
            if self._escrow is not None:
                original = self._escrow.put(n, made, original_salt, _named(exhibit))
        writer.add(EXHIBIT, body)
        opening = Opening(
            n=n, name=ready.name, media_type=exhibit.media_type, salt=salt, content=ready.content
        )
        return Kept(opening=opening, original_salt=original_salt), original


def _committed(salt: bytes, exhibit: Exhibit, name: str, content: bytes) -> str:
    return commitment(salt, content, name=name, media_type=exhibit.media_type)


def _named(exhibit: Exhibit) -> bytes:
    """Name and bytes in one: the name of an original is content too."""
    name = exhibit.name.encode()
    return len(name).to_bytes(4, "big") + name + exhibit.content


def name_and_bytes(told: bytes) -> tuple[str, bytes]:
    """What :func:`seal` put into escrow: the original's name and its bytes."""
    length = int.from_bytes(told[:4], "big")
    return told[4 : 4 + length].decode(), told[4 + length :]


def _looked_through(exhibit: Exhibit, redactor: Redactor) -> tuple[bytes, dict[str, int]]:
    try:
        exhibit.content.decode()
    except UnicodeDecodeError:
        raise NotAllowed(
            f"{exhibit.name} is no text and cannot be looked through: leave it out, or name it "
            "with --as-is",
            by_rule="nothing is sealed unseen",
        ) from None
    done = redactor.redact(exhibit.content, sort_of(exhibit.media_type, exhibit.content))
    return done.content, done.counts


def _name_looked_through(name: str, redactor: Redactor) -> tuple[str, dict[str, int]]:
    """The name without personal data; of the lines of a file, the file's name is looked at once."""
    stem, mark, line = name.rpartition("#")
    if mark and line.isdigit():
        shown, counts = _stem_looked_through(stem, redactor)
        return f"{shown}#{line}", dict(counts)
    shown, counts = _stem_looked_through(name, redactor)
    return shown, dict(counts)


@lru_cache(maxsize=4096)
def _stem_looked_through(stem: str, redactor: Redactor) -> tuple[str, dict[str, int]]:
    done = redactor.redact(stem.encode(), Sort.NAME)
    return done.content.decode(), done.counts
