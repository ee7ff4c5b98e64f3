"""Looking: from the user's files to the result, the one way every door takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from stillwatch.adapters.engines import LOCAL, parse_engine
from stillwatch.adapters.engines.driving import Elsewhere
from stillwatch.adapters.features import make_folder, write_features
from stillwatch.adapters.gathering import Gathering, Rejects
from stillwatch.adapters.ingest import ingest, key_id, read_key
from stillwatch.adapters.readers import (
    Reading,
    RejectsFile,
    open_exchanges,
    read_accounts,
    read_releases,
)
from stillwatch.adapters.resuming import StateFolder, fingerprint, made_for
from stillwatch.adapters.settings import Settings
from stillwatch.adapters.shelving import Overflow, Pages, give_back
from stillwatch.detect.links import Links, build_links
from stillwatch.detect.looks import by_looks
from stillwatch.detect.population import build_population
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.state import clock_of
from stillwatch.detect.traffic import Traffic, TrafficBuilder
from stillwatch.model.errors import BadSettings
from stillwatch.stats.siphash import Key


class Watcher(Protocol):
    """Whoever shows progress."""

    def rows(self, n_rows: int, share: float) -> None:
        """So many rows have been read."""

    def linking(self) -> None:
        """Reading is over."""

    def looks(self, done: int, total: int) -> None:
        """So many looks have been taken."""

    def say(self, line: str) -> None:
        """What the user of several machines should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a user asks to be looked at.

    Attributes:
        logs: files, folders or globs.
        accounts, releases: tables beside them.
        form: their format, ``auto`` to tell it for each file.
        rejects: file for rows that are set aside.
        strict: stop at the first malformed row.
        keep_text: keep a few prompts an account for template examples.
        defaults: values of rows that lack them, by column.
        state: folder from which a run that was cut off goes on.
        engine: where logs are read and traits are counted, see ``engines``.
        unauthenticated: go on though the engine lets everybody in.
        features: folder for the terms of each campaign, see ``features``.
    """

    logs: Sequence[str | Path]
    accounts: Path | None = None
    releases: Path | None = None
    form: str = "auto"
    rejects: Path | None = None
    strict: bool = False
    keep_text: bool = False
    defaults: Mapping[str, str] | None = None
    state: Path | None = None
    engine: str = LOCAL
    unauthenticated: bool = False
    features: Path | None = None


def look(settings: Settings, *, progress: Watcher | None = None, **given: Any) -> dict[str, Any]:
    """Read logs, search them and give the contract ``stillwatch.campaigns/1``.

    Args:
        settings: what is in force.
        progress: shown to the user.
        given: fields of :class:`Asked`.

    Raises:
        BadInput, OutsideFailed, NotEnoughEvidence: the logs could not be looked at.
        BadSettings: the state is of another run, or the engine cannot be used so.
    """
    asked = Asked(**given)
    keeps_text = asked.keep_text or settings.detect.keep_text
    if parse_engine(asked.engine) and keeps_text:
        raise BadSettings(
            "--engine",
            f"{asked.engine} cannot keep examples of prompts: no text leaves the machine that "
            "read it. Leave out --show-text and detect.keep_text, or use --engine local.",
        )
    if asked.features:
        make_folder(asked.features)
    table = read_accounts(asked.accounts) if asked.accounts else None
    dated = read_releases(asked.releases) if asked.releases else ()
    room = DetectSettings(**settings.detect.model_dump(exclude={"key_file"}))
    with RejectsFile(asked.rejects) if asked.rejects else nullcontext() as on_reject:
        rejects = Rejects(on_reject, remember=asked.state is not None)
        reading = open_exchanges(
            list(asked.logs),
            format=asked.form,
            strict=asked.strict or settings.input.strict,
            on_reject=rejects,
            defaults=asked.defaults,
        )
        traffic, links = _gathered(settings, asked, reading, table, rejects, progress)
    # moments are let go, and what holds at no look, before the search takes its own room
    by_look = by_looks(links, *clock_of(traffic, room))
    del links
    traffic.room.rest()
    give_back()
    on_look = progress.looks if progress else None
    outcome = search(traffic, table, dated, room, on_look, links=by_look)
    give_back()
    if asked.features:
        write_features(outcome, asked.features)
    result = to_result(outcome, n_rejected=reading.n_rejected, pictures=True)
    result["reading"] = {
        "formats": dict(sorted(reading.formats.items())),
        "skipped": dict(sorted(reading.skipped.items())),
        "rejected_by_reason": dict(sorted(reading.rejected_by_reason.items())),
        "nulled": dict(sorted(reading.n_nulled.items())),
        "notes": list(reading.notes),
    }
    return result


def _gathered(
    settings: Settings,
    asked: Asked,
    reading: Reading,
    table: pa.Table | None,
    rejects: Rejects,
    progress: Watcher | None,
) -> tuple[Traffic, Links]:
    """Traffic and its links; what those were made of is let go."""
    section = settings.detect
    key, keep_text = read_key(section.key_file), asked.keep_text or section.keep_text

    def on_rows(_: int) -> None:
        if progress:
            progress.rows(reading.n_rows, reading.bytes_read / max(reading.bytes_total, 1))

    def linking() -> None:
        if progress:
            progress.linking()

    elsewhere = _elsewhere(settings, asked, reading, rejects, key, (on_rows, linking), progress)
    if asked.state is None and elsewhere:
        traffic, links = elsewhere.traffic_and_links(table)
        return traffic.linked(), links
    if asked.state is None:
        traffic = ingest(reading, key, keep_text=keep_text, on_rows=on_rows, hear=reading.responds)
        linking()
        links = build_links(traffic, build_population(traffic, table), Overflow())
        return traffic.linked(), links
    wanted = made_for(
        reading.sources,
        beside=[fingerprint(path) for path in (asked.accounts, asked.releases) if path],
        settings=section.model_dump(exclude={"key_file"}, mode="json"),
        reading=[asked.form, asked.strict or settings.input.strict, dict(asked.defaults or {})],
        text=keep_text,
        rejects=asked.rejects is not None,
        key=key_id(key),
    )
    with StateFolder(asked.state, wanted) as folder:
        made = elsewhere.traffic_and_links if elsewhere else None
        gathering = Gathering(folder, reading, rejects, on_rows, linking, made)
        return gathering.traffic_and_links(
            TrafficBuilder(key, keep_text, hear=reading.responds, room=Pages()), table
        )


def _elsewhere(
    settings: Settings,
    asked: Asked,
    reading: Reading,
    rejects: Rejects,
    key: Key,
    told: tuple[Callable[[int], None], Callable[[], None]],
    progress: Watcher | None,
) -> Elsewhere | None:
    """Other machines, where they were asked for; nothing is begun yet."""
    address = parse_engine(asked.engine)
    if address is None:
        return None
    from stillwatch.adapters.engines.ray_engine import connected

    def say(line: str) -> None:
        if progress:
            progress.say(line)

    return Elsewhere(
        connect=partial(connected, address, unauthenticated=asked.unauthenticated, say=say),
        reading=reading,
        rejects=rejects,
        key=key,
        on_rows=told[0],
        on_linking=told[1],
        say=say,
        part_bytes=settings.engine.part_mib << 20,
    )
