"""What a rehearsal has finished, one file a step, so that a run that was cut off goes on."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from stillwatch.adapters.gateway.leading import Leading
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import NotAllowed, OutsideFailed

Arrays = dict[str, NDArray[Any]]


class Kept:
    """A folder with a file for each step that was finished.

    Args:
        folder: made where it is not there; one run at a time writes to it.

    Raises:
        NotAllowed: another run is at work in it.
        OutsideFailed: the disk refused.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._alone = Leading(folder / "lock")
            leads = self._alone.leads()
        except OSError as error:
            raise OutsideFailed(f"{folder}: {error.strerror}.") from error
        if not leads:
            raise NotAllowed(
                f"another run is at work in {folder}; name another folder or wait for it.",
                by_rule="one run a folder",
            )

    def close(self) -> None:
        """Let another run have the folder."""
        self._alone.give_up()

    def path(self, what: str, made_by: Mapping[str, Any]) -> Path:
        """Where a step's file stands: its name holds a digest of everything that decides it."""
        digest = digest_of("step", dict(made_by)).partition(":")[2]
        slug = "".join(c if c.isalnum() else "-" for c in what)
        return self.folder / f"{slug}-{digest[:16]}.npz"

    def get(self, what: str, made_by: Mapping[str, Any]) -> tuple[dict[str, Any], Arrays] | None:
        """What was kept of a step; None where it is not finished or cannot be read."""
        try:
            with (
                self.path(what, made_by).open("rb") as file,
                np.load(file, allow_pickle=False) as found,
            ):
                arrays = {name: found[name] for name in found.files}
            told = orjson.loads(arrays.pop("told").tobytes())
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return dict(told), arrays

    def put(
        self, what: str, made_by: Mapping[str, Any], told: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
    ) -> None:  # fmt: skip
        """Keep a finished step; it is there wholly or not at all.

        Raises:
            OutsideFailed: the disk refused.
        """
        path = self.path(what, made_by)
        body = io.BytesIO()
        head = np.frombuffer(orjson.dumps(dict(told)), dtype=np.uint8)
        np.savez_compressed(body, allow_pickle=False, told=head, **dict(arrays))
        aside = path.with_suffix(".part")
        try:
            aside.write_bytes(body.getbuffer())
            os.replace(aside, path)
        except OSError as error:
            raise OutsideFailed(f"{path}: {error.strerror}.", remedy="Free space?") from error
