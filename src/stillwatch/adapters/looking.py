"""Looking: from the user's files to the result, the one way every door takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

from stillwatch.adapters.ingest import ingest, read_key
from stillwatch.adapters.readers import RejectsFile, open_exchanges, read_accounts, read_releases
from stillwatch.adapters.settings import Settings
from stillwatch.adapters.shelving import Overflow
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings


class Watcher(Protocol):
    """Whoever shows progress."""

    def rows(self, n_rows: int, share: float) -> None:
        """So many rows have been read."""

    def linking(self) -> None:
        """Reading is over."""

    def looks(self, done: int, total: int) -> None:
        """So many looks have been taken."""


def look(
    settings: Settings,
    *,
    logs: Sequence[str | Path],
    accounts: Path | None = None,
    releases: Path | None = None,
    form: str = "auto",
    rejects: Path | None = None,
    strict: bool = False,
    keep_text: bool = False,
    defaults: Mapping[str, str] | None = None,
    progress: Watcher | None = None,
) -> dict[str, Any]:
    """Read logs, search them and give the contract ``stillwatch.campaigns/1``.

    Raises:
        BadInput, OutsideFailed, NotEnoughEvidence: the logs could not be looked at.
    """
    table = read_accounts(accounts) if accounts else None
    dated = read_releases(releases) if releases else ()
    section = settings.detect
    key = read_key(section.key_file)
    with RejectsFile(rejects) if rejects else nullcontext() as on_reject:
        reading = open_exchanges(
            list(logs),
            format=form,
            strict=strict or settings.input.strict,
            on_reject=on_reject,
            defaults=defaults,
        )

        def on_rows(_: int) -> None:
            if progress:
                progress.rows(reading.n_rows, reading.bytes_read / max(reading.bytes_total, 1))

        traffic = ingest(reading, key, keep_text=keep_text or section.keep_text, on_rows=on_rows)
    if progress:
        progress.linking()
    room = DetectSettings(**section.model_dump(exclude={"key_file"}))
    outcome = search(traffic, table, dated, room, progress.looks if progress else None, Overflow())
    result = to_result(outcome, n_rejected=reading.n_rejected, pictures=True)
    result["reading"] = {
        "formats": dict(sorted(reading.formats.items())),
        "skipped": dict(sorted(reading.skipped.items())),
        "rejected_by_reason": dict(reading.rejected_by_reason),
        "nulled": dict(reading.n_nulled),
        "notes": list(reading.notes),
    }
    return result
