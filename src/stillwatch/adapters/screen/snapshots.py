"""Snapshots: lists as they stood, signed and dated, in a folder; and what is in force on a day.

A snapshot is two files: its entries, one a line, and a note that says what it was made of, which
snapshot came before, and the digest of the entries; the note is signed. Nothing is ever replaced.
The folder is held while a snapshot is put in, so that two updates at once do not lose one.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.screen.formats.listfile import Taken
from stillwatch.adapters.screen.signing import check, key_of, sign
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.model.canonical import digest_of, spell
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.changes import Changes, believe, changes
from stillwatch.screen.listing import Listing, listing_from

SCHEMA = "stillwatch.snapshot/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A note about a list as it stood.

    Args:
        name: of the publication.
        day: ISO day for which it counts: when it was published, else when it was taken.
        taken_us: when it was taken.
        n_listings: entries.
        files: of what it was made: name, digest, bytes.
        content: SHA-256 of the entries, one a line.
        before: id of the snapshot before it; empty for the first.
        id: digest of all of it.
    """

    name: str
    day: str
    taken_us: int
    n_listings: int
    files: tuple[dict[str, Any], ...]
    content: str
    before: str
    id: str

    def told(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "schema": SCHEMA, "name": self.name, "day": self.day, "taken_us": self.taken_us,
            "n_listings": self.n_listings, "files": list(self.files), "content": self.content,
            "before": self.before,
        }  # fmt: skip


