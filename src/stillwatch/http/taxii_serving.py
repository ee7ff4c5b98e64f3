"""Start the TAXII server: check what would make it unsafe, then let uvicorn run its processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from stillwatch.adapters.gateway.settings import ServeSection
from stillwatch.adapters.gateway.shared_limits import SharedLimits
from stillwatch.adapters.taxii.directory import Directory
from stillwatch.adapters.taxii.opening import opened
from stillwatch.adapters.taxii.pages import Pages
from stillwatch.adapters.taxii.settings import TaxiiSection
from stillwatch.adapters.taxii.writing import Writes
from stillwatch.http.guarded import GuardedProtocol
from stillwatch.http.listening import check, config_of
from stillwatch.http.taxii import TaxiiApp
from stillwatch.http.taxii_counting import Tally
from stillwatch.http.taxii_endpoints import Endpoints, Terms
from stillwatch.http.taxii_entry import Door
from stillwatch.model.errors import OutsideFailed
from stillwatch.share.taxii_release import ByRelease
from stillwatch.share.taxii_sight import Sight

TOLD: Final = "_STILLWATCH_TAXII"
"""Tells processes the settings that the program was started with."""
FOLDER: Final = "_STILLWATCH_TAXII_FOLDER"
"""Tells processes where counters and limits are."""
N_KEYS: Final = 1 << 16
"""Names that the table of limits holds."""


def serve_taxii(told: TaxiiSection) -> None:
    """Serve until a signal ends it.

    Raises:
        BadSettings: tokens would cross a network readable, or half of TLS is missing.
        OutsideFailed: the store cannot be opened, or the address is taken.
    """
    listening = ServeSection(
        listen=told.listen, certificate=told.certificate, key=told.key,
        client_ca=told.client_ca, plain_http=told.plain_http, workers=told.workers,
    )  # fmt: skip
    check(listening, section="taxii")
    asyncio.run(_looked_at(told))
    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-taxii-") as folder,
        _environment(told, Path(folder)),
    ):
        made = config_of(
            "stillwatch.http.taxii_serving:make_app", listening, PatientProtocol, "taxii",
            proxy_headers=told.behind_proxy, limit_concurrency=told.connections,
        )  # fmt: skip
        if told.workers > 1:
            Multiprocess(made, sockets=[made.bind_socket()]).run()
            return
        server = uvicorn.Server(made)
        # uvicorn sends itself the signal again once it has drained.
        signal.signal(signal.SIGTERM, lambda *_: None)
        server.run()
        if not server.started:
            raise OutsideFailed("the server did not start; the line above says why.")


def make_app() -> TaxiiApp:
    """The app of one process, from the settings that the program was started with."""
    told = TaxiiSection.model_validate_json(os.environ[TOLD])
    PatientProtocol.slow_s = told.slow_s
    sight = ByRelease(lambda: time.time_ns() // 1_000)
    return app_of(told, Path(os.environ[FOLDER]), sight)


def app_of(told: TaxiiSection, folder: Path, sight: Sight) -> TaxiiApp:
    """The app over a store.

    Args:
        told: settings.
        folder: where the processes of this machine keep counters and limits.
        sight: who may see what, beside the labels of the Traffic Light Protocol.
    """
    database = opened(told.store)
    limits = SharedLimits(folder / "limits", N_KEYS)
    door = Door(limits, told.requests_a_minute, told.bytes_an_hour)
    terms = Terms(
        max_content_length=told.max_content_length,
        page_objects=told.page_objects,
        most_page_objects=told.most_page_objects,
    )

    @contextlib.asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await database.open()
        try:
            yield
        finally:
            door.passwords.close()
            await database.close()

    return TaxiiApp(
        Endpoints(Pages(database), Writes(database), sight, terms),
        Directory(database),
        door,
        Tally(folder / "counts"),
        told.max_content_length,
        told.public_url,
        running,
    )


class PatientProtocol(GuardedProtocol):
    """The guarded protocol with the patience that envelopes need, in both directions.

    A client that does not read its answer is let go as one is that does not finish asking.
    """

    slow_s = 60.0

    def pause_writing(self) -> None:
        """The client does not read: begin to wait for it."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.slow_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        self._unread.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        unread = getattr(self, "_unread", None)
        if unread is not None:
            unread.cancel()
        super().connection_lost(exc)


async def _looked_at(told: TaxiiSection) -> None:
    """Open the store once, so that a fault is told before processes are started."""
    database = opened(told.store)
    await database.open()
    try:
        await Directory(database).listed()
    finally:
        await database.close()


@contextlib.contextmanager
def _environment(told: TaxiiSection, folder: Path) -> Iterator[None]:
    """What processes read as they start."""
    os.environ |= {TOLD: told.model_dump_json(), FOLDER: str(folder)}
    try:
        yield
    finally:
        for name in (TOLD, FOLDER):
            os.environ.pop(name, None)
