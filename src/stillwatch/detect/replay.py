"""Replay: a window taken look by look, which can be left and gone on with as more comes.

What a look finds depends on nothing that was sent after it. So looks that were taken stay as
they are when more traffic is known, and a watcher that takes each look when it is due has at
every moment what one search of the same traffic would have found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.detect.candidates import Finder
from stillwatch.detect.ceilings import Ceilings
from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.links import Links, build_links
from stillwatch.detect.looks import LooksOfLinks
from stillwatch.detect.marks import marks_of
from stillwatch.detect.opening import Docket
from stillwatch.detect.population import build_population
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.settling import Outcome, settle_all
from stillwatch.detect.signal import Signal
from stillwatch.detect.state import State, Window, open_window
from stillwatch.detect.traffic import Traffic
from stillwatch.detect.weighing import PROBE, weigh
from stillwatch.model.release import Release

U64 = npt.NDArray[np.uint64]


def readiness(window: Window, now_us: int) -> tuple[tuple[Signal, ...], dict[str, str]]:
    """Which signals can look at a window by a moment, and why the others cannot."""
    columns = window.traffic.columns_by(now_us) | window.population.known_by(now_us)
    if any(release.released_at_us < now_us for release in window.releases):
        columns |= {"releases"}
    missing = {s: s.missing(columns) for s in SIGNALS}
    return (
        tuple(s for s in SIGNALS if missing[s] is None),
        {s.name: why for s, why in missing.items() if why is not None},
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """What is carried from look to look besides running sums.

    Attributes:
        looks: how many looks were taken.
        finder: which groups were weighed.
        docket: what was opened and what was not.
    """

    looks: int
    finder: Finder
    docket: Docket

    def copy(self) -> Memory:
        """The same, to be gone on with by itself."""
        return Memory(self.looks, self.finder.copy(), self.docket.copy())

    def take(self, state: State) -> Memory:
        """Look at a state, the next one in turn."""
        looking, _ = readiness(state.window, state.now_us)
        self.finder.look_at(state, looking, lambda: self.docket.asked)
        for group in self.finder.groups():
            self._hear(group, looking)
        return Memory(state.looks, self.finder, self.docket)

    def close(self, state: State) -> None:
        """Search once more for what is not searched for at every look, if it was not."""
        looking, _ = readiness(state.window, state.now_us)
        self.finder.look_at(state, looking, lambda: self.docket.asked)
        for group in self.finder.left_out():
            self._hear(group, looking)

    def _hear(self, group: Group, looking: tuple[Signal, ...]) -> None:
        docket, n_tested = self.docket, self.finder.share_of(group.found_by)
        if not docket.out_of_reach(group, n_tested):
            needed = docket.needed_bits(n_tested)
            docket.hear(group, weigh(group, looking, needed), n_tested)


@dataclass(slots=True)
class Replay:
    """Takes looks at a window that grows.

    Attributes:
        settings: what the search was told.
        n_kept: looks that it can go back when rows come late; it starts anew otherwise.
        on_look: called after each look with (looks so far, looks in all).
        state: everything known at the last look that was taken.
        n_taken: looks that were taken in all, those that were taken anew included.
    """

    settings: DetectSettings
    n_kept: int = 0
    on_look: Callable[[int, int], None] | None = None
    state: State | None = None
    n_taken: int = 0
    _memory: Memory | None = None
    _kept: list[Memory] = field(default_factory=list)
    _marks: U64 = field(default_factory=lambda: np.zeros(0, np.uint64))
    _clock: tuple[int, int] = (0, 0)

    @property
    def docket(self) -> Docket:
        """What was opened and what was not, by the looks that were taken."""
        if self._memory is None:
            raise ValueError("no look was taken yet: call go_on first")
        return self._memory.docket

    def go_on(
        self,
        traffic: Traffic,
        accounts: pa.Table | None = None,
        releases: tuple[Release, ...] = (),
        until_us: int | None = None,
        links: Links | LooksOfLinks | None = None,
    ) -> None:
        """Take the looks that are due.

        What was found before stays, unless rows of before have come since, or what is known
        of an account or a release of before has changed: then it goes back to the last look
        before that which it has kept, or starts anew.

        Args:
            traffic: all exchanges of the window that are known.
            accounts: the account table.
            releases: models and when they were released.
            until_us: looks up to this moment are due, all rows sent before it being known
                as far as one can tell; all looks if None.
            links: what ``build_links`` makes of these, where that was made already; by looks,
                if those are of the clock that ``clock_of`` gives.
        """
        population = build_population(traffic, accounts)
        links = links or build_links(traffic, population)
        window = open_window(traffic, population, links, self.settings, releases)
        due = window.n_bins
        if until_us is not None:
            due = min(due, max(0, (until_us - window.start_us) // window.step_us))
        marks = marks_of(window)
        self._memory = memory = self._stands(window, marks) or self._anew(window)
        self._clock = (window.start_us, window.step_us)
        self.state = state = State.at(window, memory.looks)
        memory.finder.go_on(state, Ceilings(state))
        memory.docket.go_on(window.population.n)
        traffic.room.scatter()
        while state.looks < due:
            if self.n_kept:
                self._kept = [*self._kept, memory.copy()][-self.n_kept :]
            state.advance()
            self._memory = memory = memory.take(state)
            traffic.room.rest()
            self.n_taken += 1
            if self.on_look:
                self.on_look(state.looks, window.n_bins)
        self._marks = marks[: state.looks]

    def outcome(self) -> Outcome:
        """What was found in all the traffic that is known.

        Rows after the last look that was due are looked at as if their time were over, and
        that is forgotten again.
        """
        if self.state is None or self._memory is None:
            raise ValueError("no look was taken yet: call go_on first")
        window, memory = self.state.window, self._memory.copy()
        state = self.state
        if state.looks < window.n_bins:
            state = State.at(window, state.looks)
        memory.finder.go_on(state, Ceilings(state))
        while state.looks < window.n_bins:
            state.advance()
            memory = memory.take(state)
            window.traffic.room.rest()
        memory.close(state)
        window.traffic.room.rest()
        looking, not_looked = readiness(window, state.now_us)
        n_tested = memory.finder.n_tested
        campaigns = settle_all(state, memory.docket, looking, n_tested)
        return Outcome(state, campaigns, memory.docket, looking, not_looked, n_tested)

    def _stands(self, window: Window, marks: U64) -> Memory | None:
        """What was found before and does not depend on anything that has changed since."""
        if self._memory is None or self._clock != (window.start_us, window.step_us):
            return None
        n = min(marks.size, self._marks.size)
        changed = np.flatnonzero(marks[:n] != self._marks[:n])
        same = int(changed[0]) if changed.size else n
        if same >= self._memory.looks:
            return self._memory
        self._kept = [kept for kept in self._kept if kept.looks <= same]
        return self._kept[-1].copy() if self._kept else None

    def _anew(self, window: Window) -> Memory:
        """Before the first look."""
        self._kept = []
        state = State.start(window)
        probing = any(s.name == PROBE for s in SIGNALS)
        return Memory(0, Finder(state, probing, Ceilings(state)), Docket(self.settings))
