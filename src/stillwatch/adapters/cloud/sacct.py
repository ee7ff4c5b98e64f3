"""Slurm: what ``sacct --parsable2`` prints, streamed.

Times are the cluster's own; print them in UTC (``TZ=UTC sacct ...``), or name its zone. Steps of
jobs are passed over. ``JobName``, ``SubmitLine``, ``WorkDir`` and the like are what customers
wrote: refused. An id that comes again later was put back into the queue and started again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from stillwatch.adapters.cloud.columns import NOT_UTF8, refused
from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.readers.lines import Raw
from stillwatch.cloud.telemetry import Job
from stillwatch.model.errors import BadInput

#: fields of ``sacct`` that may come in, in lower case.
FIELDS: Final = frozenset(
    "jobid jobidraw account cluster submit eligible start end elapsed elapsedraw state exitcode "
    "nnodes ntasks ncpus alloccpus alloctres reqtres partition qos user timelimit".split()
)
_NEEDED: Final = ("jobid", "account", "start", "end", "state", "alloctres")
_WAITING: Final = ("PENDING", "REQUEUED", "RESIZING", "REVOKED", "PD", "RQ", "RS", "RV")
_NO_TIME: Final = ("Unknown", "None", "")
_GPU: Final = re.compile(r"gres/gpu(?::(?P<kind>[^=]+))?=(?P<n>\d+)")
_STEP: Final = re.compile(r"^\d+(?:_\d+|_\[.*\])?(?:\+\d+)?\..+")


def is_sacct(head: str) -> bool:
    """Whether a file's first line is the heading of ``sacct --parsable2`` (or ``--parsable``)."""
    names = head.strip().lower().split("|")
    return "jobid" in names and len(names) > 3


def read_sacct(lines: Iterable[Raw], file: str, into: Gathering, *, drop: bool) -> None:
    """Take the jobs of one file.

    Args:
        lines: of the file, heading first.
        file: its name, for rows that are set aside.
        into: what takes them.
        drop: pass over columns that are not allowed instead of refusing the file.

    Raises:
        NotAllowed: a column is not in the closed list.
        BadInput: a needed column is absent.
    """
    names: list[str] = []
    for raw in lines:
        if raw.reason:
            into.reject(file, raw.line, raw.reason)
            continue
        try:
            text = raw.data.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            into.reject(file, raw.line, NOT_UTF8)
            continue
        cells = text.split("|")
        if not names:
            names = [cell.strip().lower() for cell in cells]
            if names[-1] == "":
                names.pop()
            refused([n for n in names if n not in FIELDS], file, drop=drop)
            if missing := [n for n in _NEEDED if n not in names]:
                raise BadInput(f"column {missing[0]} is missing.", where=file)
            continue
        if len(cells) == len(names) + 1 and cells[-1] == "":
            cells.pop()
        if len(cells) != len(names):
            into.reject(file, raw.line, f"{len(cells)} fields where the heading has {len(names)}")
            continue
        _take(dict(zip(names, cells, strict=True)), file, raw.line, into)


def _take(row: dict[str, str], file: str, line: int, into: Gathering) -> None:
    state = row["state"].strip()
    word = state.split(" ")[0].rstrip("+")
    if _STEP.match(row["jobid"]) or word in _WAITING or row["start"].strip() in _NO_TIME:
        into.n_skipped += 1
        return
    started = into.clock.us(row["start"])
    ended = into.clock.us(row["end"], after_us=started or 0)
    running = row["end"].strip() in _NO_TIME
    if started is None or (ended is None and not running):
        into.reject(file, line, "start or end is no time")
        return
    n_devices, kind = _devices(row["alloctres"])
    nodes = row.get("nnodes", "1").strip()
    try:
        into.job(
            Job(
                job=row["jobid"].strip(),
                account=row["account"].strip() or row.get("user", "").strip(),
                submitted_us=into.clock.us(row.get("submit", "")) or 0,
                started_us=started,
                ended_us=started if ended is None else ended,
                running=running,
                state=word,
                n_nodes=int(nodes) if nodes.isdecimal() else 1,
                n_devices=n_devices,
                hardware=kind,
            )
        )
    except BadInput as error:
        into.reject(file, line, error.what.rstrip("."))


def _devices(tres: str) -> tuple[int, str]:
    """Accelerators in an ``AllocTRES``, and the kind that is named.

    >>> _devices("billing=8,cpu=64,gres/gpu:a100=8,gres/gpu=8,node=1")
    (8, 'a100')
    """
    total, named, kind = 0, 0, ""
    for found in _GPU.finditer(tres):
        if found["kind"]:
            named += int(found["n"])
            kind = kind or found["kind"]
        else:
            total = int(found["n"])
    return max(total, named), kind
