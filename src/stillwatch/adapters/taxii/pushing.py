"""Push: the objects of bundles to a collection, in envelopes that its server reads.

How far a file has been sent is remembered at each envelope; an envelope that was sent twice does
no harm, since a version is held once. A status that says pending is asked for until it is final.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.taxii.client_state import ClientState, name_of
from stillwatch.adapters.taxii.connection import Connection, refused
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.share.taxii_objects import Arrived, arrived
from stillwatch.share.taxii_splitting import envelopes

PATIENCE_S: Final = 300.0
_POLL_S: Final = (0.1, 5.0)
DEFAULT_LENGTH: Final = 1_048_576
"""Of an envelope, where a server does not say what it reads."""
MOST_REASONS: Final = 100


@dataclass(slots=True)
class Pushed:
    """What became of a push.

    Args:
        n_files: files sent or known to have been.
        n_envelopes: sent now.
        n_objects: sent now.
        n_taken: of these, what the server took, or held already.
        n_failed: what it refused, and what we did not send.
        failures: id and reason; the first of them.
        n_known: files that had been sent whole before.
    """

    n_files: int = 0
    n_envelopes: int = 0
    n_objects: int = 0
    n_taken: int = 0
    n_failed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    n_known: int = 0

    def failed(self, name: str, why: str) -> None:
        """Note an object that was not taken."""
        self.n_failed += 1
        if len(self.failures) < MOST_REASONS:
            self.failures.append((name[:300], why[:300]))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "schema": "stillwatch.taxii-push/1",
            "files": self.n_files,
            "known_files": self.n_known,
            "envelopes": self.n_envelopes,
            "objects": self.n_objects,
            "taken": self.n_taken,
            "failed": self.n_failed,
            "failures": [{"id": name, "why": why} for name, why in self.failures],
        }


class Push:
    """Pushes to one collection.

    Args:
        connection: to its address.
        address: of the collection, for the state.
        state: what is remembered.
        max_content_length: of the API root, bytes; 0 asks it.
        said: told after each envelope, for progress.
    """

    def __init__(
        self, connection: Connection, address: str, state: ClientState, *,
        max_content_length: int = 0, said: Callable[[Pushed], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._address = address
        self._state = state
        self._length = max_content_length
        self._said = said

    def run(self, paths: Sequence[Path]) -> Pushed:
        """Send the objects of files and folders, in the order of their names.

        Raises:
            BadInput: a file is no bundle; nothing of it was sent.
            OutsideFailed: the server does not answer, or says no to a whole envelope.
        """
        pushed = Pushed()
        length = self._length or self._asked_length()
        for path in files_in(paths):
            self._send(path, length, pushed)
        return pushed

    def _send(self, path: Path, length: int, pushed: Pushed) -> None:
        raw = _content(path)
        digest = hashlib.sha256(raw).hexdigest()
        name = name_of("push", self._address, digest)
        known = self._state.get(name)
        pushed.n_files += 1
        if known.get("whole") is True:
            pushed.n_known += 1
            return
        done = known.get("envelopes", 0) if known.get("length") == length else 0
        things = [arrived(thing) for thing in _objects(raw, path)]
        bodies = [one.body for one in things if isinstance(one, Arrived)]
        n_failed = pushed.n_failed
        for one in things:
            if not isinstance(one, Arrived):
                pushed.failed(one.id, one.why)
        parts = list(envelopes(bodies, length))
        entry = {"about": self._address, "file": path.name, "length": length}
        for number, part in enumerate(parts[done:], start=done + 1):
            self._post(part, pushed)
            self._state.put(name, {**entry, "envelopes": number, "whole": False})
            self._said(pushed)
        whole = pushed.n_failed == n_failed
        # What was refused may be taken another time: a right may have come, a rule changed.
        envelopes_done = len(parts) if whole else 0
        self._state.put(name, {**entry, "envelopes": envelopes_done, "whole": whole})

    def _post(self, part: bytes, pushed: Pushed) -> None:
        answer = self._connection.post("objects/", part)
        if answer.status not in (200, 202):
            raise refused(answer, "the push stopped")
        status = self._final(answer.told)
        pushed.n_envelopes += 1
        pushed.n_objects += _count(status, "total_count")
        pushed.n_taken += _count(status, "success_count")
        reasons = status.get("failures") or []
        for one in reasons if isinstance(reasons, list) else []:
            if isinstance(one, dict):
                pushed.failed(str(one.get("id", "")), str(one.get("message", "no reason given")))
        silent = _count(status, "failure_count") - len(reasons)
        pushed.n_failed += max(silent, 0)

    def _final(self, status: Any) -> Any:
        """A status that is complete."""
        wait_s, end_s = _POLL_S[0], time.monotonic() + PATIENCE_S
        while status.get("status") != "complete":
            name = status.get("id")
            if not isinstance(name, str) or not set(name.lower()) <= set("0123456789abcdef-"):
                raise OutsideFailed("the server's status has no id.")
            if time.monotonic() > end_s:
                raise OutsideFailed(
                    f"the server has not finished in {PATIENCE_S:g} s.", remedy="Run it again."
                )
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _POLL_S[1])
            answer = self._connection.get(f"../../status/{name}/")
            if answer.status != 200:
                raise refused(answer, "the status cannot be read")
            status = answer.told
        return status

    def _asked_length(self) -> int:
        """What the API root reads at most, bytes."""
        answer = self._connection.get("../../")
        length = answer.told.get("max_content_length")
        if answer.status != 200 or not isinstance(length, int) or length < 1_024:
            return DEFAULT_LENGTH
        return min(length, 16 * DEFAULT_LENGTH)


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Files, and the ``*.json`` of folders in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.glob("*.json") if one.is_file())
        else:
            yield path


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None


def _objects(raw: bytes, path: Path) -> list[Any]:
    """The objects of a bundle, an envelope, a list or a single object."""
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is not JSON: {error}.", where=str(path)) from None
    if isinstance(told, dict) and isinstance(told.get("objects"), list):
        return list(told["objects"])
    if isinstance(told, list):
        return told
    if isinstance(told, dict) and "id" in told:
        return [told]
    raise BadInput("is neither a bundle nor an object.", where=str(path))


def _count(status: Any, name: str) -> int:
    value = status.get(name, 0)
    return value if isinstance(value, int) and value >= 0 else 0
