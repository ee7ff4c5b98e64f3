"""Ask probes of an endpoint: at its pace, within a limit of cost, and only what has no answer."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

from stillwatch.adapters.asking.calling import Caller, Refused, Reply, Transient, calling, wait_s
from stillwatch.adapters.asking.endpoint import Endpoint
from stillwatch.adapters.asking.estimating import input_tokens, least_tokens, most_usd
from stillwatch.adapters.asking.folder import AnswerFolder
from stillwatch.adapters.asking.wire import body_of
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed, StillwatchError
from stillwatch.vet.asked import Answer, Probe

#: failures in a row, with no answer between them, after which nothing more is asked.
IN_A_ROW: Final = 10
_PARTS_OF_A_MINUTE: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come.

    Args:
        n_wanted: answers in all, those of earlier runs too.
        n_done: that are there.
        n_failed: that came to nothing.
        spent_usd: at most, over all runs into the folder; 0 where no price is known.
    """

    n_wanted: int
    n_done: int
    n_failed: int
    spent_usd: float


OnProgress = Callable[[Progress], None]
Task = tuple[Probe, int]
#: what a request is noted under, its answer, the probe's digest, its cost; None is the end.
Kept = tuple[str, Answer, str, float] | None


def ask(
    probes: Sequence[Probe],
    endpoint: Endpoint,
    *,
    into: Path,
    on_progress: OnProgress | None = None,
) -> Iterator[Answer]:
    """Ask, and yield every answer: those that stand in the folder first, the others as they come.

    An answer is on the disk before it is yielded. Where nothing came, the answer's ``finish`` is
    ``error``; it is asked again by the next run, unless the endpoint refused it for good.

    Args:
        probes: what is asked; names are distinct.
        endpoint: who is.
        into: folder of this endpoint's answers; a rerun goes on there.
        on_progress: told after each answer, in the thread of whoever iterates.

    Raises:
        BadInput: a name stands twice, a probe was changed since it was asked, the interface
            cannot carry one, or the folder is another endpoint's.
        BadSettings: the key is not there.
        NotAllowed: the limit of cost is reached; what is there was yielded.
        OutsideFailed: the endpoint answers nothing any more, or the disk refuses.
    """
    check(probes, endpoint)
    with AnswerFolder(into, endpoint) as folder:
        folder.knows(probes)
        todo = [(one, nth) for one in probes for nth in range(one.n_samples)]
        n_wanted, n_failed = len(todo), 0
        had = [folder.answers[one.name, nth] for one, nth in todo if _is_there(folder, one, nth)]
        left = [(one, nth) for one, nth in todo if not _is_there(folder, one, nth)]
        # The requests end before the folder is let go, whoever stops listening.
        with closing(_Run(left, endpoint, folder).answers() if left else _none()) as fresh:
            for n_done, answer in enumerate(chain(had, fresh), 1):
                n_failed += answer.finish == "error"
                if on_progress is not None:
                    on_progress(Progress(
                        n_wanted=n_wanted, n_done=n_done - n_failed, n_failed=n_failed,
                        spent_usd=folder.spent_usd,
                    ))  # fmt: skip
                yield answer


def check(probes: Sequence[Probe], endpoint: Endpoint) -> None:
    """Refuse what cannot be asked, before anything is.

    Raises:
        BadInput: a name stands twice, or the interface cannot carry a probe.
    """
    names = set[str]()
    for probe in probes:
        if probe.name in names:
            raise BadInput("stands twice.", where=f"probe {probe.name}")
        names.add(probe.name)
        body_of(endpoint, probe)


def _none() -> Generator[Answer]:
    yield from ()


def _is_there(folder: AnswerFolder, probe: Probe, nth: int) -> bool:
    return (probe.name, nth) in folder.answers


