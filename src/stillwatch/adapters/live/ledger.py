"""The ledger: what became of campaigns, on disk, each event once.

The register is written first, with the events that come of it; then they are added to
``campaigns.jsonl``, and then ``campaigns.json`` is replaced. Whoever is killed in between
finds in the register what is missing from the other two: nothing that a reader of them
has seen is ever taken back, and no event is written twice.

A file of events that is full gets the number of its last event into its name and stands
aside; the oldest such files are let go.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.live.frames import write_settled
from stillwatch.adapters.settled import settle_folder
from stillwatch.detect.following import Event, Register, plain, register_from
from stillwatch.detect.result import iso
from stillwatch.model.errors import BadSettings, OutsideFailed

EVENT_SCHEMA = "stillwatch.campaign-event/1"
CURRENT = "campaigns.json"
EVENTS = "campaigns.jsonl"
_REGISTER = "register.json"
#: bytes from which on a file of events is full.
FULL_BYTES = 32 << 20
#: bytes of events that are kept unless told otherwise.
MOST_BYTES = 1 << 30


class Ledger:
    """Keeps the register of a state folder and tells what changes in it.

    Args:
        state: the folder.
        most_bytes: of events that are kept, about; in whole files.

    Attributes:
        register: campaigns known so far.
        sequence: number of the last event.
        n_looks: results written.
    """

    def __init__(self, state: Path, most_bytes: int = MOST_BYTES) -> None:
        """Take up where the last one stopped."""
        self._state, self._most_bytes = state, most_bytes
        self.register, self.sequence, self.n_looks = Register(), 0, 0
        self._opened_at: dict[str, str] = {}
        self._pending: list[dict[str, Any]] = []
        self._current: dict[str, Any] | None = None
        self._is_settled = True
        self._load()

    @property
    def current(self) -> dict[str, Any] | None:
        """What stands in ``campaigns.json``."""
        return self._current

    def take(self, result: Mapping[str, Any], about: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take in a result; gives the events that were written.

        Args:
            result: the contract ``stillwatch.campaigns/1``.
            about: put into it as ``watch``; ``until`` is the moment of the look.

        Raises:
            OutsideFailed: the disk refuses; what it holds counts, and the next result is
                taken in after that.
        """
        if not self._is_settled:
            self._load()
        self._is_settled = False
        members = {c["id"]: [a["account"] for a in c["accounts"]] for c in result["campaigns"]}
        names, events = self.register.follow(members)
        now = iso(time.time_ns() // 1000)
        entries = {}
        for one in result["campaigns"]:
            lasting = names[one["id"]]
            opened_at = self._opened_at.setdefault(lasting, now)
            rest = {name: value for name, value in one.items() if name != "id"}
            entries[lasting] = {
                "id": lasting, "named_now": one["id"], "opened_at": opened_at, **rest
            }  # fmt: skip
        self._opened_at = {
            name: at
            for name, at in self._opened_at.items()
            if name in self.register.standing or name in self.register.closed
        }
        self._pending = [self._line(event, entries, about, now) for event in events]
        self.n_looks += 1
        said = {"sequence": self.sequence, "written_at": now, **about}
        self._current = {**result, "campaigns": list(entries.values()), "watch": said}
        self._settle()
        self._is_settled = True
        return self._pending

    def _line(
        self, event: Event, entries: Mapping[str, Any], about: Mapping[str, Any], now: str
    ) -> dict[str, Any]:
        self.sequence += 1
        entry = entries.get(event.campaign)
        return {
            "schema": EVENT_SCHEMA,
            "sequence": self.sequence,
            "kind": event.kind,
            "campaign": event.campaign,
            "until": about.get("until"),
            "written_at": now,
            "joined": sorted(event.joined),
            "left": sorted(event.left),
            "other": event.other,
            "again": event.again,
            "entry": entry and {k: v for k, v in entry.items() if k != "pictures"},
        }

    def _settle(self) -> None:
        about = {
            "sequence": self.sequence,
            "n_looks": self.n_looks,
            "opened_at": self._opened_at,
            "pending": self._pending,
            "current": self._current,
            **plain(self.register),
        }
        write_settled(self._state / _REGISTER, orjson.dumps(about))
        self._write_events(self._pending)
        self._write_current()

    def _write_current(self) -> None:
        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        write_settled(self._state / CURRENT, orjson.dumps(self._current, option=option))

    def _write_events(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        whole = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        try:
            self._turn(lines[0]["sequence"] - 1)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            number = os.open(self._state / EVENTS, flags, 0o600)
            with os.fdopen(number, "wb") as sink:
                sink.write(whole)
                sink.flush()
                os.fsync(sink.fileno())
        except OSError as error:
            raise OutsideFailed(
                f"{self._state / EVENTS} cannot be written: {error.strerror}.",
                remedy="Give the state folder room; the events are written at the next start.",
            ) from error

    def _turn(self, last: int) -> None:
        """Set a full file of events aside, and let go of the oldest."""
        path = self._state / EVENTS
        if not path.exists() or path.stat().st_size < FULL_BYTES:
            return
        os.replace(path, self._state / f"{path.stem}-{last:015}{path.suffix}")
        settle_folder(self._state)
        for old in self._aside()[: -max(1, self._most_bytes // FULL_BYTES - 1)]:
            old.unlink(missing_ok=True)

    def _aside(self) -> list[Path]:
        """Full files of events, the oldest first."""
        path = self._state / EVENTS
        return sorted(self._state.glob(f"{path.stem}-*{path.suffix}"))

    def _load(self) -> None:
        self.register, self.sequence, self.n_looks = Register(), 0, 0
        self._opened_at, self._pending, self._current = {}, [], None
        self._is_settled = True
        try:
            known = orjson.loads((self._state / _REGISTER).read_bytes())
        except FileNotFoundError:
            return
        except orjson.JSONDecodeError as error:
            raise BadSettings("--state", f"{self._state / _REGISTER} is damaged.") from error
        self.register = register_from(known)
        self.sequence, self.n_looks = known["sequence"], known["n_looks"]
        self._opened_at, self._current = known["opened_at"], known["current"]
        told = self._told()
        self._write_events([one for one in known["pending"] if one["sequence"] > told])
        self._write_current()

    def _told(self) -> int:
        """The number of the last event that is whole in the file; half a line is cut off."""
        path = self._state / EVENTS
        before = max((int(one.stem.rpartition("-")[2]) for one in self._aside()), default=0)
        try:
            with path.open("r+b") as file:
                size = os.fstat(file.fileno()).st_size
                line, end = _last_line(file.fileno(), size)
                if end < size:
                    file.truncate(end)
        except FileNotFoundError:
            return before
        return int(orjson.loads(line)["sequence"]) if line else before


def _last_line(number: int, size: int) -> tuple[bytes, int]:
    """The last whole line of a file, and where it ends."""
    tail, begin = b"", size
    while begin and tail.count(b"\n") < 2:
        n = min(begin, 1 << 16)
        begin -= n
        tail = os.pread(number, n, begin) + tail
    end = tail.rfind(b"\n")
    if end < 0:
        return b"", 0
    return tail[:end].rpartition(b"\n")[2], begin + end + 1
