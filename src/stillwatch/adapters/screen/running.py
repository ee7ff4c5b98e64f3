"""Running: a file of customers screened block by block, by several processes, with resume."""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.adapters.resuming import fingerprint
from stillwatch.adapters.screen.blocks import Blocks
from stillwatch.adapters.screen.customers import BLOCK_ROWS, Row, blocks
from stillwatch.adapters.screen.gathering import Gathered
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.answering import Advice, answer
from stillwatch.screen.asked import Asked, asked_from
from stillwatch.screen.clearances import Clearance
from stillwatch.screen.matches import Called, Match
from stillwatch.screen.regimes import Regimes

COULD_NOT_LOOK = "could_not_look"
#: how often a worker looks whether its parent is still there.
_LOOK_EVERY_S = 0.5
#: rows that are screened together.
_AT_ONCE = 500
_LAYERS = ("legal_prohibition", "policy_choice", "risk_note")
RESULT_SCHEMA: pa.Schema = pa.schema(
    [
        ("customer", pa.string()),
        ("advice", pa.string()),
        ("n_matches", pa.int32()),
        ("n_faint", pa.int32()),
        ("best_listing", pa.string()),
        ("best_called", pa.string()),
        ("best_p_name", pa.float64()),
        ("screening", pa.string()),
        ("answer", pa.string()),
    ]
)


@dataclass(slots=True)
class Done:
    """What a run came to.

    Args:
        n_rows: customers.
        n_resumed: of them, screened by an earlier run.
        advice: how often each advice was given.
        called: how often each kind of match was found.
    """

    n_rows: int = 0
    n_resumed: int = 0
    advice: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Job:
    """What every block is screened with."""

    gathered: Gathered
    regimes: Regimes
    day: str
    clearances: Mapping[tuple[str, str], Clearance]


def screen_rows(job: Job, rows: Sequence[Row], first: int) -> list[dict[str, Any]]:
    """Customers' lines of the result; a row that cannot be read says so.

    Args:
        job: with what.
        rows: of the customers file.
        first: number of the first of them, from 1.
    """
    told: list[dict[str, Any]] = []
    for begin in range(0, len(rows), _AT_ONCE):
        lines: dict[int, dict[str, Any]] = {}
        asked: list[tuple[int, Asked]] = []
        for number, row in enumerate(rows[begin : begin + _AT_ONCE], start=first + begin):
            try:
                asked.append((number, asked_from(row, number)))
            except BadInput as error:
                lines[number] = {
                    "customer": str(row.get("customer") or number),
                    "advice": COULD_NOT_LOOK,
                    "could_not_look": [str(error)],
                }
        found = job.gathered.lists.match_many([one for _, one in asked], job.clearances)
        for (number, one), matches in zip(asked, found, strict=True):
            lines[number] = _line(job, one, matches)
        told += [lines[number] for number in sorted(lines)]
    return told


def _line(job: Job, asked: Asked, matches: Sequence[Match]) -> dict[str, Any]:
    if all(one.called is Called.FAINT for one in matches):
        # A line that rests on nothing of its own needs no name of its own.
        line = {"customer": asked.customer, "advice": Advice.GO_ON.value}
        return {**line, "n_faint": len(matches)} if matches else line
    told = answer(
        asked,
        matches,
        day=job.day,
        regimes=job.regimes,
        rests_on=job.gathered.rests_on,
    )
    # What is the same for every line stands in the summary; what is empty is left out.
    kept = ("customer", "advice", "id", "asked", "n_faint", "matches", *_LAYERS)
    return {key: told[key] for key in kept if told[key] not in ([], 0)}