class _Run:
    """The requests of one run, in a thread with a loop of its own."""

    def __init__(self, todo: Sequence[Task], endpoint: Endpoint, folder: AnswerFolder) -> None:
        self._endpoint, self._folder = endpoint, folder
        self._todo = iter(todo)
        self._out = queue.SimpleQueue[Answer | BaseException | None]()
        self._n_in_a_row = 0
        self._n_open = 0
        self._settled = asyncio.Event()
        self._not_before_s = 0.0
        self._ended: StillwatchError | None = None
        self._left = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._job: asyncio.Task[None] | None = None
        self._requests = AsyncLimiter(1, 60.0 / endpoint.requests_per_minute)
        self._tokens = None
        if endpoint.tokens_per_minute:
            largest = max((_tokens(probe) for probe, _ in todo), default=1.0)
            room = max(largest, endpoint.tokens_per_minute / _PARTS_OF_A_MINUTE)
            self._tokens = AsyncLimiter(room, 60.0 * room / endpoint.tokens_per_minute)

    def answers(self) -> Generator[Answer]:
        """Every answer as it comes; whoever stops listening stops the asking."""
        thread = threading.Thread(target=self._work, name="asking", daemon=True)
        thread.start()
        try:
            while (found := self._out.get()) is not None:
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            self._leave()
            thread.join()

    def _leave(self) -> None:
        self._left.set()
        loop, job = self._loop, self._job
        if loop is not None and job is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(job.cancel)

    def _work(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._out.put(error)
        finally:
            self._out.put(None)

    async def _main(self) -> None:
        self._loop, self._job = asyncio.get_running_loop(), asyncio.current_task()
        kept = asyncio.Queue[Kept]()
        async with calling(self._endpoint) as caller:
            keeping = asyncio.create_task(self._keep(kept))
            n_askers = self._endpoint.concurrency
            askers = [asyncio.create_task(self._ask(caller, kept)) for _ in range(n_askers)]
            asking = asyncio.gather(*askers, return_exceptions=True)
            try:
                both: set[asyncio.Future[Any]] = {keeping, asking}
                await asyncio.wait(both, return_when="FIRST_COMPLETED")
            finally:
                for one in askers:
                    one.cancel()
                found: list[object] = [*await asyncio.gather(*askers, return_exceptions=True)]
                # What has come is kept, whatever stopped the rest.
                kept.put_nowait(None)
                found += await asyncio.gather(keeping, return_exceptions=True)
        for error in (self._ended, *found):
            if isinstance(error, Exception):
                raise error

    async def _ask(self, caller: Caller, kept: asyncio.Queue[Kept]) -> None:
        for probe, nth in self._todo:
            if self._ended is not None or self._left.is_set():
                return
            trying = AsyncRetrying(
                stop=stop_after_attempt(self._endpoint.tries), wait=wait_s,
                retry=retry_if_exception_type(Transient), reraise=True,
            )  # fmt: skip
            found: tuple[str, Reply]
            try:
                found = await trying(self._once, caller, probe, nth)
            except Transient as error:
                self._out.put(_nothing(probe, nth, str(error)))
                self._count_failure(str(error))
            except Refused as error:
                kept.put_nowait(("", _nothing(probe, nth, str(error)), probe.digest(), 0.0))
                self._count_failure(str(error))
            except (NotAllowed, OutsideFailed) as error:
                # Others finish what they have sent; nobody begins anything.
                self._end(error)
            else:
                name, reply = found
                self._n_in_a_row = 0
                usd = self._cost(probe, reply)
                kept.put_nowait((name, _answer(probe, nth, reply), probe.digest(), usd))

    async def _once(self, caller: Caller, probe: Probe, nth: int) -> tuple[str, Reply]:
        """Send a request once, noted before it goes out."""
        await self._requests.acquire()
        if self._tokens is not None:
            await self._tokens.acquire(_tokens(probe))
        loop = asyncio.get_running_loop()
        while (left_s := self._not_before_s - loop.time()) > 0:
            await asyncio.sleep(left_s)
        if self._ended is not None:
            raise self._ended
        most = most_usd(probe, self._endpoint)
        await self._afford(most)
        name = self._folder.asked(probe, nth, most)
        self._n_open += 1
        try:
            return name, await caller.call(probe)
        except (Transient, Refused) as error:
            self._folder.failed(name, str(error), most if error.may_be_paid else 0.0)
            self._settle(1)
            if isinstance(error, Transient) and error.wait_s:
                self._not_before_s = max(self._not_before_s, loop.time() + error.wait_s)
            raise
        except OutsideFailed as error:
            self._folder.failed(name, error.what, 0.0)
            self._settle(1)
            raise

    async def _afford(self, most: float) -> None:
        """Wait until open requests have told their price, where theirs may be too much.

        Raises:
            NotAllowed: one more may pass the limit.
        """
        limit = self._endpoint.most_usd
        while limit is not None and self._folder.spent_usd + most > limit:
            if not self._n_open:
                raise NotAllowed(
                    f"up to {self._folder.spent_usd:.4f} USD are spent, and one more answer may "
                    f"pass {limit:g} USD; what was answered is kept",
                    by_rule="most_usd",
                )
            self._settled.clear()
            await self._settled.wait()

    def _settle(self, n: int) -> None:
        self._n_open -= n
        self._settled.set()

    def _count_failure(self, reason: str) -> None:
        self._n_in_a_row += 1
        if self._n_in_a_row >= IN_A_ROW:
            self._end(OutsideFailed(
                f"{IN_A_ROW} probes in a row came to nothing; the last: {reason}.",
                remedy="Look at the endpoint and run it again; answers are kept.",
            ))  # fmt: skip

    def _end(self, error: StillwatchError) -> None:
        if self._ended is None:
            self._ended = error

    def _cost(self, probe: Probe, reply: Reply) -> float:
        """By the endpoint's own count where that can be; at the most where it did not count."""
        n_in, n_out = reply.said.input_tokens, reply.said.output_tokens
        if n_in is None or n_out is None:
            return most_usd(probe, self._endpoint)
        least_in, least_out = input_tokens(probe)[0], least_tokens(reply.said.text)
        return self._endpoint.usd(max(n_in, least_in), max(n_out, least_out)) or 0.0

    async def _keep(self, kept: asyncio.Queue[Kept]) -> None:
        """Put what has come on the disk, all that waits at once, and only then tell of it."""
        while (first := await kept.get()) is not None:
            waiting, last = [first], False
            while not kept.empty():
                found = kept.get_nowait()
                last = last or found is None
                waiting += [found] if found is not None else []
            await asyncio.to_thread(self._folder.keep, waiting)
            self._settle(sum(bool(name) for name, *_ in waiting))
            for _, answer, _, _ in waiting:
                self._out.put(answer)
            if last:
                return


def _tokens(probe: Probe) -> float:
    return input_tokens(probe)[1] + probe.max_tokens


def _answer(probe: Probe, nth: int, reply: Reply) -> Answer:
    said = reply.said
    return Answer(
        probe=probe.name, sample=nth, text=said.text, said_model=said.model, finish=said.finish,
        input_tokens=said.input_tokens, output_tokens=said.output_tokens,
        asked_us=reply.asked_us, took_us=reply.took_us, route=probe.route, tags=probe.tags,
        headers=reply.headers,
    )  # fmt: skip


def _nothing(probe: Probe, nth: int, reason: str) -> Answer:
    return Answer(
        probe=probe.name, sample=nth, text="", said_model="", finish="error", input_tokens=None,
        output_tokens=None, asked_us=0, took_us=0, route=probe.route, tags=probe.tags,
        error=reason,
    )  # fmt: skip
