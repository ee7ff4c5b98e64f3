"""Resuming: a folder in which every finished step of a run stands, whole or not at all.

A step is a shelf in a file and a note about it. The note is written beside its place,
forced to the disk and renamed: a step without a note was never finished, and its file
is made anew. What the run is made for stands in a manifest; a folder that was made for
anything else is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from stillwatch import __version__
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.adapters.shelving import DiskShelf
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed

#: changes whenever what stands in a folder is laid out in another way.
LAYOUT = 2
#: bytes at either end of an input that tell it from others, with its size and its time.
_ENDS = 1 << 16
_MANIFEST = "manifest.json"


def fingerprint(path: Path) -> dict[str, Any]:
    """What tells a file from one that was changed: size, time, digest of both its ends.

    Raises:
        OutsideFailed: it cannot be read.
    """
    try:
        with path.open("rb") as source:
            about = os.fstat(source.fileno())
            digest = hashlib.blake2b(source.read(_ENDS), digest_size=16)
            source.seek(max(0, about.st_size - _ENDS))
            digest.update(source.read(_ENDS))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from error
    return {
        "path": os.path.realpath(path),
        "n_bytes": about.st_size,
        "changed_ns": about.st_mtime_ns,
        "ends": digest.hexdigest(),
    }


def made_for(inputs: Iterable[Path], **others: Any) -> dict[str, Any]:
    """What a run is made for: its inputs, and whatever else decides what comes out."""
    wanted = {
        "inputs": [fingerprint(path) for path in inputs],
        "version": __version__,
        "layout": LAYOUT,
        **others,
    }
    plain: dict[str, Any] = orjson.loads(orjson.dumps(wanted, default=str))
    return plain


@dataclass(slots=True)
class Step:
    """A step under way: its shelf, and what is known when it is done."""

    name: str
    shelf: DiskShelf
    said: dict[str, Any] = field(default_factory=dict)


class StateFolder:
    """The steps of one run.

    Args:
        path: a folder, made if there is none.
        wanted: see :func:`made_for`.

    Raises:
        BadSettings: the folder was made for other input or settings, or holds other things.
        OutsideFailed: another run works in it, or the disk refuses.
    """

    def __init__(self, path: Path, wanted: Mapping[str, Any]) -> None:
        """Take hold of the folder."""
        self._path, self._wanted = path, wanted
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = hold_folder(path, "run", "Wait for it, or name another folder.")
        except OSError as error:
            raise self._failed(error) from error
        try:
            self._check()
        except BaseException:
            os.close(self._lock)
            raise

    def unchanged(self, paths: Iterable[Path]) -> None:
        """See that inputs are what they were when the run was begun.

        Raises:
            BadInput: one was written to meanwhile.
        """
        known = {one["path"]: one for one in self._wanted["inputs"]}
        for path in paths:
            if fingerprint(path) != known[os.path.realpath(path)]:
                raise BadInput(
                    "the file was changed while it was read.",
                    where=str(path),
                    remedy="Begin anew in another folder when it is complete.",
                )

    def done(self, name: str) -> Step | None:
        """A finished step, ready to be read; None if it has yet to be made."""
        note = self._read(f"{name}.json")
        if note is None:
            return None
        return Step(name, DiskShelf(self._path / f"{name}.shelf", note["index"]), note["said"])

    def begin(self, name: str) -> Step:
        """Begin a step anew, whatever is left of an attempt at it."""
        return Step(name, DiskShelf(self._path / f"{name}.shelf"))

    def finish(self, step: Step) -> None:
        """Make a step count: from now on it is found whole."""
        step.shelf.shut(settle=True)
        self._write(f"{step.name}.json", {"index": step.shelf.index, "said": step.said})

    def drop(self, names: Iterable[str]) -> None:
        """Throw away steps that nothing needs any more; first the notes, then the files."""
        names = list(names)
        for ending in ("json", "shelf"):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path / f"{name}.{ending}")

    def __enter__(self) -> Self:
        """The folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder; finished steps stay."""
        os.close(self._lock)

    def _check(self) -> None:
        wanted, known = self._wanted, self._read(_MANIFEST)
        if known is None:
            strange = sorted(name.name for name in self._path.iterdir() if name.name != "lock")
            if [name for name in strange if not name.endswith(".half")]:
                raise BadSettings(
                    "--state",
                    f"{self._path} holds other things ({', '.join(strange[:3])}); "
                    "name an empty folder or a new one.",
                )
            self._write(_MANIFEST, wanted)
            return
        differ = sorted(k for k in {*known, *wanted} if known.get(k) != wanted.get(k))
        if differ:
            raise BadSettings(
                "--state",
                f"{self._path} was begun with other {', '.join(differ)}; "
                "name another folder, or remove this one to begin anew.",
            )

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = orjson.loads((self._path / name).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(error) from error
        except orjson.JSONDecodeError as error:
            raise BadSettings(
                "--state", f"{self._path / name} is damaged; remove the folder to begin anew."
            ) from error
        return found

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        try:
            put_in_place(self._path / name, orjson.dumps(content))
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._path}: the state of the run cannot be kept there ({error.strerror}).",
            remedy="Name a folder that can be written to, with about as much room as the logs.",
        )
