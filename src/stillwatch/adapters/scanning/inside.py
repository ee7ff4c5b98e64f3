"""What runs in the jail: our own checks, and the unpacking of archives.

Words: ``examine`` or ``unpack``. Standard input is a JSON object with ``jobs`` and what they
need; a line of JSON comes back for each. Each job runs in a child that is given its time: one
that dies or hangs costs its own answer and no other.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.scanning.unpacking import Bounds, unpack
from stillwatch.vet.files import checks
from stillwatch.vet.files.formats import CONTAINERS, Format
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

Job = dict[str, Any]
_LONGEST_LINE: Final = 8 * 2**20
_ALONE: Final = frozenset({Format.HDF5.value, Format.ONNX.value})
"""Read by libraries in C: each in a child of its own, which can tell nothing of other files."""


def examined(job: Job, shared: dict[str, Any]) -> dict[str, Any]:
    """Our own sight of one file, as each of its formats."""
    kinds = [Format(one) for one in job["formats"]]
    sights = []
    for kind in kinds:
        if kind in CONTAINERS:
            continue
        with open(job["path"], "rb") as stream:
            sights.append(
                checks.examine(kind, stream, job["size"], job["name"], shared["references"])
            )
    if Format.PICKLE not in kinds:
        with open(job["path"], "rb") as stream:
            if (hidden := checks.as_pickle_too(stream, job["size"])) is not None:
                sights.append(hidden)
    return {"sight": None if not sights else checks.together(sights).to_json()}


def unpacked(job: Job, shared: dict[str, Any]) -> dict[str, Any]:
    """Members of one container, and our own sight of it."""
    folder = Path(job["out"])
    folder.mkdir()
    bounds = Bounds(folder, shared["most_bytes"], shared["most_members"])
    # What one takes, the others in this child have no more; whoever started it counts again.
    members: list[tuple[str, str]] = []
    sights = []
    for kind in (Format(one) for one in job["formats"]):
        if kind not in CONTAINERS or kind is Format.SEVEN_ZIP:
            continue
        with open(job["path"], "rb") as stream:
            found = unpack(kind, stream, job["size"], job["name"], bounds)
        members += found.members
        verdicts = [Verdict.CLEAN, *(one for one, _ in found.reasons)]
        sights.append(
            Sight(
                scanner=checks.OWN,
                verdict=gravest(verdicts),
                because=tuple(dict.fromkeys(text for _, text in found.reasons)),
                read_all=found.whole,
            )
        )
    shared["most_bytes"], shared["most_members"] = bounds.left_bytes, bounds.left_members
    return {"members": members, "sight": checks.together(sights).to_json() if sights else None}


_WORK: Final[dict[str, Callable[[Job, dict[str, Any]], dict[str, Any]]]] = {
    "examine": examined, "unpack": unpacked,
}  # fmt: skip


def _answers(work: str, jobs: list[Job], shared: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An answer for each job, in order, whatever becomes of the children."""
    at = 0
    while at < len(jobs):
        alone = [n for n in range(at, len(jobs)) if _ALONE & set(jobs[n]["formats"])]
        end = len(jobs) if not alone else at + 1 if alone[0] == at else alone[0]
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            os.close(source)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # answers go through the pipe alone
            _work_through(work, jobs[at:end], shared, sink)
        os.close(sink)
        for line, why in _lines(source, float(shared["wall_s"])):
            if line is None:
                os.kill(child, signal.SIGKILL)
                yield {"id": jobs[at]["id"], "failed": why}
            else:
                yield {**json.loads(line), "id": jobs[at]["id"]}  # of its own file alone
            at += 1
            if line is None or at == end:
                break
        os.close(source)
        _, status = os.waitpid(child, 0)
        del status


def _work_through(work: str, jobs: list[Job], shared: dict[str, Any], sink: int) -> None:
    code = 0
    try:
        with os.fdopen(sink, "wb", buffering=0) as out:
            for job in jobs:
                try:
                    told = _WORK[work](job, shared)
                except Exception as error:
                    told = {"failed": f"{type(error).__name__}: {error}"[:200]}
                out.write(json.dumps(told).encode() + b"\n")
    except BaseException:
        code = 1
    finally:
        os._exit(code)


def _lines(source: int, wall_s: float) -> Iterator[tuple[bytes | None, str]]:
    """Each line that a child writes in its time; None, and why, where one does not come."""
    data, until = b"", time.monotonic() + wall_s
    while True:
        line, found, rest = data.partition(b"\n")
        if found:
            data, until = rest, time.monotonic() + wall_s
            yield line, ""
            continue
        left_s = until - time.monotonic()
        if left_s <= 0:
            yield None, f"took longer than {wall_s:g} s"
            return
        ready, _, _ = select.select([source], [], [], min(left_s, 1.0))
        if ready:
            piece = os.read(source, 2**16)
            if not piece:
                yield None, "ended before it answered: it ran out of memory or broke down"
                return
            data += piece
            if len(data) > _LONGEST_LINE:
                yield None, "answered more than is taken"
                return


def main() -> None:
    """Work through what standard input tells."""
    told = json.load(sys.stdin)
    sys.setrecursionlimit(2_000)
    for answer in _answers(sys.argv[1], told["jobs"], told):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
