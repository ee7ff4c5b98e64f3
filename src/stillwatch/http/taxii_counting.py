"""Numbers of the TAXII server for Prometheus, summed over the processes of a machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from stillwatch.http.counting import Clocked, Counts, Series, histogram

_METHODS: Final = ("GET", "POST", "DELETE", "other")
_STATUSES: Final = (
    200, 202, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 500, 503, 0,
)  # fmt: skip
_REQUESTS: Final = "stillwatch_taxii_requests_total"
_SECONDS: Final = "stillwatch_taxii_request_seconds"
_BYTES: Final = "stillwatch_taxii_bytes_total"

SERIES: Final = (
    *(
        Series(_REQUESTS, _labels, "Requests answered; status 0 stands for any other.")
        for _labels in (
            f'method="{method}",status="{status}"' for method in _METHODS for status in _STATUSES
        )
    ),
    *(
        Series(_BYTES, f'way="{way}"', "Bytes of bodies of requests that went well.")
        for way in ("received", "sent")
    ),
    *histogram(_SECONDS, "Time to answer, the body's arrival included."),
)


class Tally:
    """Counts what the server does.

    Args:
        path: table of counters that the processes of a machine map.
    """

    def __init__(self, path: Path) -> None:
        self._counts = Counts(SERIES, path, os.getpid())
        self._clocked = Clocked(self._counts, _SECONDS)
        self._columns = {
            (method, status): self._counts.column(_REQUESTS, f'method="{method}",status="{status}"')
            for method in _METHODS
            for status in _STATUSES
        }
        self._received = self._counts.column(_BYTES, 'way="received"')
        self._sent = self._counts.column(_BYTES, 'way="sent"')

    def request(self, method: str, status: int, duration_s: float) -> None:
        """Count one request."""
        method = method if method in _METHODS else "other"
        status = status if status in _STATUSES else 0
        self._counts.add(self._columns[method, status])
        self._clocked.add(duration_s)

    def moved(self, n_received: int, n_sent: int) -> None:
        """Count bytes of bodies."""
        self._counts.add(self._received, n_received)
        self._counts.add(self._sent, n_sent)

    def text(self) -> str:
        """Everything in Prometheus's text format."""
        return self._counts.text()
