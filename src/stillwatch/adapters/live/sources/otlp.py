"""OTLP over HTTP: a collector, a gateway or an SDK points here.

An export is answered when its rows are on the disk, so that whoever hears 200 may forget
them. Under pressure the answer is 503 with ``Retry-After``, which exporters obey.
``/v1/exchanges`` takes JSON of every other format too: an object, an array, or lines.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from stillwatch.adapters.addresses import is_loopback
from stillwatch.adapters.live.arrivals import Arrival, Intake, Outcome
from stillwatch.adapters.live.serving import Answer, App, Request, Server
from stillwatch.adapters.live.sources import otlp_proto
from stillwatch.adapters.readers import otlp
from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.model.errors import BadSettings

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_RETRY_S = "1"
_DURABLE_S = 30.0
_INVALID, _UNAVAILABLE = 3, 14
_PARTIAL = {"/v1/traces": "rejectedSpans", "/v1/logs": "rejectedLogRecords"}


@dataclass(slots=True)
class OtlpSource:
    """Receives exports.

    Attributes:
        host, port: where it listens.
        token: callers must bear it; only this machine is let in without one.
        name, n_errors, is_drained, backlog: see :class:`Source`; it is drained when nobody
            waits for an answer.
    """

    host: str = "127.0.0.1"
    port: int = 4318
    token: str | None = None
    name: str = ""
    n_errors: int = 0
    backlog: float = 0.0
    _intake: Intake | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _n_waiting: int = 0

    def __post_init__(self) -> None:
        """Check that nobody else's machine is let in without a token.

        Raises:
            BadSettings: it would be.
        """
        self.name = self.name or "otlp"
        if self.token is None and not is_loopback(self.host):
            raise BadSettings(
                "watch.token_file",
                f"is not set, and {self.host} is reached from other machines; put a secret into "
                "a file, name that, and send it as a bearer token.",
            )

    @property
    def is_drained(self) -> bool:
        """Whether nobody waits for an answer."""
        return self._n_waiting == 0

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Listen until told to stop."""
        self._intake = intake
        routes = {("POST", path): self._export for path in (*_PARTIAL, "/v1/exchanges")}
        server = Server(App(routes, self.token), self.host, self.port)
        self.port = server.port
        self._ready.set()
        stop.wait()
        server.close()

    def wait_ready(self, wait_s: float = 20.0) -> bool:
        """Wait until it listens; the port is known then."""
        return self._ready.wait(wait_s)

    async def _export(self, request: Request) -> Answer:
        kind = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
        kind = _PROTOBUF if kind in (_PROTOBUF, "application/protobuf") else kind
        if kind not in (_PROTOBUF, _JSON) and request.path in _PARTIAL:
            return Answer(415, b"known content types: application/x-protobuf, application/json\n")
        arrival = Arrival(self.name, n_bytes=len(request.body))
        try:
            await asyncio.to_thread(_read, request, kind, arrival)
        except BadJson as error:
            return _refusal(400, _INVALID, str(error), kind)
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[Outcome] = loop.create_future()
        arrival.done = _teller(loop, durable)
        assert self._intake is not None
        self._n_waiting += 1
        try:
            if not self._intake.put(arrival, wait_s=0):
                return _refusal(503, _UNAVAILABLE, "too much is waiting", kind)
            outcome = await asyncio.wait_for(durable, _DURABLE_S)
        except TimeoutError:
            self.n_errors += 1
            return _refusal(503, _UNAVAILABLE, "not on the disk in time", kind)
        finally:
            self._n_waiting -= 1
        return _answer(request.path, outcome, kind)


def _teller(
    loop: asyncio.AbstractEventLoop, durable: asyncio.Future[Outcome]
) -> Callable[[Outcome], None]:
    """Tells the event loop what another thread has done."""

    def tell(outcome: Outcome) -> None:
        if not durable.done():
            durable.set_result(outcome)

    def done(outcome: Outcome) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, outcome)

    return done


def _read(request: Request, kind: str, arrival: Arrival) -> None:
    """The rows of a body.

    Raises:
        BadJson: it cannot be read at all.
    """
    if request.path == "/v1/exchanges":
        _read_records(request.body, arrival)
        return
    if kind == _PROTOBUF:
        is_traces = request.path == "/v1/traces"
        record = (otlp_proto.traces if is_traces else otlp_proto.logs)(request.body)
    else:
        record = loads(request.body)
        if not isinstance(record, dict):
            raise BadJson("not a JSON object")
    found = otlp.FORMAT.rows(record, "")
    arrival.rows += found
    arrival.n_skipped += not found


def _read_records(body: bytes, arrival: Arrival) -> None:
    text = body.lstrip()
    if text.startswith(b"["):
        whole = loads(text)
        for one in whole if isinstance(whole, list) else []:
            arrival.take_record(one)
        return
    for line in text.split(b"\n"):
        if line.strip():
            arrival.take(line)


def _answer(path: str, outcome: Outcome, kind: str) -> Answer:
    if kind == _PROTOBUF:
        body = otlp_proto.said(path, outcome.n_rejected, outcome.reason)
        return Answer(200, body, _PROTOBUF)
    said: dict[str, Any] = {}
    if outcome.n_rejected:
        name = _PARTIAL.get(path, "rejected")
        said = {name: str(outcome.n_rejected), "errorMessage": outcome.reason}
        said = {"partialSuccess": said}
    return Answer(200, orjson.dumps(said), _JSON)


def _refusal(http: int, code: int, message: str, kind: str) -> Answer:
    headers = {"retry-after": _RETRY_S} if http == 503 else {}
    if kind == _PROTOBUF:
        return Answer(http, otlp_proto.status(code, message), _PROTOBUF, headers)
    body = orjson.dumps({"code": code, "message": message})
    return Answer(http, body, _JSON, headers)
