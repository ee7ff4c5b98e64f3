"""State: everything known up to one moment of the replay, kept by running sums.

The window is cut into bins of one clock step. ``State.advance`` moves to the end of
the next bin; nothing after that moment can be read through a :class:`State`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.detect.classes import PromptClass
from stillwatch.detect.counting import Counts, counted, nothing_counted
from stillwatch.detect.firsts import imports, moves
from stillwatch.detect.held import Held, held_at
from stillwatch.detect.links import Links, first_moments
from stillwatch.detect.looks import LooksOfLinks, by_looks
from stillwatch.detect.population import Population
from stillwatch.detect.room import made
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.sights import by_group
from stillwatch.detect.traffic import Traffic
from stillwatch.model.release import Release
from stillwatch.stats.likelihood import OWN_KAPPA, fit_concentration
from stillwatch.stats.pooled_load import UNKNOWN_BIN

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
U64 = npt.NDArray[np.uint64]

#: most looks at a window; a longer window gets a coarser clock.
MAX_LOOKS = 240
N_REFERENCE = 400
#: looks between two measurements of how unrelated people spread over the clock.
REFIT_EVERY = 4

#: running counts a node has, by name.
COUNTS: tuple[str, ...] = (
    "exchanges",
    "with_text",
    "opening",
    "reasoning",
    "judge",
    "rewrite",
    "task",
    "residue",
    "bypass",
    "refine",
    "followup",
    "blocked",
    "refused",
    "output_tokens",
    "bare",
    "moved",
    "imported",
)
COUNT_ID = {name: i for i, name in enumerate(COUNTS)}
_CLASSES = {
    "judge": PromptClass.JUDGE,
    "rewrite": PromptClass.REWRITE,
    "task": PromptClass.TASK,
    "residue": PromptClass.RESIDUE,
    "bypass": PromptClass.BYPASS,
    "refine": PromptClass.REFINE,
    "followup": PromptClass.FOLLOWUP,
}
#: answers by which a provider turns a request away.
TURNED_AWAY = (401, 403, 429)


@dataclass(slots=True)
class Window:
    """What does not change during a replay.

    Attributes:
        traffic, population, settings, releases: as given.
        links: those that hold at a look at least.
        node: ``(n,)`` node of each exchange, -1 where its account is disclosed.
        start_us, step_us, n_bins: the clock.
        bin: ``(n,)`` bin of each exchange.
        moved, imported: ``(n,)`` marks of first sights, see ``firsts``.
        row_order, row_offsets: rows of each node in order of time:
            ``row_order[row_offsets[i]:row_offsets[i + 1]]``.
        first_us: ``(n_nodes,)`` first exchange of each node.
        lot: ``(n_nodes,)`` a uniform word of each node that its name has no part in.
    """

    traffic: Traffic
    population: Population
    links: LooksOfLinks
    settings: DetectSettings
    releases: tuple[Release, ...]
    node: I32
    start_us: int
    step_us: int
    n_bins: int
    bin: npt.NDArray[np.int16]
    moved: npt.NDArray[np.bool_]
    imported: npt.NDArray[np.bool_]
    row_order: I32
    row_offsets: I64
    first_us: I64
    lot: U64


def clock_of(traffic: Traffic, settings: DetectSettings) -> tuple[int, int]:
    """When the clock of a window starts, and its step, microseconds."""
    first, last = int(traffic.sent_us[0]), int(traffic.sent_us[-1])
    step = settings.clock_s * 1_000_000
    while (last - first) // step >= MAX_LOOKS:
        step *= 2
    return first - first % step, step


def open_window(
    traffic: Traffic,
    population: Population,
    links: Links | LooksOfLinks,
    settings: DetectSettings,
    releases: tuple[Release, ...] = (),
) -> Window:
    """Lay the clock over a window of traffic and index its rows by node.

    Args:
        traffic: the exchanges.
        population: their nodes.
        links: of those; by looks, if of the clock that :func:`clock_of` gives.
        settings: what the search was told.
        releases: models and when they were released.
    """
    start, step = clock_of(traffic, settings)
    if isinstance(links, LooksOfLinks) and links.clock != (start, step):
        raise ValueError(f"links are by the looks of another clock: {links.clock}")
    bins = made(traffic.room, traffic.n, np.int16, lambda b: (traffic.sent_us[b] - start) // step)
    node = population.nodes_of(traffic)
    order, offsets = by_group(node, population.n, traffic.room)
    first_us = first_moments(order, offsets, traffic.sent_us)
    return Window(
        traffic=traffic,
        population=population,
        links=links if isinstance(links, LooksOfLinks) else by_looks(links, start, step),
        settings=settings,
        releases=releases,
        node=node,
        start_us=start,
        step_us=step,
        n_bins=int(bins[-1]) + 1,
        bin=bins,
        moved=moves(traffic, order, offsets),
        imported=imports(traffic, order, offsets),
        row_order=order,
        row_offsets=offsets,
        first_us=first_us,
        lot=_lots(first_us),
    )


def _lots(first_us: I64) -> U64:
    """Words drawn by the moment at which each node was first seen."""
    word = first_us.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    out: U64 = (word ^ (word >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return out


@dataclass(slots=True)
class State:
    """Running sums up to ``now_us``.

    Attributes:
        looks: how many bins have been taken in.
        now_us: end of the last bin taken in.
        counts: ``(n_nodes, len(COUNTS))`` running counts.
        table: ``(n_nodes, n_bins)`` exchanges per bin; later bins are zero.
        last_bin: ``(n_nodes,)`` last bin with an exchange, -1 before the first.
        shut: ``(n_nodes,)`` whether the last exchange was turned away.
        lives: ``(3, n_nodes)`` bins of the first exchange, of the opening and of the end,
            see :func:`stillwatch.stats.pooled_load.lifetimes`.
        own_share: how often unrelated nodes have each concentration of rhythm.
        profile: ``(n_bins,)`` the population's share of traffic per bin, to date.
        sent: ``(n_bins,)`` exchanges of all nodes in each bin so far.
        held: the links that hold now.
        n_rows: exchanges of all so far: those in front, for they stand in order of time.
        n_active: nodes with traffic so far.
        opened_rank: ``(n_nodes,)`` place of each opening in (0, 1) among those so far,
            nan where unknown or later.
        cache: what signals measured on the population at this look.
        known: ties of campaigns that were asked last at this look.
        lasting: what they measured once for the whole window, free of what is to come.
    """

    window: Window
    looks: int
    now_us: int
    counts: F64
    table: Counts
    last_bin: I32
    shut: npt.NDArray[np.bool_]
    lives: I64
    own_share: F64
    profile: F64
    sent: I64
    held: Held
    n_rows: int = 0
    n_active: int = 0
    opened_rank: F64 = field(default_factory=lambda: np.zeros(0))
    cache: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    lasting: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def start(cls, window: Window) -> State:
        """Before the first exchange."""
        n = window.population.n
        return cls(
            window=window,
            looks=0,
            now_us=window.start_us,
            counts=np.zeros((n, len(COUNTS))),
            table=nothing_counted(n, window.n_bins),
            last_bin=np.full(n, -1, np.int32),
            shut=np.zeros(n, bool),
            lives=_births(window),
            own_share=np.full(OWN_KAPPA.size, 1.0 / OWN_KAPPA.size),
            profile=np.zeros(window.n_bins),
            sent=np.zeros(window.n_bins, np.int64),
            held=held_at(window.links, 0, n),
        )

    @classmethod
    def at(cls, window: Window, looks: int) -> State:
        """After so many bins, as ``looks`` times ``advance`` would leave it."""
        state = cls.start(window)
        refitted = looks - (looks - 1) % REFIT_EVERY
        for until in sorted({max(refitted, 0), looks} - {0}):
            state._take_in(until)
        return state

    @property
    def df(self) -> I64:
        """``(n_keys,)`` nodes that hold each key now; none where fewer than two do."""
        if "df" not in self.cache:
            self.cache["df"] = self.held.df
        return self.cache["df"]

    def advance(self) -> None:
        """Take in the next bin."""
        self._take_in(self.looks + 1)

    def _take_in(self, looks: int) -> None:
        """Take in the bins up to one."""
        w = self.window
        self.looks = looks
        self.now_us = w.start_us + self.looks * w.step_us
        hi = int(np.searchsorted(w.traffic.sent_us, self.now_us, "left"))
        rows = np.arange(self.n_rows, hi)
        rows = rows[w.node[rows] >= 0]
        self.n_rows = hi
        self.cache.clear()
        self.known.clear()
        self._count(rows)
        self.lives[2] = np.where(self.shut, self.last_bin, w.n_bins)
        self.sent += np.bincount(w.bin[rows], minlength=w.n_bins)
        total = self.sent[: self.looks] + 0.5
        self.profile[: self.looks] = total / total.sum()
        self.held = held_at(w.links, self.looks, w.population.n, self.held)
        self.opened_rank = self._ranks_so_far()
        self.n_active = int((self.last_bin >= 0).sum())
        if self.looks % REFIT_EVERY == 1:
            self._refit()

    def _ranks_so_far(self) -> F64:
        """Mid-ranks of openings among those so far, accounts without traffic included."""
        population = self.window.population
        if "places" not in self.lasting:
            at, every = population.opened_us, population.openings
            low, high = np.searchsorted(every, at, "left"), np.searchsorted(every, at, "right")
            self.lasting["places"] = (low + high) / 2.0
        n = max(1, int(np.searchsorted(population.openings, self.now_us)))
        known = (population.opened_us >= 0) & (population.opened_us < self.now_us)
        return np.where(known, np.clip(self.lasting["places"] / n, 1e-9, 1 - 1e-9), np.nan)

    def _count(self, rows: I64) -> None:
        t, node = self.window.traffic, self.window.node[rows]
        n = self.counts.shape[0]

        def add(name: str, weights: npt.NDArray[np.generic]) -> None:
            self.counts[:, COUNT_ID[name]] += np.bincount(node, weights=weights, minlength=n)

        flags, status = t.flags[rows], t.status[rows]
        add("exchanges", np.ones(rows.size))
        add("with_text", t.digest[rows] > 0)
        add("opening", t.turn[rows] <= 0)
        plain = (flags & PromptClass.REASONING > 0) & (flags & PromptClass.TRANSPARENCY == 0)
        add("reasoning", plain)
        for name, flag in _CLASSES.items():
            add(name, flags & flag > 0)
        turned = np.isin(status, TURNED_AWAY)
        add("blocked", turned)
        reasons = self.window.traffic.names["finish_reason"]
        refusal = [i for i, r in enumerate(reasons) if r in ("refusal", "content_filter")]
        add("refused", np.isin(t.codes["finish_reason"][rows], refusal))
        add("output_tokens", np.maximum(t.tokens["output_tokens"][rows], 0))
        add("bare", (t.codes["client"][rows] < 0) & (t.codes["tls"][rows] < 0))
        add("moved", self.window.moved[rows])
        add("imported", self.window.imported[rows])
        self.table = counted(self.table, node, self.window.bin[rows])
        self.last_bin[node] = self.window.bin[rows]
        self.shut[node] = turned

    def _refit(self) -> None:
        """Measure how people who share nothing spread over the clock."""
        busy = np.flatnonzero(self.counts[:, 0] >= 20)
        if busy.size < 20:
            return
        sample = busy[:: max(1, busy.size // N_REFERENCE)]
        self.own_share = fit_concentration(
            self.table[sample][:, : self.looks].astype(np.int64), self.profile[: self.looks]
        )

    def of(self, name: str) -> F64:
        """``(n_nodes,)`` a running count by name."""
        return self.counts[:, COUNT_ID[name]]

    def share(self, name: str) -> F64:
        """``(n_nodes,)`` a running count as a share of exchanges; nan without any."""
        if name not in self.cache:
            with np.errstate(invalid="ignore", divide="ignore"):
                self.cache[name] = self.of(name) / self.of("exchanges")
        return self.cache[name]


def _births(window: Window) -> I64:
    """Bins of first exchanges and of openings; the ends are still to come."""
    begun = np.minimum((window.first_us - window.start_us) // window.step_us, window.n_bins)
    opened = (window.population.opened_us - window.start_us) // window.step_us
    opened[window.population.opened_us < 0] = UNKNOWN_BIN
    return np.stack((begun, opened, np.full(begun.size, window.n_bins, np.int64)))
