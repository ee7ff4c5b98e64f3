"""Lookers: from all rows of a window to the result; the one seam to the search.

The process apart holds what the log holds, and at each look asks a looker. A looker may
keep what it likes between looks, as long as the same rows give the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from stillwatch.adapters.live.frames import Note
from stillwatch.adapters.live.log import Follower
from stillwatch.adapters.readers import read_accounts, read_releases
from stillwatch.adapters.resuming import fingerprint
from stillwatch.adapters.shelving import Overflow, Pages
from stillwatch.detect.batches import Batch
from stillwatch.detect.links import build_links
from stillwatch.detect.packing import joined, only
from stillwatch.detect.population import build_population
from stillwatch.detect.replay import Replay
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.traffic import Traffic, TrafficBuilder
from stillwatch.model.release import Release
from stillwatch.stats.siphash import Key

#: rows from which on commits are put together to one part of the traffic.
ROWS_A_PART = 32_768
#: parts beyond those of a tidy log, from which on the log is read anew.
MOST_PARTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a search is told beside the traffic.

    Attributes:
        accounts: the account table, if there is one.
        releases: models and when they were released.
        settings: of the search.
        until_us: the moment of the look, by the traffic's clock; every row that was sent
            before it and had come is there. None where all rows are there.
        n_rejected: rows that were set aside.
    """

    accounts: pa.Table | None
    releases: tuple[Release, ...]
    settings: DetectSettings
    until_us: int | None
    n_rejected: int


class Looker(Protocol):
    """Searches windows, one after another, each with more rows than the last."""

    def look(self, traffic: Traffic, beside: Beside) -> dict[str, Any]:
        """The contract ``stillwatch.campaigns/1`` of a window."""

    def restart(self) -> None:
        """Forget what was kept: the window begins at another moment from now on."""


#: looks of the search that can be gone back when rows come late: a day at three hours.
N_KEPT = 8


class GoingOn:
    """Goes on with a replay: what earlier looks found stands, unless late rows change it."""

    def __init__(self) -> None:
        """Have looked at nothing."""
        self._replay: Replay | None = None

    def look(self, traffic: Traffic, beside: Beside) -> dict[str, Any]:
        """The contract of a window."""
        links = build_links(traffic, build_population(traffic, beside.accounts), Overflow())
        if self._replay is None:
            self._replay = Replay(beside.settings, n_kept=N_KEPT)
        self._replay.go_on(
            traffic.linked(), beside.accounts, beside.releases, beside.until_us, links
        )
        outcome = self._replay.outcome()
        return to_result(outcome, n_rejected=beside.n_rejected, pictures=True)

    def restart(self) -> None:
        """Begin anew: moments are counted from the start of the window."""
        self._replay = None


class WholeWindow:
    """Searches the whole window anew at each look; what the other is tested against."""

    def look(self, traffic: Traffic, beside: Beside) -> dict[str, Any]:
        """The contract of a window."""
        population = build_population(traffic, beside.accounts)
        links = build_links(traffic, population, Overflow())
        settings = beside.settings
        outcome = search(traffic.linked(), beside.accounts, beside.releases, settings, links=links)
        return to_result(outcome, n_rejected=beside.n_rejected, pictures=True)

    def restart(self) -> None:
        """Nothing is kept."""


@dataclass(slots=True)
class Tables:
    """The tables beside the traffic, read again when their files change."""

    accounts: Path | None
    releases: Path | None
    _known: dict[Path, tuple[dict[str, Any], Any]] = field(default_factory=dict)

    def read(self) -> tuple[pa.Table | None, tuple[Release, ...]]:
        """Accounts and releases as they stand now."""
        table = self._read(self.accounts, read_accounts) if self.accounts else None
        dated = self._read(self.releases, read_releases) if self.releases else ()
        return table, tuple(dated)

    def _read(self, path: Path, reader: Any) -> Any:
        mark = fingerprint(path)
        if path not in self._known or self._known[path][0] != mark:
            self._known[path] = (mark, reader(path))
        return self._known[path][1]


class Gathered:
    """All rows of the window that the log holds, ready to be sorted.

    Args:
        state: the state folder.
        key: of the sketches.
        keep_text: keep a few prompts an account.
    """

    def __init__(self, state: Path, key: Key, *, keep_text: bool) -> None:
        """Have read nothing."""
        self._state, self._key, self._keep_text = state, key, keep_text
        self._cut_us: int | None = None
        self._begin()

    def _begin(self) -> None:
        self._follower = Follower(self._state)
        self._builder = TrafficBuilder(self._key, self._keep_text, Overflow(), room=Pages())
        self._waiting: list[tuple[Batch, pa.Array]] = []
        self.n = self._n_parts = 0

    @property
    def taken(self) -> int:
        """The last commit that was read."""
        return self._follower.taken

    def read(self, upto: int, cut_us: int, until_us: int | None) -> bool:
        """Read on; says whether the window begins at another moment than before.

        Args:
            upto: the last commit to read.
            cut_us: rows that were sent before are left out.
            until_us: rows that were sent from then on wait for a later look.
        """
        moved = cut_us != self._cut_us
        if moved:
            self._cut_us = cut_us
            self._begin()
        elif self._n_parts > MOST_PARTS + 2 * self.n // ROWS_A_PART:
            # many small parts make every look slow; the log has put them together since
            self._begin()
        for note, batch in self._follower.read(upto):
            if batch is not None:
                self._wait(batch, _texts(batch.n, note), old=note.min_us < cut_us)
        self._take(until_us)
        return moved

    def _wait(self, batch: Batch, texts: pa.Array, *, old: bool) -> None:
        if old:
            keep = batch.rows["sent_us"].astype(np.int64) >= (self._cut_us or 0)
            batch, texts = only(batch, keep), texts.filter(pa.array(keep))
        if batch.n:
            self._waiting.append((batch, texts))

    def _take(self, until_us: int | None) -> None:
        """Move what was sent before a moment to the builder, in large parts."""
        due: list[tuple[Batch, pa.Array]] = []
        rest: list[tuple[Batch, pa.Array]] = []
        for batch, texts in self._waiting:
            keep = np.ones(batch.n, bool)
            if until_us is not None:
                keep = batch.rows["sent_us"].astype(np.int64) < until_us
            if keep.all():
                due.append((batch, texts))
            elif not keep.any():
                rest.append((batch, texts))
            else:
                due.append((only(batch, keep), texts.filter(pa.array(keep))))
                rest.append((only(batch, ~keep), texts.filter(pa.array(~keep))))
        for group in _grouped(due):
            whole = joined([batch for batch, _ in group])
            self._builder.take(whole, pa.concat_arrays([texts for _, texts in group]))
            self.n += whole.n
            self._n_parts += 1
        self._waiting = rest

    def traffic(self) -> Traffic:
        """The rows that were taken, sorted."""
        return self._builder.finish()


def _texts(n: int, note: Note) -> pa.Array:
    """``(n,)`` the examples kept of a commit; null where none is."""
    if not note.texts:
        return pa.nulls(n, pa.string())
    out: list[str | None] = [None] * n
    for row, text in note.texts:
        out[row] = text
    return pa.array(out, pa.string())


def _grouped(parts: Sequence[tuple[Batch, pa.Array]]) -> list[list[tuple[Batch, pa.Array]]]:
    groups: list[list[tuple[Batch, pa.Array]]] = []
    n = ROWS_A_PART
    for part in parts:
        if n >= ROWS_A_PART:
            groups.append([])
            n = 0
        groups[-1].append(part)
        n += part[0].n
    return groups
