"""What a node holds: notes, one a file, and headers, one a line; whole after any kill.

A note is on the disk before anything is said of it, and taking the same one again changes nothing.
Files are numbered in the order in which they came; a note whose time is over is deleted, its
header stays, because it holds nothing but digests.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.settled import put_in_place
from stillwatch.ally.equivocation import Header, header_from, header_of
from stillwatch.ally.notes import Leaving, Note, note_from
from stillwatch.model.errors import BadInput, OutsideFailed

MOST_NOTES: Final = 10_000
"""Of one node; what it tells beyond them is refused."""
MOST_HEADERS: Final = 4 * MOST_NOTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A note that the node holds.

    Args:
        nth: its number in the order of coming.
        note: what it says.
        envelope: as its node signed it.
        header: of it, as its node signed it.
        came_from: whom it came from.
        came_us: when.
    """

    nth: int
    note: Note
    envelope: dict[str, Any]
    header: dict[str, Any]
    came_from: str
    came_us: int


class Store:
    """The folder of a node; several processes may use it.

    Args:
        folder: made where it is not there; its owner's alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._notes = folder, folder / "notes"
        try:
            self._notes.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None
        self._log = Chained(folder / "headers.log")
        self._held: dict[int, Held] = {}
        self._headers: dict[Header, dict[str, Any]] = {}
        self._n_lines, self._seen = 0, b""
        self._by_node: dict[str, set[str]] = {}
        self._left: set[str] = set()
        self._n_headers: dict[str, int] = {}
        self._at_place: dict[tuple[str, str, int], set[str]] = {}
        self._revisions: dict[tuple[str, str], int] = {}
        self.id = self._named()
        with self._locked():
            self._look()
            for held in self._held.values():
                self._keep_header(header_of(held.note), held.header)

    def held(self) -> list[Held]:
        """Every note, in the order of coming."""
        with self._locked():
            self._look()
            return [self._held[nth] for nth in sorted(self._held)]

    def headers(self) -> dict[Header, dict[str, Any]]:
        """Every header with its envelope, in the order of coming."""
        with self._locked():
            self._look()
            return dict(self._headers)

    def left(self) -> set[str]:
        """Nodes that have said that they leave."""
        with self._locked():
            self._look()
            return set(self._left)

    def revision(self, node: str, topic_mark: str) -> int:
        """The latest revision of what a node told on a topic; 0 where it told nothing."""
        with self._locked():
            self._look()
            return self._revisions.get((node, topic_mark), 0)

    def put(
        self, note: Note, envelope: dict[str, Any], header: dict[str, Any], came_from: str,
        came_us: int,
    ) -> bool:  # fmt: skip
        """Take a note; false where it was there already.

        Raises:
            BadInput: its node has told too many notes or headers.
            OutsideFailed: the disk refuses.
        """
        with self._locked():
            self._look()
            mine = self._by_node.get(note.node, set())
            if note.id in mine:
                return False
            if len(mine) >= MOST_NOTES:
                raise BadInput(f"tells more than {MOST_NOTES} notes.", where=note.node)
            self._check_room(header_of(note))
            nth = 1 + max(self._counts()[0], *self._held, 0)
            told = {"envelope": envelope, "header": header, "from": came_from, "us": came_us}
            try:
                self._count(nth)
                put_in_place(
                    self._notes / f"{nth:012d}.json",
                    orjson.dumps({**told, "note": note.to_json()}),
                )
            except OSError as error:
                raise OutsideFailed(f"{self._notes} refuses: {error.strerror}.") from None
            self._held[nth] = Held(
                nth=nth, note=note, envelope=envelope, header=header, came_from=came_from,
                came_us=came_us,
            )  # fmt: skip
            self._index(note)
            self._seen = (self._folder / "counts").read_bytes()
            self._keep_header(header_of(note), header)
        return True

    def put_header(self, header: Header, envelope: dict[str, Any]) -> bool:
        """Take a header; false where it was there already.

        Raises:
            BadInput: its node has told too many, and this one proves nothing new.
        """
        with self._locked():
            self._look()
            self._check_room(header)
            return self._keep_header(header, envelope)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Let nobody else tell in this node's name, in whatever process."""
        with self._locked("tell.lock"):
            yield

    def drop(self, numbers: list[int]) -> None:
        """Delete notes."""
        with self._locked():
            self._count(self._counts()[0])
            for nth in numbers:
                (self._notes / f"{nth:012d}.json").unlink(missing_ok=True)
            self._look()

    def _check_room(self, header: Header) -> None:
        """Refuse what is too much; never the first header that contradicts one that is held.

        So no flood of headers hides a contradiction, and each place holds one proof at most
        beyond the bound.
        """
        if header in self._headers or self._n_headers.get(header.node, 0) < MOST_HEADERS:
            return
        if len(self._at_place.get((header.node, header.topic_mark, header.revision), ())) != 1:
            raise BadInput(f"tells more than {MOST_HEADERS} headers.", where=header.node)

    def _keep_header(self, header: Header, envelope: dict[str, Any]) -> bool:
        if header in self._headers:
            return False
        self._log.add({"header": envelope, "told": header.to_json()})
        self._look()
        return True

    def _look(self) -> None:
        """Know what other processes put or dropped."""
        try:
            seen = (self._folder / "counts").read_bytes()
        except OSError:
            seen = b"none"
        if seen != self._seen:
            self._look_at_notes()
            self._seen = seen
        lines = self._log.read()
        for line in lines[self._n_lines :]:
            header = header_from(line["told"])
            self._headers.setdefault(header, line["header"])
            self._n_headers[header.node] = self._n_headers.get(header.node, 0) + 1
            at = (header.node, header.topic_mark, header.revision)
            self._at_place.setdefault(at, set()).add(header.note)
            place = (header.node, header.topic_mark)
            self._revisions[place] = max(self._revisions.get(place, 0), header.revision)
        self._n_lines = len(lines)

    def _look_at_notes(self) -> None:
        there = {int(p.stem) for p in self._notes.glob("*.json")}
        for gone in set(self._held) - there:
            del self._held[gone]
        for nth in sorted(there - set(self._held)):
            path = self._notes / f"{nth:012d}.json"
            try:
                told = orjson.loads(path.read_bytes())
                self._held[nth] = Held(
                    nth=nth, note=note_from(told["note"]), envelope=told["envelope"],
                    header=told["header"], came_from=told["from"], came_us=told["us"],
                )  # fmt: skip
            except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise BadInput(
                    f"is no note of a store: {type(error).__name__}.", where=str(path),
                    remedy="Delete it; others tell it again.",
                ) from None  # fmt: skip
        self._by_node, self._left = {}, set()
        for held in self._held.values():
            self._index(held.note)

    def _index(self, note: Note) -> None:
        self._by_node.setdefault(note.node, set()).add(note.id)
        if isinstance(note.body, Leaving):
            self._left.add(note.node)

    def _counts(self) -> tuple[int, int]:
        """The last number, never given twice though files are deleted; and how often it changed."""
        try:
            number, changed = (self._folder / "counts").read_bytes().split()
            return int(number), int(changed)
        except (OSError, ValueError):
            return 0, 0

    def _count(self, number: int) -> None:
        """Say beforehand that something changes."""
        told = f"{number} {self._counts()[1] + 1}".encode()
        put_in_place(self._folder / "counts", told)

    def _named(self) -> str:
        path = self._folder / "store.id"
        if not path.exists():
            put_in_place(path, secrets.token_hex(8).encode())
        return path.read_text(encoding="ascii")

    @contextmanager
    def _locked(self, name: str = "lock") -> Iterator[None]:
        lock = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
