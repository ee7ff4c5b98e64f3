"""A prefix of an object store: objects that appear are read once, in order of their names."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs

from stillwatch.adapters.live.arrivals import Arrival, Intake
from stillwatch.adapters.live.sources.whole import hand_over
from stillwatch.model.errors import BadSettings

_CHUNK_BYTES = 4 << 20


@dataclass(slots=True)
class BucketSource:
    """Follows ``s3://``, ``gs://``, ``abfs://`` or ``file://`` with Arrow's own clients.

    Credentials come from where those clients look for them: the environment, the machine's
    role, the user's files. ``endpoint_override`` in the address names another store.

    Attributes:
        url: where.
        positions: what was reached before, by object.
        poll_s: seconds between two listings.
        name, n_errors, is_drained, backlog: see :class:`Source`.
    """

    url: str
    positions: dict[str, Any]
    poll_s: float = 5.0
    name: str = ""
    n_errors: int = 0
    is_drained: bool = False
    backlog: float = 0.0
    _store: Any = field(init=False)
    _prefix: str = field(init=False)

    def __post_init__(self) -> None:
        """Know where the store is; nothing is asked of it yet.

        Raises:
            BadSettings: the address is none.
        """
        self.name = self.name or f"bucket:{self.url.partition('?')[0]}"
        try:
            self._store, self._prefix = pafs.FileSystem.from_uri(self.url)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BadSettings("SOURCE", f"{self.url} cannot be used: {error}") from error

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Hand arrivals over until told to stop."""
        while not stop.is_set():
            try:
                self.is_drained = self._scan(intake, stop) == 0
            except (pa.ArrowException, OSError):
                self.n_errors += 1
                self.is_drained = False
            stop.wait(self.poll_s)

    def _scan(self, intake: Intake, stop: threading.Event) -> int:
        """Take every new object; gives how many there were."""
        selector = pafs.FileSelector(self._prefix, allow_not_found=True, recursive=True)
        found = self._store.get_file_info(selector)
        files = sorted((f for f in found if f.type == pafs.FileType.File), key=lambda f: f.path)
        new = [f for f in files if f.base_name[0] not in "._" and not self._is_done(f)]
        self.backlog = float(sum(f.size for f in new))
        for one in new:
            if stop.is_set():
                break
            with tempfile.TemporaryDirectory(prefix="stillwatch.") as folder:
                here = Path(folder, one.base_name)
                self._fetch(one.path, here)
                done = hand_over(
                    here, _mark(one), self.positions.get(one.path),
                    source=self.name, key=one.path, intake=intake, stop=stop,
                )  # fmt: skip
            if done:
                self.positions[one.path] = {"mark": _mark(one), "done": True}
        for gone in set(self.positions) - {f.path for f in files}:
            # there no longer: what was reached of it need not be known for ever
            if intake.put(Arrival(self.name, positions={gone: None}), wait_s=0):
                del self.positions[gone]
        return len(new)

    def _is_done(self, about: Any) -> bool:
        known = self.positions.get(about.path)
        return bool(known and known.get("done") and known["mark"] == _mark(about))

    def _fetch(self, path: str, here: Path) -> None:
        with self._store.open_input_stream(path, compression=None) as inlet, here.open("wb") as out:
            while chunk := inlet.read(_CHUNK_BYTES):
                out.write(chunk)


def _mark(about: Any) -> dict[str, int]:
    return {"size": about.size, "changed_ns": about.mtime_ns or 0}
