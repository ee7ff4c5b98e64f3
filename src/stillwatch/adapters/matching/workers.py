"""Processes that do the protocol's arithmetic, several at a time, each given a piece."""

from __future__ import annotations

import queue
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed

POINT: Final = 33
"""Bytes of one element on the wire."""
PIECE: Final = 2_000
"""Items that a process is given at a time: about 0.2 s of work."""
_SCRIPT: Final = Path(__file__).with_name("psi_worker.py")
_SIZES: Final = struct.Struct(">QQ")
_INSTALL: Final = (
    "Install stillwatch with the extra `match`, or name in match.python an interpreter that has "
    "openmined-psi."
)


class Workers:
    """Processes that live while the block runs.

    Args:
        n: how many.
        python: interpreter of an environment with openmined-psi; this one where none is named.
    """

    def __init__(self, n: int = 2, python: Path | None = None) -> None:
        self._python = str(python or sys.executable)
        self._n = n
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
        self._threads = ThreadPoolExecutor(n)

    def __enter__(self) -> Self:
        """Start them.

        Raises:
            OutsideFailed: the library is not there.
        """
        try:
            for _ in range(self._n):
                self._start()
            self.drawn_key()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End them."""
        for process in self._all:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
        self._threads.shutdown()

    def drawn_key(self) -> str:
        """A new secret of the protocol, hexadecimal."""
        return str(self._work({"do": "key"}, b"")[0]["key"])

    def set_of(self, key: str, items: Sequence[str]) -> bytes:
        """Elements of the answering side's items, sorted."""
        return self._work({"do": "set", "key": key, "items": list(items)}, b"")[1]

    def sets_of(
        self, key: str, pieces: Sequence[Sequence[str]], done: Callable[[int, bytes], None]
    ) -> None:
        """Elements of many pieces; ``done`` is told number and elements as each is ready."""

        def one(nth: int) -> tuple[int, bytes]:
            return nth, self.set_of(key, pieces[nth])

        for nth, made in self._threads.map(one, range(len(pieces))):
            done(nth, made)

    def ask(self, key: str, items: Sequence[str], *, size_only: bool) -> bytes:
        """The asking side's elements, in the order of the items."""

        def one(at: int) -> bytes:
            head = {"do": "ask", "key": key, "size": size_only, "items": items[at : at + PIECE]}
            return self._work(head, b"")[1]

        return b"".join(self._threads.map(one, range(0, len(items), PIECE)))

    def answer(self, key: str, elements: bytes, *, size_only: bool) -> bytes:
        """The answering side's reply; sorted, hence in no order, where only sizes are told.

        Raises:
            BadInput: something among the elements is none.
        """
        if len(elements) % POINT:
            raise BadInput("the elements have no whole number.")

        def one(at: int) -> bytes:
            head = {"do": "answer", "key": key, "size": size_only}
            return self._work(head, elements[at : at + PIECE * POINT])[1]

        found = b"".join(self._threads.map(one, range(0, len(elements), PIECE * POINT)))
        return joined([found]) if size_only else found

    def meet(self, key: str, answers: bytes, elements: bytes) -> list[int]:
        """Positions of our items that the other side's set holds."""
        head = {"do": "meet", "key": key, "size": False, "n_answers": len(answers) // POINT}
        return sorted(int(at) for at in self._work(head, answers + elements)[0]["positions"])

    def count(self, key: str, answers: bytes, elements: bytes) -> int:
        """How many of our items the other side's set holds."""
        head = {"do": "meet", "key": key, "size": True, "n_answers": len(answers) // POINT}
        return int(self._work(head, answers + elements)[0]["n"])

    def _work(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._idle.get()
        try:
            told, out = _exchange(process, head, body)
        except (OSError, ValueError, struct.error):
            process.kill()
            process.wait()
            self._all.remove(process)
            self._start()
            raise OutsideFailed("a process of the matching died.", remedy=_INSTALL) from None
        self._idle.put(process)
        if "error" in told:
            raise BadInput(f"the protocol refused what it was given: {told['error']}.")
        return told, out

    def _start(self) -> None:
        try:
            process = subprocess.Popen(
                [self._python, "-I", str(_SCRIPT)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd="/", env={},
            )  # fmt: skip
        except OSError as error:
            raise OutsideFailed(f"{self._python}: {error.strerror}.", remedy=_INSTALL) from None
        self._all.append(process)
        self._idle.put(process)


def joined(parts: Sequence[bytes]) -> bytes:
    """All elements of several bodies, sorted, so that the order says nothing."""
    return b"".join(sorted(p[i : i + POINT] for p in parts for i in range(0, len(p), POINT)))


def _exchange(
    process: subprocess.Popen[bytes], head: dict[str, Any], body: bytes
) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None and process.stdout is not None
    data = orjson.dumps(head)
    process.stdin.write(_SIZES.pack(len(data), len(body)) + data)
    process.stdin.write(body)
    process.stdin.flush()
    n_head, n_body = _SIZES.unpack(process.stdout.read(_SIZES.size))
    told = orjson.loads(process.stdout.read(n_head))
    return told, process.stdout.read(n_body)
