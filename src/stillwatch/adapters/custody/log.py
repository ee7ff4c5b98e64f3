"""The custody log on a disk: lines that are only ever added, each signed, under one Merkle tree.

What others read: :meth:`CustodyLog.append`, :meth:`CustodyLog.receipt`, :meth:`CustodyLog.head`.
Several processes may write to one log: each takes the lock, reads what others added, and adds. A
line that a crash cut in two is set aside; contents whose lines never came to stand are dropped.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.custody.beginning import LOG, key_path
from stillwatch.adapters.custody.key_files import load_signing, save_private
from stillwatch.adapters.custody.vault import Tip, Vault
from stillwatch.adapters.settled import put_in_place
from stillwatch.attribute.custody.entries import Entry, Pen, entry_from
from stillwatch.attribute.custody.kinds import KEY, case_of, own_kind
from stillwatch.attribute.custody.merkle import Frontier, Tree, leaf_hash
from stillwatch.attribute.custody.notes import Checkpoint, Note, note_from, sign_head
from stillwatch.attribute.custody.receipts import Receipt, receipt_text
from stillwatch.attribute.custody.trust import Reign, key_body
from stillwatch.model.errors import BadInput, OutsideFailed

#: how far the clock may stand before the last entry's time; the entry then takes that time.
CLOCK_SLACK_US: Final = 5_000_000
_RESTORE: Final = "Keep the folder as evidence and restore the log from a whole copy."


class CustodyLog:
    """A folder that holds a log, its vault, its keys and its heads.

    Args:
        folder: made by :func:`stillwatch.adapters.custody.beginning.begin_log`.
        now_us: the clock, microseconds since 1970-01-01 UTC.

    Raises:
        BadInput: a line was changed, taken out or put in, or the log became shorter.
        OutsideFailed: the folder cannot be read or written.
    """

    def __init__(self, folder: Path, now_us: Callable[[], int]) -> None:
        self.folder = folder
        self._now_us = now_us
        self.path = folder / LOG
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except OSError as error:
            raise OutsideFailed(
                f"there is no log in {folder}: {error.strerror}.",
                remedy="Make one with `stillwatch case keys new`.",
            ) from None
        self.vault = Vault(folder / "vault.sqlite")
        with self._locked():
            self._read_on()

    @property
    def size(self) -> int:
        """How many entries were there when it was last looked at."""
        return self._tip.n

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.reign().keys[0].name

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._file)
        self.vault.close()

    def __enter__(self) -> CustodyLog:
        """The log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the files."""
        self.close()

    def append(self, kind: str, body: dict[str, Any]) -> Receipt:
        """Add an entry of somebody else's kind; on the disk when this returns.

        Args:
            kind: a lower-case word that is none of the log's own.
            body: JSON without fractions and without content; with a field ``case`` it travels in
                that case's bundles.

        Raises:
            BadInput: the kind is the log's own, or the body is no such JSON.
            OutsideFailed: it cannot be written.
        """
        with self.writing() as writer:
            n = writer.add(own_kind(kind), body)
        entry = self.entry(n)
        return Receipt(n=n, at_us=entry.at_us, leaf=entry.leaf.hex())

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the log to add to it; all is on the disk when the block ends without an error."""
        with self._locked():
            self._read_on()
            writer = Writer(self, self._pen())
            try:
                yield writer
                writer.flush()
            finally:
                self.vault.roll_back()

    def entries(self, numbers: Iterator[int] | list[int] | range) -> Iterator[Entry]:
        """Entries by number, in the order given."""
        for start, n_bytes in self.vault.places(numbers):
            line = os.pread(self._file, n_bytes, start)
            yield entry_from(line, where=f"{self.path}, byte {start}")

    def entry(self, n: int) -> Entry:
        """One entry.

        Raises:
            BadInput: there is no such entry.
        """
        for entry in self.entries([n]):
            return entry
        raise BadInput(f"the log has no entry {n}.", where=str(self.path))

    def reign(self) -> Reign:
        """The keys, from the first on."""
        return Reign(list(self.entries(self.vault.key_entries())))

    def tree(self) -> Tree:
        """The Merkle tree over the log as it stands on the disk, every line hashed again."""
        with self.path.open("rb") as source:
            lines = (line[:-1] for line in source if line.endswith(b"\n"))
            return Tree(leaf_hash(line) for _, line in zip(range(self.size), lines, strict=False))

    def head(self, size: int) -> Note | None:
        """A head that was signed, with the cosignatures that came; ``None`` where none was."""
        path = self._head_path(size)
        return note_from(path.read_bytes(), where=str(path)) if path.exists() else None

    def keep_head(self, size: int, note: Note) -> None:
        """Keep a head, whole or not at all."""
        path = self._head_path(size)
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            put_in_place(path, note.to_bytes(), path.with_name(f".{path.name}.{os.getpid()}"))
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None

    def heads(self) -> list[int]:
        """Sizes of the heads that were signed, ascending."""
        return sorted(int(path.stem) for path in (self.folder / "heads").glob("*.note"))

    def receipt(self, n: int) -> str:
        """The proof that an entry stands in the log, as C2SP tlog-proof v1 text.

        Raises:
            BadInput: there is no such entry, or no head covers it yet.
        """
        sizes = [size for size in self.heads() if size > n]
        note = self.head(sizes[-1]) if sizes else None
        if note is None:
            raise BadInput(
                f"no head covers entry {n} yet.", remedy="Sign one with `stillwatch case log head`."
            )
        return receipt_text(self.entry(n), self.tree().inclusion(n, sizes[-1]), note)

    def rotate(self, fresh: Ed25519PrivateKey, because: str) -> int:
        """Let a new key take over; the private halves of all former ones are destroyed.

        Returns:
            number of the entry that says so.
        """
        with self.writing() as writer:
            before = writer.pen.public
            # Written before the log names it: a log must never name a key that nobody has.
            pen = Pen(fresh, before.name)
            save_private(key_path(self.folder, pen.public), fresh)
            n = writer.add(KEY, key_body(fresh, before.name, before, because))
            writer.flush()
            # Still under the lock, and none but those that the log says have ended.
            for former in self.reign().keys:
                if former.id != pen.public.id:
                    key_path(self.folder, former).unlink(missing_ok=True)
        return n

    def signing_key(self) -> Ed25519PrivateKey:
        """The private half of the key in force.

        Raises:
            OutsideFailed: it is not in the folder.
        """
        return self._pen().private

    def _head_path(self, size: int) -> Path:
        return self.folder / "heads" / f"{size}.note"

    def _pen(self) -> Pen:
        public = self.reign().keys[-1]
        key = load_signing(key_path(self.folder, public))
        return Pen(key, public.name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read_on(self) -> None:
        """Take in what others added; set a torn tail aside; drop what never came to stand."""
        self._tip = self.vault.tip()
        size_bytes = os.fstat(self._file).st_size
        if size_bytes < self._tip.size_bytes:
            raise BadInput("the log has become shorter.", where=str(self.path), remedy=_RESTORE)
        self.frontier = Frontier(self._tip.n, self._tip.hashes)
        self.vault.begin()
        try:
            if size_bytes > self._tip.size_bytes:
                self._take_lines(size_bytes)
            self.vault.drop_beyond(self._tip.n)
            self.vault.commit()
        finally:
            self.vault.roll_back()

    def _take_lines(self, size_bytes: int) -> None:
        start, rows, last_us = self._tip.size_bytes, [], self._tip.last_us
        with self.path.open("rb") as source:
            source.seek(start)
            for line in source:
                if not line.endswith(b"\n"):
                    self._set_aside(line, start)
                    break
                where = f"{self.path}, line {self.frontier.n + 1}"
                entry = entry_from(line[:-1], where=where)
                if entry.n != self.frontier.n or entry.at_us < last_us:
                    raise BadInput("the line is out of place.", where=where, remedy=_RESTORE)
                rows.append((entry.n, start, len(line) - 1, entry.kind, case_of(entry)))
                self.frontier.add(entry.leaf)
                start, last_us = start + len(line), entry.at_us
        self._set_tip(start, last_us, rows)

    def _set_tip(
        self, end: int, last_us: int, rows: list[tuple[int, int, int, str, str | None]]
    ) -> None:
        tip = Tip(
            n=self.frontier.n, size_bytes=end, last_us=last_us, hashes=self.frontier.hashes
        )  # fmt: skip
        self.vault.index(tip, rows)
        self._tip = tip

    def _set_aside(self, torn: bytes, start: int) -> None:
        aside = self.path.with_name(f"{LOG}.torn-{start}")
        put_in_place(aside, torn)
        os.ftruncate(self._file, start)
        os.fsync(self._file)


class Writer:
    """What adds entries to a log that is held."""

    def __init__(self, log: CustodyLog, pen: Pen) -> None:
        self.pen = pen
        self._log = log
        self._lines: list[bytes] = []
        self._rows: list[tuple[int, int, int, str, str | None]] = []
        self._end = log._tip.size_bytes
        self._last_us = log._tip.last_us
        log.vault.begin()

    @property
    def n(self) -> int:
        """Number of the next entry."""
        return self._log.frontier.n

    def now_us(self) -> int:
        """The time that the next entry takes: never before the last one's.

        Raises:
            BadInput: the clock stands well before the last entry.
        """
        now_us = self._log._now_us()
        if now_us < self._last_us - CLOCK_SLACK_US:
            raise BadInput(
                f"the clock is {(self._last_us - now_us) / 1e6:.0f} s before the last entry.",
                where=str(self._log.path), remedy="Set the clock; nothing is dated back.",
            )  # fmt: skip
        return max(now_us, self._last_us)

    def add(self, kind: str, body: dict[str, Any]) -> int:
        """Add an entry; it counts once :meth:`flush` has returned. Returns its number."""
        n, at_us = self.n, self.now_us()
        line = self.pen.write(n, at_us, kind, body)
        subject = body.get("case")
        case = subject if isinstance(subject, str) else None
        self._rows.append((n, self._end, len(line), kind, case))
        self._lines.append(line)
        self._log.frontier.add(leaf_hash(line))
        self._end += len(line) + 1
        self._last_us = at_us
        return n

    def flush(self) -> None:
        """Put all on the disk: contents first, then the lines, then the index.

        Raises:
            OutsideFailed: the disk refuses; then nothing was added.
        """
        log = self._log
        log.vault.commit()
        whole = memoryview(b"".join(line + b"\n" for line in self._lines))
        try:
            while whole:
                whole = whole[os.write(log._file, whole) :]
            os.fsync(log._file)
        except OSError as error:
            # What was refused must not come to count when the log is read again.
            with suppress(OSError):
                os.ftruncate(log._file, log._tip.size_bytes)
            raise OutsideFailed(
                f"the log {log.path} cannot be written: {error.strerror}.",
                remedy="Free the disk; nothing was sealed.",
            ) from None
        log.vault.begin()
        log._set_tip(self._end, self._last_us, self._rows)
        log.vault.commit()
        self._lines, self._rows = [], []
        log.vault.begin()

    def sign_head(self) -> Note:
        """Sign and keep the head over all that was flushed."""
        self.flush()
        log = self._log
        head = Checkpoint(self.pen.public.name, log.size, log.frontier.root())
        note = sign_head(head, self.pen.private, self.pen.public.name)
        before = log.head(log.size)
        if before is None or before.text != note.text:
            log.keep_head(log.size, note)
        return note
