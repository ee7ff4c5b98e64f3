"""Watching: sources, the log, the looks and the page of metrics, put together."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.addresses import address_of, is_loopback
from stillwatch.adapters.ingest import key_id, read_key
from stillwatch.adapters.live.admission import Admission
from stillwatch.adapters.live.arrivals import Source, Waiting
from stillwatch.adapters.live.committing import Committer
from stillwatch.adapters.live.frames import write_settled
from stillwatch.adapters.live.ledger import Ledger
from stillwatch.adapters.live.log import Log
from stillwatch.adapters.live.metrics import CONTENT_TYPE, Metrics
from stillwatch.adapters.live.serving import Answer, App, Request, Server
from stillwatch.adapters.live.sources.naming import source_of
from stillwatch.adapters.live.ticking import Pace, Ticking
from stillwatch.adapters.readers import RejectsFile
from stillwatch.adapters.settings import Settings
from stillwatch.model.errors import BadSettings, OutsideFailed

#: a watcher whose last look is older than so many rounds is not ready.
_ROUNDS = 10
_LEAST_PATIENCE_S = 600.0
_JOIN_S = 60.0
#: rows from the future, and none from the past between them, that are no sender's mistake.
_MANY_AHEAD = 1000
#: pages that need no token.
_OPEN = frozenset({"/metrics", "/healthz", "/readyz"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks to be watched.

    Attributes:
        sources: folders and addresses.
        state: folder that holds everything.
        accounts, releases: tables beside the traffic.
        listen: ``HOST:PORT`` of the page of metrics; none if empty.
        rejects: file for rows that are set aside.
        once: take what is there, look, and end.
        keep_text: keep a few prompts an account for template examples.
    """

    sources: Sequence[str]
    state: Path
    accounts: Path | None = None
    releases: Path | None = None
    listen: str = ""
    rejects: Path | None = None
    once: bool = False
    keep_text: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a watcher stands; for a line of progress and for those who ask."""

    n_taken: int
    n_set_aside: int
    n_campaigns: int
    lag_s: float
    problems: tuple[str, ...]


class Watch:
    """A watcher at work; everything runs in threads until it is closed.

    Args:
        settings: what is in force.
        wanted: what is asked for.
        on_event: called with each event of a campaign.

    Raises:
        BadSettings, BadInput: something asked for cannot be.
        OutsideFailed: another watcher has the folder, or nobody may listen there.
    """

    def __init__(
        self, settings: Settings, wanted: Wanted, on_event: Callable[[dict[str, Any]], None]
    ) -> None:
        """Open everything; nothing is taken yet."""
        self._wanted = wanted
        section, room = settings.watch, settings.detect
        key_file = room.key_file or _own_key(wanted.state)
        key = read_key(key_file)
        keep_text = wanted.keep_text or room.keep_text
        self.log = Log(wanted.state, {"key": key_id(key), "text": keep_text})
        try:
            self.metrics = Metrics()
            self.waiting = Waiting()
            self._rejects = RejectsFile(wanted.rejects) if wanted.rejects else None
            self.committer = Committer(
                self.log,
                key,
                self.waiting,
                Admission(int(section.lateness_s * 1e6)),
                self.metrics,
                keep_text=keep_text,
                on_reject=self._rejects,
                gather_s=section.gather_s,
            )
            self.committer.warm_up()
            self.committer.remember()
            told = {
                "state": str(wanted.state),
                "key_file": str(key_file),
                "keep_text": keep_text,
                "accounts": wanted.accounts and str(wanted.accounts),
                "releases": wanted.releases and str(wanted.releases),
                "settings": room.model_dump(exclude={"key_file"}),
            }
            pace = Pace(
                every_s=section.every_s,
                clock_s=room.clock_s,
                delay_s=section.delay_s,
                idle_s=section.idle_s,
                window_s=section.window_s,
                most_rows=section.most_exchanges,
            )
            ledger = Ledger(wanted.state, section.events_mib << 20)
            self.ticking = Ticking(self.log, ledger, pace, told, self.metrics, on_event)
            token = _token(section.token_file)
            reached = self.log.note.positions
            self.sources: list[Source] = [
                source_of(one, reached, token, once=wanted.once) for one in wanted.sources
            ]
            self._show()
            self.server = self._serve(token) if wanted.listen else None
        except BaseException:
            self.log.close()
            raise
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._committing = threading.Thread(target=self.committer.run, name="commit")
        self._looking = threading.Thread(target=self.ticking.run, name="look")

    def start(self) -> None:
        """Begin to take and to look."""
        self._committing.start()
        for source in self.sources:
            thread = threading.Thread(target=self._follow, args=(source,), name=source.name)
            thread.start()
            self._threads.append(thread)
        if not self._wanted.once or self.ticking.pace.every_s == 0:
            self._looking.start()

    def _follow(self, source: Source) -> None:
        try:
            source.run(self.waiting, self._stop)
        except BaseException as error:
            self._broken = error

    _broken: BaseException | None = None

    def check(self) -> None:
        """See that everything runs.

        Raises:
            StillwatchError: what stopped a part of it, if that was foreseen; else whatever
                it was.
        """
        for failed in (self.committer.failed, self.ticking.failed, self._broken):
            if failed is not None:
                raise failed

    def is_drained(self) -> bool:
        """Whether all sources are, and nothing waits to be committed."""
        return all(source.is_drained for source in self.sources) and not self.waiting.n_rows

    def finish(self) -> dict[str, Any] | None:
        """Take what was there, look at everything once more, and give the result."""
        self._end_sources()
        if self._looking.is_alive():
            while not self.ticking.is_caught_up():
                self.check()
                time.sleep(0.05)
            self.ticking.halt()
            self._looking.join()
        if self.log.note.hours:
            self.ticking.look(None)
        return self.ticking.ledger.current

    def close(self) -> None:
        """Stop the sources, commit what was handed over, and let go of everything."""
        self._end_sources()
        self.ticking.stop()
        if self._looking.is_alive():
            self._looking.join()
        if self.server is not None:
            self.server.close()
        if self._rejects is not None:
            self._rejects.close()
        self.log.close()

    def _end_sources(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN_S)
        self.committer.stop()
        if self._committing.is_alive():
            self._committing.join()
        for source in self.sources:
            ending = getattr(source, "close", None)
            if ending is not None:
                ending()

    def standing(self) -> Standing:
        """Where it stands."""
        note = self.log.note
        unread = ("skipped", "nulled")
        return Standing(
            n_taken=note.n,
            n_set_aside=sum(n for k, n in dict(note.counts).items() if k not in unread),
            n_campaigns=len(self.ticking.ledger.register.standing),
            lag_s=max(0.0, time.time() - note.event_us / 1e6) if note.event_us else 0.0,
            problems=tuple(self._problems()),
        )

    def _problems(self) -> list[str]:
        """Why it is not ready, if it is not."""
        found = []
        if self.committer.failed or self._broken or self.ticking.failed:
            found.append("a part of it has stopped")
        found += [one for one in (self.committer.error, self.committer.reject_error) if one]
        if (n := self.committer.admission.n_ahead) >= _MANY_AHEAD:
            found.append(f"the last {n:,} rows are from the future: is this machine's clock right?")
        if self.ticking.error:
            found.append(self.ticking.error)
        pace = self.ticking.pace
        patience_s = max(_LEAST_PATIENCE_S, _ROUNDS * pace.every_s)
        last = self.ticking.last_look_s
        if last and pace.every_s and time.monotonic() - last > patience_s and self._is_behind():
            found.append(f"no look was finished for {time.monotonic() - last:.0f} s")
        return found

    def _is_behind(self) -> bool:
        return self.log.note.event_us >= self.ticking.last_until_us

    def _show(self) -> None:
        show, note = self.metrics.show, self.log.note
        show("waiting_rows", "Rows that wait to be committed.", lambda: self.waiting.n_rows)
        show("log_bytes", "Bytes of the log.", lambda: self.log.n_bytes)
        show("log_exchanges", "Exchanges in the log.", lambda: self.log.n_rows)
        show(
            "lag_seconds",
            "From the latest exchange to now.",
            lambda: max(0.0, time.time() - note.event_us / 1e6) if note.event_us else 0.0,
        )
        show(
            "source_backlog",
            "Entries or bytes that wait in sources.",
            lambda: sum(source.backlog for source in self.sources),
        )
        show("ready", "1 if it is ready.", lambda: float(not self._problems()))
        self.metrics.campaigns_stand(len(self.ticking.ledger.register.standing))

    def _serve(self, token: str | None) -> Server:
        """Pages for whoever may listen; campaigns name accounts, which not everybody may read."""

        async def metrics(_: Request) -> Answer:
            return Answer(200, self.metrics.page(), CONTENT_TYPE)

        async def alive(_: Request) -> Answer:
            dead = self.committer.failed or self._broken
            return Answer(500, b"stopped\n") if dead else Answer(200, b"ok\n")

        async def ready(_: Request) -> Answer:
            problems = self._problems()
            body = "".join(f"{one}\n" for one in problems or ["ok"]).encode()
            return Answer(503 if problems else 200, body)

        async def campaigns(_: Request) -> Answer:
            current = self.ticking.ledger.current
            if current is None:
                return Answer(404, b"no look was finished yet\n")
            return Answer(200, orjson.dumps(current), "application/json")

        routes = {
            ("GET", "/metrics"): metrics,
            ("GET", "/healthz"): alive,
            ("GET", "/readyz"): ready,
        }
        host, port = address_of(self._wanted.listen, "--listen")
        if token is not None or is_loopback(host):
            routes["GET", "/campaigns"] = campaigns
        return Server(App(routes, token, _OPEN), host, port)


def _own_key(state: Path) -> Path:
    """The key of a state folder, drawn when there is none: sketches that last need one."""
    path = state / "key"
    if not path.exists():
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideFailed(f"{state} cannot be made: {error.strerror}.") from error
        write_settled(path, f"{secrets.token_hex(32)}\n".encode())
    return path


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings("watch.token_file", f"{path} cannot be read: {error}") from error
    if len(token) < 16:
        raise BadSettings("watch.token_file", f"{path} holds under 16 characters.")
    return token


def dashboard() -> bytes:
    """A dashboard for Grafana over the metrics of a watcher."""
    return (Path(os.path.dirname(__file__)) / "dashboard.json").read_bytes()
