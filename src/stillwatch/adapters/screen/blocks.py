"""Blocks: a folder in which every finished block of a run stands, whole or not at all.

A run that was killed goes on after its last finished block. A folder that was made for other
customers, lists, rules or another day is refused.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed

_MANIFEST = "run.json"


class Blocks:
    """The folder of one run.

    Args:
        path: made if there is none.
        wanted: what the run is made for.

    Raises:
        BadSettings: the folder was made for something else, or holds other things.
        OutsideFailed: another run works in it, or it cannot be written.
    """

    def __init__(self, path: Path, wanted: Mapping[str, Any]) -> None:
        self._path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.lock = hold_folder(path, "run", "Wait for it, or name another folder.")
        except OSError as error:
            raise self._failed(error) from None
        try:
            self._check(orjson.loads(orjson.dumps(wanted)))
        except BaseException:
            os.close(self.lock)
            raise

    def done(self) -> set[int]:
        """Numbers of the finished blocks."""
        return {int(one.name.split(".")[0]) for one in self._path.glob("[0-9]*.jsonl.gz")}

    def keep(self, number: int, rows: list[dict[str, Any]]) -> None:
        """Put a finished block in.

        Raises:
            OutsideFailed: the disk refuses.
        """
        data = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        try:
            put_in_place(self._file(number), gzip.compress(data, 1, mtime=0))
        except OSError as error:
            raise self._failed(error) from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows of every block, in order.

        Raises:
            BadInput: a block is damaged.
        """
        for number in sorted(self.done()):
            path = self._file(number)
            try:
                data = gzip.decompress(path.read_bytes())
            except (OSError, EOFError, gzip.BadGzipFile) as error:
                raise BadInput(
                    f"is damaged: {error}.", where=str(path), remedy="Remove it and go on."
                ) from None
            yield from (orjson.loads(line) for line in data.splitlines())

    def __enter__(self) -> Self:
        """The folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder; finished blocks stay."""
        os.close(self.lock)

    def _file(self, number: int) -> Path:
        return self._path / f"{number:07d}.jsonl.gz"

    def _check(self, wanted: dict[str, Any]) -> None:
        path = self._path / _MANIFEST
        if not path.exists():
            strange = [
                one.name for one in self._path.iterdir()
                if one.name != "lock" and not one.name.endswith(".half")
            ]  # fmt: skip
            if strange:
                raise BadSettings(
                    "--state", f"{self._path} holds other things ({strange[0]}); name a new folder."
                )
            put_in_place(path, orjson.dumps(wanted))
            return
        try:
            known = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError:
            raise BadSettings("--state", f"{path} is damaged; remove the folder.") from None
        differ = sorted(k for k in {*known, *wanted} if known.get(k) != wanted.get(k))
        if differ:
            raise BadSettings(
                "--state",
                f"{self._path} was begun with other {', '.join(differ)}; name another folder, or "
                "remove this one to begin anew.",
            )

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._path}: the run cannot be kept there ({error.strerror}).",
            remedy="Name a folder that can be written to with --state.",
        )
