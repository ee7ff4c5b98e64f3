"""The folder of one run: every request noted before it goes out, every answer on disk at once.

One file of lines that is only ever added to. ``asked`` stands before a request is sent and is
there after a kill; ``answer`` and ``failed`` are on the disk itself before anybody hears of
them. A rerun asks what has no answer. A request that was open when the process died may have
been paid for: it is counted at the most it can have cost.

Answers are content. They stand here and nowhere else, readable by the owner of the folder alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from stillwatch.adapters.asking.endpoint import Endpoint
from stillwatch.adapters.settled import hold_folder, put_in_place, settle_folder
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.asked import Answer, Probe, answer_from

LINES: Final = "answers.jsonl"
ABOUT: Final = "about.json"
SCHEMA: Final = "stillwatch.answers/1"
_WHOLE: Final = "Keep the folder as it is, and ask into another one."
Key = tuple[str, int]


class AnswerFolder:
    """Answers of one endpoint; one process at a time.

    Args:
        path: made where it is not there.
        endpoint: whose answers these are.

    Attributes:
        answers: what stands there, by probe and sample.
        n_torn: last lines that a crash cut off, 0 or 1.

    Raises:
        BadInput: the folder holds another endpoint's answers, or a line was changed.
        OutsideFailed: another process asks into it, or the disk refuses.
    """

    def __init__(self, path: Path, endpoint: Endpoint) -> None:
        self.path = path
        self.answers: dict[Key, Answer] = {}
        self.n_torn = 0
        self._digests: dict[str, str] = {}
        self._open: dict[str, float] = {}
        self._usd = 0.0
        self._turn = threading.Lock()
        self._nth = 0
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = hold_folder(path, "run", "Wait for it, or ask into another folder.")
        except OSError as error:
            raise self._cannot(error) from error
        try:
            self._check(endpoint)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            self._file = os.open(path / LINES, flags, 0o600)
        except BaseException as error:
            os.close(self._lock)
            if isinstance(error, OSError):
                raise self._cannot(error) from error
            raise
        try:
            os.fchmod(self._file, 0o600)
            self._end = self._load()
            settle_folder(path)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise self._cannot(error) from error
            raise

    @property
    def spent_usd(self) -> float:
        """What was paid, and the most that open and broken requests can have cost."""
        with self._turn:
            return self._usd + sum(self._open.values())

    def knows(self, probes: Iterable[Probe]) -> None:
        """Refuse probes that stand here under the same name with another content.

        Raises:
            BadInput: one was changed.
        """
        for probe in probes:
            if self._digests.get(probe.name, probe.digest()) != probe.digest():
                raise BadInput(
                    "was asked before with another text, limit, temperature or route.",
                    where=f"probe {probe.name}, {self.path}",
                    remedy="Give the changed probe another name, or ask into another folder.",
                )

    def asked(self, probe: Probe, sample: int, most_usd: float) -> str:
        """Note that a request goes out now; returns what it is noted under."""
        with self._turn:
            self._nth += 1
            name = f"{os.getpid()}-{self._nth}-{self._end}"
            self._open[name] = most_usd
            self._write([{
                "kind": "asked", "nth": name, "probe": probe.name, "sample": sample,
                "digest": probe.digest(), "most_usd": most_usd,
            }], settle=False)  # fmt: skip
            self._digests[probe.name] = probe.digest()
        return name

    def failed(self, nth: str, reason: str, usd: float) -> None:
        """Note that a request came to nothing, and what it can have cost."""
        with self._turn:
            self._write(
                [{"kind": "failed", "nth": nth, "reason": reason, "usd": usd}], settle=False
            )
            self._open.pop(nth, None)
            self._usd += usd

    def keep(self, answers: Sequence[tuple[str, Answer, str, float]]) -> None:
        """Keep answers; on the disk itself when this returns.

        Args:
            answers: what each request is noted under, the answer, the probe's digest, its cost.
        """
        lines = [
            {"kind": "answer", "nth": nth, "digest": digest, "usd": usd, "answer": answer.to_json()}
            for nth, answer, digest, usd in answers
        ]
        with self._turn:
            self._write(lines, settle=True)
            for line, (nth, answer, digest, _) in zip(lines, answers, strict=True):
                self._take_answer(line, answer, digest, nth)

    def close(self) -> None:
        """Let go of the folder."""
        for number in (getattr(self, "_file", None), self._lock):
            if number is not None:
                with suppress(OSError):
                    os.close(number)

    def __enter__(self) -> Self:
        """The folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder."""
        self.close()

    def _check(self, endpoint: Endpoint) -> None:
        path = self.path / ABOUT
        wanted = {"schema": SCHEMA, "endpoint": endpoint.identity(), "digest": endpoint.digest()}
        if not path.exists():
            put_in_place(path, orjson.dumps(wanted, option=orjson.OPT_INDENT_2))
            return
        if about(self.path).get("digest") != wanted["digest"]:
            raise BadInput(
                "holds answers of another endpoint, model or header.",
                where=str(self.path),
                remedy="Ask into another folder.",
            )

    def _load(self) -> int:
        """Read what stands there; a last line that a crash cut off is no line."""
        data = bytearray()
        while piece := os.pread(self._file, 1 << 20, len(data)):
            data += piece
        end = data.rfind(b"\n") + 1
        for number, line in enumerate(bytes(data[:end]).splitlines(), 1):
            self._take(line, number)
        if end < len(data):
            self.n_torn = 1
            os.ftruncate(self._file, end)
            os.fsync(self._file)
        return end

    def _take(self, line: bytes, number: int) -> None:
        where = f"{self.path / LINES}, line {number}"
        try:
            told = orjson.loads(line)
            if told["kind"] == "asked":
                self._open[told["nth"]] = float(told["most_usd"])
                self._digests[told["probe"]] = told["digest"]
            elif told["kind"] == "failed":
                self._open.pop(told["nth"], None)
                self._usd += float(told["usd"])
            else:
                answer = answer_from(told["answer"])
                self._take_answer(told, answer, told["digest"], told["nth"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, BadInput):
            raise BadInput("is no line of answers.", where=where, remedy=_WHOLE) from None

    def _take_answer(self, told: Mapping[str, Any], answer: Answer, digest: str, nth: str) -> None:
        self._open.pop(nth, None)
        self._usd += float(told["usd"])
        self._digests[answer.probe] = digest
        self.answers[answer.probe, answer.sample] = answer

    def _write(self, lines: Sequence[Mapping[str, Any]], *, settle: bool) -> None:
        whole = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
        try:
            left = memoryview(whole)
            while left:
                left = left[os.write(self._file, left) :]
            if settle:
                os.fsync(self._file)
        except OSError as error:
            # What comes next must not stand behind half a line.
            with suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise self._cannot(error) from error
        self._end += len(whole)

    def _cannot(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self.path}: answers cannot be kept there ({error.strerror}).",
            remedy="Free the disk or name another folder; what was kept stays.",
        )


def read_answers(path: Path) -> list[Answer]:
    """Answers of a folder, the last where one was asked again; takes no lock, changes nothing.

    Raises:
        BadInput: a line is none.
        OutsideFailed: it cannot be read.
    """
    try:
        data = (path / LINES).read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{path / LINES} cannot be read: {error.strerror}.") from None
    found: dict[Key, Answer] = {}
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        try:
            told = orjson.loads(line)
            if told["kind"] == "answer":
                answer = answer_from(told["answer"])
                found[answer.probe, answer.sample] = answer
        except (orjson.JSONDecodeError, KeyError, TypeError, BadInput):
            where = f"{path / LINES}, line {number}"
            raise BadInput("is no line of answers.", where=where, remedy=_WHOLE) from None
    return list(found.values())


def about(path: Path) -> dict[str, Any]:
    """Whose answers a folder holds.

    Raises:
        BadInput: the file is none.
        OutsideFailed: it cannot be read.
    """
    try:
        told = orjson.loads((path / ABOUT).read_bytes())
    except OSError as error:
        raise OutsideFailed(f"{path / ABOUT} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise BadInput("is no folder of answers.", where=str(path), remedy=_WHOLE)
    return told
