"""Driving: logs are cut, machines read and count, and here what they give is put together.

Parts are taken in their order, whichever is ready first: numbers, repeated ids and errors
are then those of one process that reads one part after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch import __version__
from stillwatch.adapters.engines.cutting import Cut, cut
from stillwatch.adapters.engines.interface import Engine, Ref, Sealed
from stillwatch.adapters.engines.work import (
    SAME,
    Counted,
    Part,
    ToCount,
    ToRead,
    count_joined,
    count_part,
    read_part,
    share_keys,
)
from stillwatch.adapters.gathering import Rejects
from stillwatch.adapters.readers import Reject
from stillwatch.adapters.readers.reading import OpenFile, Reading
from stillwatch.adapters.resuming import fingerprint
from stillwatch.adapters.shelving import Overflow, Pages
from stillwatch.detect.apart import cuts
from stillwatch.detect.batches import LISTS
from stillwatch.detect.links import Links, links_with, list_rows
from stillwatch.detect.listed import Traits, shared_only
from stillwatch.detect.lists import AT_A_TIME, N_SHARES, Piece, plan
from stillwatch.detect.population import build_population
from stillwatch.detect.shelf import Array, Shelf
from stillwatch.detect.traffic import Traffic, TrafficBuilder
from stillwatch.stats.siphash import Key

I64 = npt.NDArray[np.int64]

#: logs of so many bytes fill one cut of the lists.
_CUT_BYTES = 48 << 20


@dataclass(frozen=True, slots=True)
class Corner:
    """Names of its own on a shelf that others use as well."""

    shelf: Shelf
    name: str

    def put(self, name: str, values: Array) -> None:
        """Add a part."""
        self.shelf.put(f"{self.name} {name}", values)

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return self.shelf.n_parts(f"{self.name} {name}")

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""
        return self.shelf.n_values(f"{self.name} {name}", nth)

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part."""
        return self.shelf.part(f"{self.name} {name}", nth, start, stop)