def run(
    job: Job,
    customers: Path,
    state: Path,
    *,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> tuple[Blocks, Done]:
    """Screen a file; finished blocks stand in ``state``.

    Args:
        job: with what.
        customers: whom.
        state: folder of the run.
        processes: how many work at once.
        progress: called with the number of customers that are done.

    Returns:
        (the folder, still held; what it came to).

    Raises:
        BadInput: the customers cannot be read.
        BadSettings: the folder was made for something else.
        OutsideFailed: a process was killed, or the disk refuses.
    """
    wanted = {
        "customers": fingerprint(customers), "date": job.day, "block_rows": BLOCK_ROWS,
        **job.gathered.rests_on.to_json(),
        "clearances": sorted(one.id for one in job.clearances.values()),
    }  # fmt: skip
    folder = Blocks(state, wanted)
    try:
        there = folder.done()
        done = Done(n_resumed=0)
        todo = (one for one in blocks(customers) if one[0] not in there)
        n_done = len(there) * BLOCK_ROWS
        with lists_left_alone():
            for number, rows in _screened(job, todo, processes, folder.lock):
                folder.keep(number, rows)
                n_done += len(rows)
                if progress is not None:
                    progress(n_done)
        for row in folder.rows():
            done.n_rows += 1
            done.advice[row["advice"]] += 1
            done.called.update(one["called"] for one in row.get("matches", ()))
        done.n_resumed = min(len(there) * BLOCK_ROWS, done.n_rows)
    except BaseException:
        folder.__exit__(None, None, None)
        raise
    return folder, done


@contextmanager
def lists_left_alone() -> Iterator[None]:
    """Keep the collector of garbage off what was gathered: it would go through all of it often.

    While it holds, garbage in rings is looked for once a block, among what came since.
    """
    enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()


def write_jsonl(path: Path, folder: Blocks) -> None:
    """Write the lines of a run to one file, in the order of the customers.

    Raises:
        OutsideFailed: the disk refuses.
    """
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("wb") as file:
            for row in folder.rows():
                file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        half.replace(path)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def write_parquet(path: Path, folder: Blocks) -> None:
    """Write a run as a table: a row a customer, the whole answer as JSON in the last column.

    Raises:
        OutsideFailed: the disk refuses.
    """
    half = path.with_name(f".{path.name}.half")
    try:
        with pq.ParquetWriter(half, RESULT_SCHEMA, compression="zstd") as sink:
            held: list[dict[str, Any]] = []
            for row in folder.rows():
                held.append(_flat(row))
                if len(held) == 20_000:
                    sink.write_table(pa.Table.from_pylist(held, schema=RESULT_SCHEMA))
                    held = []
            sink.write_table(pa.Table.from_pylist(held, schema=RESULT_SCHEMA))
        half.replace(path)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error}.") from None


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    matches = row.get("matches", ())
    best: Mapping[str, Any] = next((one for one in matches if one["called"] != Called.CLEARED), {})
    return {
        "customer": row["customer"], "advice": row["advice"], "n_matches": len(matches),
        "n_faint": row.get("n_faint", 0), "best_listing": best.get("listing"),
        "best_called": best.get("called"), "best_p_name": best.get("p_name"),
        "screening": row.get("id"), "answer": orjson.dumps(row).decode(),
    }  # fmt: skip


_JOB: Job | None = None


def _screened(
    job: Job, todo: Iterator[tuple[int, list[Row]]], processes: int, lock: int
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    if processes == 1:
        for number, rows in todo:
            yield number, _block(job, number, rows)
        return
    # Forked processes share what was gathered; they are made before anything starts a thread.
    global _JOB  # noqa: PLW0603
    _JOB = job
    context = mp.get_context("fork")
    try:
        with ProcessPoolExecutor(
            processes, mp_context=context, initializer=_alone, initargs=(lock, os.getpid())
        ) as pool:
            pool.submit(_of_pool, (-1, [])).result()
            waiting: deque[Future[tuple[int, list[dict[str, Any]]]]] = deque()
            for one in todo:
                waiting.append(pool.submit(_of_pool, one))
                if len(waiting) >= 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool:
        raise OutsideFailed(
            "a process that screened was killed.",
            remedy="Run the same command again: it goes on after the last finished block.",
        ) from None
    finally:
        _JOB = None


def _alone(lock: int, parent: int) -> None:
    """Leave the keyboard's stop and the hold on the folder to the parent, and end with it.

    A worker that kept the lock, or went on waiting for work after its parent was killed, would
    keep the next run out of the folder.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(lock)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


def _of_pool(one: tuple[int, list[Row]]) -> tuple[int, list[dict[str, Any]]]:
    if _JOB is None:
        raise OutsideFailed("a process was started without its job.")
    return one[0], _block(_JOB, *one)


def _block(job: Job, number: int, rows: list[Row]) -> list[dict[str, Any]]:
    lines = screen_rows(job, rows, number * BLOCK_ROWS + 1)
    gc.collect()
    return lines