class Snapshots:
    """A folder of snapshots.

    Args:
        folder: made at the first update.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(
        self, taken: Taken, files: Sequence[Path], *, now_us: int, day: str, accept_smaller: bool
    ) -> tuple[Snapshot, Changes, bool]:
        """Put a list in, if it may be believed.

        Args:
            taken: what was read.
            files: of what.
            now_us: the moment.
            day: ISO day for which it counts where the file itself does not say.
            accept_smaller: see :func:`stillwatch.screen.changes.believe`.

        Returns:
            (snapshot in force, what changed, whether it is a new one).

        Raises:
            BadInput: it may not be believed; the last good snapshot stays.
            OutsideFailed: the folder cannot be written, or another update works in it.
        """
        where = ", ".join(str(path) for path in files)
        with self._held():
            last = self._last(taken.snapshot)
            old = self.listings(last) if last else []
            believe(
                where, n_before=len(old), n_now=len(taken.listings), n_told=taken.n_told,
                skipped=taken.skipped, accept_smaller=accept_smaller,
            )  # fmt: skip
            _check_once(taken.listings, where)
            counts_from = taken.published or day
            if last and counts_from < last.day:
                raise BadInput(
                    f"is of {counts_from}, and the last snapshot of {last.day}.", where=where,
                    remedy="It is an older file. The last good snapshot stays in force.",
                )  # fmt: skip
            found = changes(old, taken.listings)
            if last and not (found.added or found.removed or found.changed):
                return last, found, False
            return self._put(taken, files, counts_from, now_us, last), found, True

    def all(self) -> list[Snapshot]:
        """Every snapshot, its signature checked, by name and in the order of taking.

        Raises:
            BadInput: one was changed.
        """
        notes = sorted((self.folder / "snapshots").glob("*/*.json"))
        if not notes:
            return []
        key = key_of(self.folder, make=False)
        found = []
        for path in notes:
            where = str(path)
            try:
                both = orjson.loads(path.read_bytes())
                told, signature = both["note"], both["signature"]
                check(key, spell(told), signature, where)
                found.append(_from(told))
            except OSError as error:
                raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise BadInput(f"is no snapshot: {error!r}.", where=where) from None
        return sorted(found, key=lambda one: (one.name, one.day, one.taken_us))

    def on(self, day: str) -> tuple[list[Snapshot], list[str]]:
        """The snapshots that count on an ISO day, and what is to be said about them.

        Where every snapshot of a list is of later days, its first is taken and that is said.

        Raises:
            OutsideFailed: there are no snapshots.
        """
        chosen: dict[str, Snapshot] = {}
        for one in self.all():
            if one.day <= day or one.name not in chosen:
                chosen[one.name] = one
        if not chosen:
            raise OutsideFailed(
                f"there are no lists in {self.folder}.",
                remedy="Read some with `stillwatch screen update FILE...`.",
            )
        said = [
            f"The first snapshot of {one.name} is of {one.day}, after {day}: entries that were "
            "removed before are missing."
            for one in chosen.values()
            if one.day > day
        ]
        return list(chosen.values()), said

    def by_ids(self, ids: Sequence[str]) -> list[Snapshot]:
        """Snapshots by their ids.

        Raises:
            BadInput: one is not there.
        """
        known = {one.id: one for one in self.all()}
        if missing := [one for one in ids if one not in known]:
            raise BadInput(f"there is no snapshot {missing[0]}.", where=str(self.folder))
        return [known[one] for one in ids]

    def listings(self, snapshot: Snapshot) -> list[Listing]:
        """Entries of a snapshot, their digest checked.

        Raises:
            BadInput: they were changed.
            OutsideFailed: they cannot be read.
        """
        path = self._entries(snapshot.name, snapshot.content)
        try:
            data = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise OutsideFailed(
                f"{path} cannot be read: {error}.", remedy="Restore it from a copy."
            ) from None
        if hashlib.sha256(data).hexdigest() != snapshot.content:
            raise BadInput("the entries were changed.", where=str(path))
        return [listing_from(orjson.loads(line)) for line in data.splitlines()]

    def _put(
        self, taken: Taken, files: Sequence[Path], day: str, now_us: int, last: Snapshot | None
    ) -> Snapshot:
        data = b"".join(
            orjson.dumps(one.to_json(), option=orjson.OPT_APPEND_NEWLINE)
            for one in sorted(taken.listings, key=lambda one: one.ref)
        )
        told = Snapshot(
            name=taken.snapshot, day=day, taken_us=now_us, n_listings=len(taken.listings),
            files=tuple(_file(path) for path in files), content=hashlib.sha256(data).hexdigest(),
            before=last.id if last else "", id="",
        ).told()  # fmt: skip
        made = _from(told)
        try:
            key = key_of(self.folder, make=True)
            entries = self._entries(made.name, made.content)
            entries.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_in_place(entries, gzip.compress(data, 6, mtime=0))
            both = {"note": told, "signature": sign(key, spell(told))}
            note = entries.with_name(f"{day}-{made.id.rpartition(':')[2][:12]}.json")
            put_in_place(note, orjson.dumps(both, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise OutsideFailed(
                f"the snapshot of {made.name} cannot be written: {error.strerror}.",
                remedy="The last good snapshot stays in force.",
            ) from None
        return made

    def _last(self, name: str) -> Snapshot | None:
        return next((one for one in reversed(self.all()) if one.name == name), None)

    def _entries(self, name: str, content: str) -> Path:
        return self.folder / "snapshots" / name / f"{content[:24]}.jsonl.gz"

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = hold_folder(self.folder, "update", "Wait for it to end, and run this again.")
        except OSError as error:
            raise OutsideFailed(f"{self.folder} cannot be written: {error.strerror}.") from None
        try:
            yield
        finally:
            os.close(lock)


def _from(told: dict[str, Any]) -> Snapshot:
    return Snapshot(
        name=told["name"], day=told["day"], taken_us=told["taken_us"],
        n_listings=told["n_listings"], files=tuple(told["files"]), content=told["content"],
        before=told["before"], id=digest_of("snapshot", told),
    )  # fmt: skip


def _file(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {
        "name": path.name, "sha256": hashlib.sha256(data).hexdigest(), "n_bytes": len(data),
    }  # fmt: skip


def _check_once(listings: Sequence[Listing], where: str) -> None:
    seen: set[str] = set()
    for one in listings:
        if one.ref in seen:
            raise BadInput(f"the entry {one.ref} is there twice.", where=where)
        seen.add(one.ref)