@dataclass(slots=True)
class Spent:
    """What was done elsewhere: seconds of processor and pieces of work, by what was done."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    n_pieces: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, cpu_s: float) -> None:
        """One more piece of work."""
        self.cpu_s[what] = self.cpu_s.get(what, 0.0) + cpu_s
        self.n_pieces[what] = self.n_pieces.get(what, 0) + 1

    def __str__(self) -> str:
        """In a line."""
        told = (f"{self.n_pieces[w]} x {w} {s:.1f} s" for w, s in self.cpu_s.items())
        return f"processor on workers {sum(self.cpu_s.values()):.1f} s: {', '.join(told)}"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Makes traffic and links on other machines.

    Attributes:
        connect: gives the machines for as long as they are needed.
        reading: the logs, nothing of them read here.
        rejects: what the reading was given for lines that are set aside.
        key: of the sketches.
        on_rows: called after each part.
        on_linking: called when reading is over.
        say: told what the user of many machines should know.
        part_bytes: about the bytes of a part.
        at_a_time: hashes that a worker reads at a time.
    """

    connect: Callable[[], AbstractContextManager[Engine]]
    reading: Reading
    rejects: Rejects
    key: Key
    on_rows: Callable[[int], None]
    on_linking: Callable[[], None]
    say: Callable[[str], None]
    part_bytes: int
    at_a_time: int = AT_A_TIME

    def traffic_and_links(self, table: pa.Table | None) -> tuple[Traffic, Links]:
        """Have everything read and counted.

        Args:
            table: the accounts, if there is a table of them.
        """
        parts = cut(self.reading, part_bytes=self.part_bytes)
        for line in parts.whole:
            self.say(line)
        spent = Spent()
        with self.connect() as engine:
            n_cuts = int(np.clip(self.reading.bytes_total // _CUT_BYTES, engine.n_cpus, N_SHARES))
            asked = self._asked(engine, parts, n_cuts)
            if self._begins_late(engine, parts, asked):
                self.say("responses begin late in the text logs: one worker reads them all again")
                parts = parts.in_one_piece()
                asked = self._asked(engine, parts, n_cuts)
            builder, bases, totals = self._joined(engine, parts.parts, asked, spent)
            self.on_linking()
            traffic = builder.finish()
            population = build_population(traffic, table)
            listed = list_rows(traffic, population)
            rows = [listed.node, listed.sent_us, listed.digest]
            counting = _Counting(engine, bases, totals, n_cuts, spent, self.at_a_time)
            found = counting.found(
                place=engine.put(traffic.lists[LISTS[0]].place),
                rows=[engine.put(values) for values in rows],
                joined=population.members.sizes > 1,
                lists=[refs[2:] for refs in asked],
            )
        self.say(str(spent))
        return traffic, links_with(traffic, population, found.items())

    def _asked(self, engine: Engine, parts: Cut, n_cuts: int) -> list[list[Ref]]:
        return [
            engine.submit(read_part, [order], 2 + n_cuts)
            for order in self.orders(parts.parts, n_cuts)
        ]

    def _begins_late(self, engine: Engine, parts: Cut, asked: list[list[Ref]]) -> bool:
        """Whether text logs that promised no responses hold some after all.

        Prompts are then heard where a response stands in the same batch, and batches are
        those of one process only where one worker reads.
        """
        n_lines = sum(part[0].table is None for part in parts.parts)
        if self.reading.responds or n_lines < 2:
            return False
        return any(engine.get(refs[1]) for refs in asked[:n_lines])

    def orders(self, parts: list[list[OpenFile]], n_cuts: int) -> Iterator[ToRead]:
        """What workers are asked to read.

        Args:
            parts: the logs, cut.
            n_cuts: into how many parts the lists of each are cut.
        """
        known: dict[str, dict[str, Any]] = {}
        for files in parts:
            for one in files:
                path = str(one.source.path)
                if path not in known:
                    found = fingerprint(one.source.path)
                    known[path] = {name: found[name] for name in SAME}
            yield ToRead(
                version=__version__,
                files=files,
                known=[known[str(one.source.path)] for one in files],
                strict=self.reading.choices.strict,
                defaults=dict(self.reading.choices.defaults),
                rejects=self.rejects.pass_on is not None,
                key=Sealed.of(self.key),
                hear=self.reading.responds,
                n_cuts=n_cuts,
            )

    def _joined(
        self, engine: Engine, parts: list[list[OpenFile]], asked: list[list[Ref]], spent: Spent
    ) -> tuple[TrafficBuilder, list[int], dict[str, I64]]:
        """Parts in one builder, the rows before each, and how many hashes each share has."""
        builder, columns = TrafficBuilder(self.key, room=Pages()), Overflow()
        bases: list[int] = []
        n_rows = 0
        totals = {kind: np.zeros(N_SHARES, np.int64) for kind in LISTS}
        n_lines: dict[str, int] = {}
        for nth, (files, refs) in enumerate(zip(parts, asked, strict=True)):
            part: Part = engine.get(refs[0])
            # let go of: what it stands for is here now
            refs[0] = None
            corner = Corner(columns, str(nth))
            for name in part.columns.names():
                for which in range(part.columns.n_parts(name)):
                    corner.put(name, part.columns.part(name, which))
            builder.join(corner, part.learnt)
            bases.append(n_rows)
            n_rows += part.learnt["n"]
            for kind, values in part.totals.items():
                totals[kind] = totals[kind] + values
            self.reading.add(part.tally)
            self._pass_on(part, files, n_lines)
            spent.add("read", part.cpu_s)
            self.on_rows(part.learnt["n"])
        return builder, bases, totals

    def _pass_on(self, part: Part, files: list[OpenFile], n_lines: dict[str, int]) -> None:
        """Pass rejects on; lines of a part of a file are numbered from the file's first."""
        cut_lines = {str(one.source.path) for one in files if one.table is None and one.within}
        for reject in part.rejects:
            before = n_lines.get(reject["file"], 0) if reject["file"] in cut_lines else 0
            self.rejects(Reject(**{**reject, "line": reject["line"] + before}))
        for path in cut_lines:
            n_lines[path] = n_lines.get(path, 0) + part.n_ends


@dataclass(frozen=True, slots=True)
class _Counting:
    """Counts lists that machines hold."""

    engine: Engine
    bases: list[int]
    totals: dict[str, I64]
    n_cuts: int
    spent: Spent
    at_a_time: int

    def found(
        self, place: Ref, rows: list[Ref], joined: npt.NDArray[np.bool_], lists: list[list[Ref]]
    ) -> dict[str, Traits]:
        """Traits that two nodes share, by the kind of their links."""
        engine, n_keys = self.engine, self.n_cuts
        asked = [
            engine.submit(
                count_part,
                [order, place, *rows, joined, *(part[nth] for part in lists)],
                2 + n_keys,
            )
            for nth, within in enumerate(cuts(self.n_cuts))
            for order in self._orders(within)
        ]
        counted: list[Counted] = []
        for refs in asked:
            counted.append(engine.get(refs[0]))
            self.spent.add("count", counted[-1].cpu_s)
        by_key = [refs[2:] for refs in asked]
        later = np.sum([one.later for one in counted], axis=0)
        waiting = [refs[1] for refs, one in zip(asked, counted, strict=True) if one.later.any()]
        again = [
            engine.submit(count_joined, [self._order(pieces), *rows, *waiting], 1 + n_keys)
            for pieces in _bunched(plan(later, self.at_a_time), later, self.at_a_time)
            if waiting
        ]
        by_key += [refs[1:] for refs in again]
        shared = [
            engine.submit(share_keys, [__version__, *(refs[nth] for refs in by_key)], 2)
            for nth in range(n_keys)
        ]
        for refs in again:
            self.spent.add("join", engine.get(refs[0]))
        template: list[Traits] = [Traits.none()]
        for cpu, held in shared:
            self.spent.add("share", engine.get(cpu))
            template.append(engine.get(held))
        none = Traits.none()
        return {
            "template": shared_only(Traits.together(template)),
            "replayed_reasoning": shared_only(
                Traits.together([none, *(one.replayed for one in counted)])
            ),
            "echo": shared_only(Traits.together([none, *(one.echo for one in counted)])),
        }

    def _orders(self, within: range) -> Iterator[ToCount]:
        """Orders for one cut; a share that is too large for one worker is given to several."""
        totals, most = self.totals, self.at_a_time
        both = totals["spoken"] + totals["heard"]
        echo = list(plan(both, most, within)) if both[within.start : within.stop].any() else []
        ids = totals["replayed"]
        replayed = list(plan(ids, most, within)) if ids[within.start : within.stop].any() else []
        shingles = plan(totals["shingles"], most, within)
        for nth, pieces in enumerate(_bunched(shingles, totals["shingles"], most)):
            yield self._order(pieces, [] if nth else replayed, [] if nth else echo)

    def _order(
        self, shingles: list[Piece], replayed: list[Piece] | None = None,
        echo: list[Piece] | None = None,
    ) -> ToCount:  # fmt: skip
        return ToCount(__version__, self.bases, shingles, replayed or [], echo or [], self.n_cuts)


def _bunched(pieces: Iterator[Piece], totals: I64, most: int) -> Iterator[list[Piece]]:
    """Pieces that together hold about as much as a worker should be given."""
    bunch: list[Piece] = []
    held = 0
    for piece in pieces:
        lo, hi, _, of = piece
        size = int(totals[lo:hi].sum()) // of
        if bunch and held + size > 2 * most:
            yield bunch
            bunch, held = [], 0
        bunch.append(piece)
        held += size
    if bunch:
        yield bunch
