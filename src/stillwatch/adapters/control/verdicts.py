"""The record of verdicts: what was said and what was done, apart, for every touched request.

Requests of which nothing is said leave no line. Nothing that people wrote and no key is in it.
A decision never waits for it: lines wait in memory for at most half a second, and where the
disk cannot keep up they are dropped and counted.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.control import Facts, Verdict
from stillwatch.model.errors import BadInput

EVERY_S: Final = 0.5
MOST_WAITING: Final = 100_000
LARGEST_BYTES: Final = 256 << 20


class VerdictRecord:
    """A file of verdicts, one a line; the former file is kept beside it when it grows large.

    Args:
        path: the file.
        largest_bytes: size from which a new file is begun.

    Attributes:
        n_dropped: verdicts that could not be kept.
    """

    def __init__(self, path: Path, *, largest_bytes: int = LARGEST_BYTES) -> None:
        self._path = path
        self._largest = largest_bytes
        self._waiting: deque[dict[str, Any]] = deque()
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="verdicts", daemon=True)
        self.n_dropped = 0

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    def note(self, facts: Facts, verdict: Verdict, now_us: int) -> None:
        """Keep a verdict, where anything was said."""
        if verdict.says == "observe" and not verdict.says_alters:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.n_dropped += 1
            return
        self._waiting.append(
            {
                "at_us": now_us,
                "exchange": facts.exchange_id,
                "account": facts.account_id,
                "campaign": facts.campaign_id,
                **verdict.to_json(),
            }
        )

    def flush(self) -> None:
        """Write what waits; a disk that refuses costs lines, not decisions."""
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not lines:
                return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                if self._path.exists() and self._path.stat().st_size >= self._largest:
                    self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                with self._path.open("ab") as file:
                    self._path.chmod(0o600)
                    file.write(b"".join(orjson.dumps(x, option=_LINE) for x in lines))
            except OSError:
                self.n_dropped += len(lines)

    def stop(self) -> None:
        """Write what waits and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.flush()


_LINE: Final = orjson.OPT_APPEND_NEWLINE


def summed(path: Path) -> list[dict[str, Any]]:
    """The record by rule: how often it spoke, what was said, what was done, who was spared.

    Raises:
        BadInput: there is no record, or a line of it is none.
    """
    counts: dict[str, Counter[str]] = {}
    accounts: dict[str, set[str]] = {}
    for verdict in _lines(path):
        for rule in verdict["rules"] or ("(a person's decision)",):
            mine = counts.setdefault(rule, Counter())
            mine.update([f"says {verdict['says']}", f"does {verdict['does']}"])
            mine.update([f"spared: {verdict['spared']}"] if verdict["spared"] else [])
            mine["n"] += 1
            accounts.setdefault(rule, set()).add(verdict["account"])
    return [
        {
            "rule": rule,
            "n": mine.pop("n"),
            "n_accounts": len(accounts[rule]),
            **dict(sorted(mine.items())),
        }
        for rule, mine in sorted(counts.items())
    ]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError:
                    if line.endswith(b"\n"):
                        raise BadInput("is no verdict.", where=f"{path}, line {number}") from None
    except OSError as error:
        raise BadInput(
            f"there is no record of verdicts: {error.strerror}.",
            where=str(path),
            remedy="A server writes it into the folder of the setting control.folder.",
        ) from error
