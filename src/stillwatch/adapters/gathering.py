"""Gathering step by step: logs to traffic to links, each step kept as it is finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from stillwatch.adapters.ingest import fill
from stillwatch.adapters.readers import Reading, Reject
from stillwatch.adapters.resuming import StateFolder
from stillwatch.adapters.shelving import Overflow, Pages
from stillwatch.detect.keeping import keep_links, keep_traffic, links_from, traffic_from
from stillwatch.detect.links import Links, build_links
from stillwatch.detect.population import build_population
from stillwatch.detect.shelf import Shelf
from stillwatch.detect.traffic import Traffic, TrafficBuilder


@dataclass(slots=True)
class Rejects:
    """Passes rejects on, and remembers those of a step until they are taken."""

    pass_on: Callable[[Reject], None] | None
    remember: bool
    _held: list[Reject] = field(default_factory=list)

    def __call__(self, reject: Reject) -> None:
        """One more line was set aside."""
        if self.pass_on:
            self.pass_on(reject)
            if self.remember:
                self._held.append(reject)

    def take(self) -> list[dict[str, Any]]:
        """Those since they were last taken, fit for JSON."""
        held, self._held = self._held, []
        return [asdict(reject) for reject in held]

    def again(self, taken: list[dict[str, Any]]) -> None:
        """Pass on what was set aside in a step that is not made anew."""
        for reject in taken:
            self(Reject(**reject))
        self._held.clear()


@dataclass(frozen=True, slots=True)
class Gathering:
    """Makes traffic and links by steps, or takes those that stand in a folder.

    Attributes:
        folder: where steps are kept.
        reading: the logs, nothing of them read yet.
        rejects: what the reading was given for lines that are set aside.
        on_rows: called after each batch with its number of rows.
        on_linking: called when reading is over.
        elsewhere: makes both where other machines read; then no part is kept by itself.
    """

    folder: StateFolder
    reading: Reading
    rejects: Rejects
    on_rows: Callable[[int], None]
    on_linking: Callable[[], None]
    elsewhere: Callable[[pa.Table | None], tuple[Traffic, Links]] | None = None

    def traffic_and_links(
        self, builder: TrafficBuilder, table: pa.Table | None
    ) -> tuple[Traffic, Links]:
        """Do what is left to do.

        Args:
            builder: an empty one.
            table: the accounts, if there is a table of them.
        """
        linked, sorted_ = self.folder.done("links"), self.folder.done("traffic")
        if linked and sorted_:
            self._recall(sorted_.said)
            self.folder.drop(self._names())
            self.on_linking()
            traffic = traffic_from(sorted_.shelf, sorted_.said, [], Pages())
            return traffic.linked(), links_from(linked.shelf)
        if self.elsewhere:
            return self._kept(*self.elsewhere(table))
        shelves = self._read(builder)
        self.on_linking()
        traffic = self._sorted(builder, shelves)
        links = build_links(traffic, build_population(traffic, table), Overflow())
        return self._linked(traffic, links)

    def _kept(self, traffic: Traffic, links: Links) -> tuple[Traffic, Links]:
        """Keep what was made elsewhere."""
        self.folder.unchanged(self.reading.sources)
        self._keep_traffic(traffic, self.rejects.take())
        return self._linked(traffic, links)

    def _linked(self, traffic: Traffic, links: Links) -> tuple[Traffic, Links]:
        step = self.folder.begin("links")
        keep_links(links, step.shelf)
        self.folder.finish(step)
        self.folder.drop(self._names())
        return traffic.linked(), links

    def _names(self) -> list[str]:
        return [f"read-{nth:05}" for nth in range(len(self.reading.parts()))]

    def _recall(self, said: dict[str, Any]) -> None:
        self.reading.recall(said["tally"])
        self.rejects.again(said["rejects"])

    def _read(self, builder: TrafficBuilder) -> list[Shelf]:
        """Sketches of every part of the logs."""
        shelves: list[Shelf] = []
        for name, part in zip(self._names(), self.reading.parts(), strict=True):
            step = self.folder.done(name)
            if step is None:
                step = self.folder.begin(name)
                builder.go_on(step.shelf)
                fill(builder, self.reading.read(part), self.on_rows)
                self.folder.unchanged([one.source.path for one in part])
                step.said = {
                    "learnt": builder.cut(),
                    "tally": self.reading.tally(),
                    "rejects": self.rejects.take(),
                }
                self.folder.finish(step)
            else:
                builder.resume(step.shelf, step.said["learnt"])
                self._recall(step.said)
                self.on_rows(0)
            shelves.append(step.shelf)
        return shelves

    def _sorted(self, builder: TrafficBuilder, shelves: list[Shelf]) -> Traffic:
        step = self.folder.done("traffic")
        if step:
            return traffic_from(step.shelf, step.said, shelves, Pages())
        traffic = builder.finish()
        rejects = [one for name in self._names() for one in self._rejects_of(name)]
        self._keep_traffic(traffic, rejects)
        return traffic

    def _keep_traffic(self, traffic: Traffic, rejects: list[dict[str, Any]]) -> None:
        step = self.folder.begin("traffic")
        step.said = keep_traffic(traffic, step.shelf)
        step.said |= {"tally": self.reading.tally(), "rejects": rejects}
        self.folder.finish(step)

    def _rejects_of(self, name: str) -> list[dict[str, Any]]:
        step = self.folder.done(name)
        return step.said["rejects"] if step else []
