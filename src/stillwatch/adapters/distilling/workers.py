"""Processes that train and ask nets, several at a time, each with one core."""

from __future__ import annotations

import io
import os
import queue
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import orjson
from numpy.typing import NDArray

import stillwatch
from stillwatch.model.errors import OutsideFailed

Arrays = dict[str, NDArray[Any]]
#: what a process runs: nets of our own, or a real small language model.
NETS: Final = "stillwatch.adapters.distilling.torch_worker"
SMOLLM: Final = "stillwatch.adapters.distilling.smollm_worker"
_SIZES: Final = struct.Struct(">QQ")
_MOST_HEAD: Final = 64 * 2**20
_MOST_BODY: Final = 16 * 2**30
_INSTALL: Final = (
    "Install stillwatch with the extra `distil`, or name in distil.python (or "
    "STILLWATCH_DISTIL__PYTHON) an interpreter that has torch and numpy, such as that of "
    "`.venv-distil`, which `make distil` makes."
)


class Workers:
    """Processes that live while the block runs.

    Args:
        n: how many; more than there are cores make nothing faster.
        python: interpreter of an environment with torch; this one where none is named.
        module: what each runs, :data:`NETS` or :data:`SMOLLM`.
    """

    def __init__(self, n: int = 2, python: Path | None = None, module: str = NETS) -> None:
        self._python = str(python or sys.executable)
        self.n = n
        self._module = module
        self._all: list[Worker] = []
        self._idle: queue.Queue[Worker] = queue.Queue()

    def __enter__(self) -> Self:
        """Start them.

        Raises:
            OutsideFailed: the interpreter or torch is not there.
        """
        try:
            for _ in range(self.n):
                worker = Worker(self._python, self._module)
                self._all.append(worker)
                self._idle.put(worker)
            told = self._hello()
            self.versions = {name: str(told[name]) for name in ("torch", "numpy")}
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
        self.end()

    def end(self) -> None:
        """End them at once; whoever waits for one of them is told that it died."""
        for worker in self._all:
            worker.end()

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all of them so far."""
        return sum(worker.cpu_s for worker in self._all)

    def _hello(self) -> dict[str, Any]:
        try:
            return self._all[0].do({"do": "hello"}, {})[0]
        except OutsideFailed:
            raise OutsideFailed(f"{self._python} has no torch.", remedy=_INSTALL) from None

    @contextmanager
    def one(self) -> Iterator[Worker]:
        """A process that is nobody else's while the block runs; waits for one."""
        worker = self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put(worker)


class Worker:
    """One process.

    Args:
        python: its interpreter.
        module: what it runs.

    Raises:
        OutsideFailed: there is no such program.
    """

    def __init__(self, python: str, module: str) -> None:
        source = str(Path(stillwatch.__file__).parent.parent)
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        try:
            self._process = subprocess.Popen(
                [python, "-s", "-m", module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd="/", start_new_session=True,
                env={"PYTHONPATH": source, "PATH": os.defpath, **threads, **quiet},
            )  # fmt: skip
        except OSError as error:
            raise OutsideFailed(f"{python}: {error.strerror}.", remedy=_INSTALL) from None
        self.cpu_s = 0.0

    def do(
        self, head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]],
        on_progress: Callable[[float], None] | None = None,
    ) -> tuple[dict[str, Any], Arrays]:  # fmt: skip
        """One piece of work: what is told, and the arrays that were made.

        Raises:
            OutsideFailed: the process died, or could not do it.
        """
        try:
            self._send(head, arrays)
            while True:
                told, made = self._read()
                if "progress" not in told:
                    break
                if on_progress is not None:
                    on_progress(float(told["progress"]))
        except (OSError, ValueError, struct.error, zipfile.BadZipFile):
            self.end()
            raise OutsideFailed(
                "the process that trains died.",
                remedy=f"{_INSTALL} What was finished is kept; run it again to go on.",
            ) from None
        if "error" in told:
            raise OutsideFailed(f"training could not do {head['do']}: {told['error']}.")
        self.cpu_s += float(told.get("cpu_s", 0.0))
        return told, made

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _send(self, head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        assert self._process.stdin is not None
        body = io.BytesIO()
        np.savez(body, allow_pickle=False, **dict(arrays))
        data = orjson.dumps(head)
        self._process.stdin.write(_SIZES.pack(len(data), body.getbuffer().nbytes) + data)
        self._process.stdin.write(body.getbuffer())
        self._process.stdin.flush()

    def _read(self) -> tuple[dict[str, Any], Arrays]:
        assert self._process.stdout is not None
        n_head, n_body = _SIZES.unpack(self._process.stdout.read(_SIZES.size))
        if n_head > _MOST_HEAD or n_body > _MOST_BODY:
            raise ValueError("what came is no frame")
        told = orjson.loads(self._process.stdout.read(n_head))
        body = self._process.stdout.read(n_body)
        with np.load(io.BytesIO(body), allow_pickle=False) as kept:
            return told, {name: kept[name] for name in kept.files}
