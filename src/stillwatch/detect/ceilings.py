"""Ceilings: the most that the scales could say of each of many groups, before they are asked.

Nine groups in ten fall so short that running sums alone show it. Those sums are tallied for
all groups of a look in one compiled pass: of a signal that reads nothing else its bits, of any
other the most that it can give. A group whose ceiling is under what a campaign needs cannot be
opened and is not weighed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
import numpy.typing as npt

from stillwatch.detect import tallies
from stillwatch.detect.gathering import Packed
from stillwatch.detect.links import KIND_ID, KINDS
from stillwatch.detect.prevalence import reference
from stillwatch.detect.rivals import RIVALS, always
from stillwatch.detect.shared import UNSEEN
from stillwatch.detect.signal import Signal
from stillwatch.detect.signals import (
    bypass_search,
    creation_cohort,
    credential_spread,
    echo,
    failover,
    foreign_residue,
    imported_history,
    interchangeability,
    judge_use,
    metadata_stripping,
    no_ramp,
    plan_to_usage,
    programme_cluster,
    reasoning_elicitation,
    reasoning_replay,
    release_pivot,
    replacement,
    round_the_clock,
    safe_rewriting,
    sharding,
    shared_address,
    shared_client,
    shared_contact,
    shared_credential,
    shared_device,
    shared_payment,
    shared_template,
    task_concentration,
    timeline,
    trace_refining,
)
from stillwatch.detect.state import COUNT_ID, State
from stillwatch.detect.weighing import FOUND_BY, PROBE, scales_of
from stillwatch.stats.pooled_load import load_bits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: room for another order of additions, bits.
SLACK = 1e-6
#: signals that weigh a share of exchanges: the running count of each.
SHARES = {
    credential_spread: "moved",
    metadata_stripping: "bare",
    foreign_residue: "residue",
    imported_history: "imported",
    judge_use: "judge",
    reasoning_elicitation: "reasoning",
    safe_rewriting: "rewrite",
    task_concentration: "task",
    trace_refining: "refine",
}
#: signals that weigh a shared trait: its kind, and the holders outside that are assumed.
TRAITS = {
    shared_device: ("device", UNSEEN),
    shared_contact: ("contact", UNSEEN),
    shared_credential: ("credential", UNSEEN),
    shared_payment: ("payment", UNSEEN),
    shared_address: ("address", UNSEEN),
    shared_client: ("client_stack", UNSEEN),
    shared_template: ("template", UNSEEN),
    reasoning_replay: ("replayed_reasoning", reasoning_replay.UNGUESSABLE),
    echo: ("echo", echo.UNGUESSABLE),
}
#: signals that weigh who is marked for the look.
MARKS = (no_ramp, plan_to_usage, timeline)


@dataclass(slots=True)
class Ceilings:
    """Gives the ceilings of groups at each look.

    Attributes:
        state: what is known so far.
        looking: signals that can look so far.
    """

    state: State
    looking: tuple[Signal, ...] = ()
    _inside: npt.NDArray[np.int32] = field(init=False)
    _times: npt.NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        """Set up what is used again at every look."""
        self._inside = np.zeros(self.state.window.links.key.size, np.int32)
        self._times = np.zeros(0, np.int32)

    def of(self, groups: Packed, kind: I64, key: I64, load: F64, *, cut: bool) -> F64:
        """The most that any rival could leave of each group, and that one hand could weigh.

        Args:
            groups: at least one node each.
            kind, key: ``(n,)`` by what each was found, -1 for communities.
            load: ``(n, 5)`` what was probed, nan where nothing was.
            cut: whether the groups were cut out of larger ones.

        Returns:
            ``(n, 2)`` bits: under what a campaign needs, the group cannot be opened; and the
            weight for "one hand", ``-inf`` where no family could be worth remembering.
        """
        scales = scales_of(self.looking, self.state.window.settings.family_cap_bits)
        bits = np.tile([s.at_most or scales.cap for s in self.looking], (groups.n, 1))
        for column, signal in enumerate(self.looking):
            if signal.name == PROBE:
                bits[:, column] = np.nan_to_num(load_bits(load))
        self._put_shares(groups, bits)
        self._put_traits(groups, key, bits)
        self._put_marks(groups, bits)
        self._put_lives(groups, bits, cut=cut)
        self._put_bounds(groups, bits)
        found = np.full(len(KINDS) + 1, -1)
        for nth, signal in enumerate(self.looking):
            for name, found_by in FOUND_BY.items():
                if found_by == signal.name:
                    found[KIND_ID[name]] = nth
        fits = np.array([r.fits is always for r in RIVALS])
        operator = np.array([s.question == "operator" for s in self.looking])
        out = np.empty((groups.n, 2))
        tallies.add_up(
            np.clip(bits + SLACK, -scales.cap, scales.cap),
            found[kind],
            scales.family,
            scales.kept,
            fits,
            operator,
            out,
        )
        return out

    def _columns(self, modules: Iterable[ModuleType]) -> list[tuple[int, ModuleType]]:
        """Those of some signals that can look, each with its column."""
        place = {signal: nth for nth, signal in enumerate(self.looking)}
        return [(place[m.SIGNAL], m) for m in modules if m.SIGNAL in place]

    def _put_shares(self, groups: Packed, bits: F64) -> None:
        asked = self._columns((*SHARES, bypass_search))
        if not asked:
            return
        names = [SHARES.get(module, "bypass") for _, module in asked]
        refs = [reference(self.state, name) for name in names]
        out = np.zeros((groups.n, len(asked)))
        tallies.share_bits(
            groups.offsets,
            groups.nodes,
            self.state.counts,
            np.array([COUNT_ID[name] for name in names]),
            refs[0].least,
            np.array([module.FLOOR for _, module in asked]),
            np.array([module.INNOCENT_SHARE for _, module in asked]),
            np.concatenate([r.above for r in refs]),
            np.cumsum([0, *(r.above.size for r in refs)]),
            refs[0].n,
            out,
        )
        for nth, (column, module) in enumerate(asked):
            bits[:, column] = out[:, nth]
            if module is bypass_search:
                bits[:, column] = np.where(out[:, nth] > 0, module.SIGNAL.at_most, 0.0)

    def _put_traits(self, groups: Packed, key: I64, bits: F64) -> None:
        asked = self._columns(TRAITS)
        if not asked:
            return
        held = self.state.held
        column = np.full(len(KINDS), -1, np.int8)
        for nth, (_, module) in enumerate(asked):
            column[KIND_ID[TRAITS[module][0]]] = nth
        caps = np.array([(m.INNOCENT_SHARE, TRAITS[m][1]) for _, m in asked]).T.copy()
        out = np.zeros((groups.n, len(asked)))
        tallies.trait_bits(
            groups.offsets,
            groups.nodes,
            key,
            (held.trait_offsets, held.trait_key),
            self.state.df,
            self.state.n_active,
            column[held.kind],
            caps,
            self._inside,
            out,
        )
        bits[:, [column for column, _ in asked]] = out

    def _put_marks(self, groups: Packed, bits: F64) -> None:
        state = self.state
        past = release_pivot.past(state)
        asked, keys = [], []
        for column, module in self._columns(MARKS):
            if module is timeline and not past:
                bits[:, column] = 0.0
                continue
            asked.append((column, module.INNOCENT_SHARE))
            keys.append(module.marks(state))
        for column, module in self._columns((release_pivot,)):
            bits[:, column] = 0.0
            asked += [(column, module.INNOCENT_SHARE)] * len(past)
            keys += [module.mark_pivots(state, release) for release in past]
        if not asked:
            return
        out = np.zeros((groups.n, len(asked)))
        tallies.mark_bits(
            groups.offsets,
            groups.nodes,
            np.stack([state.cache[key] for key in keys]),
            np.stack([state.cache[f"{key}, totals"] for key in keys]),
            np.array([share for _, share in asked]),
            out,
        )
        for nth, (column, _) in enumerate(asked):
            bits[:, column] = (
                out[:, nth]
                if nth < 1 or asked[nth - 1][0] != column
                else np.maximum(bits[:, column], out[:, nth])
            )

    def _put_lives(self, groups: Packed, bits: F64, *, cut: bool) -> None:
        state, packed = self.state, (groups.offsets, groups.nodes)
        for column, module in self._columns((creation_cohort,)):
            share, innocent = module.STRAY_SHARE, module.INNOCENT_SHARE
            bits[:, column] = -np.log2(innocent) if cut else 0.0
            if not cut:
                out = np.zeros(groups.n)
                tallies.cohort_bits(*packed, state.opened_rank, share, innocent, out)
                bits[:, column] = out
        for column, module in self._columns((round_the_clock,)):
            out = np.zeros(groups.n)
            if module.told(state):
                same, pairs, flatness = module.pairs_of(state)
                sizes = (float(module.FEWEST_PAIRS), float(module.N_PARTS))
                tallies.flat_bits(
                    *packed, same, pairs, flatness, *sizes, module.INNOCENT_SHARE, out
                )
            bits[:, column] = out

    def _put_bounds(self, groups: Packed, bits: F64) -> None:
        state, sums = self.state, groups.sums
        with_text = sums(state.of("with_text"))
        for column, module in self._columns((replacement,)):
            lost = sums(state.shut & (state.last_bin < state.looks - 2))
            bits[:, column] = np.where(lost >= module.FEWEST, -np.log2(module.INNOCENT_SHARE), 0.0)
        for column, module in self._columns((programme_cluster,)):
            known = sums(state.window.population.codes["programme"] >= 0)
            bits[:, column] = np.where(known >= 3, -np.log2(module.INNOCENT_SHARE), 0.0)
        for column, module in self._columns((failover,)):
            enough = sums(state.of("blocked")) >= module.FEWEST
            bits[:, column] = np.where(enough, module.SIGNAL.at_most, 0.0)
        for column, module in self._columns((interchangeability,)):
            enough = with_text >= np.maximum(module.FEWEST, 2 * groups.sizes)
            bits[:, column] = np.where(enough, module.SIGNAL.at_most, 0.0)
        for column, module in self._columns((sharding,)):
            starts, prompt, bins, own = module.repeated(state)
            if self._times.size != own.size:
                self._times = np.zeros(own.size, np.int32)
            out = np.zeros((groups.n, 2))
            packed = (groups.offsets, groups.nodes, starts, prompt, bins)
            tallies.repeats(*packed, state.looks, self._times, own, out)
            bits[:, column] = module.most_bits(
                out[:, 0], out[:, 1], with_text, module.so_far(state)
            )
            bits[with_text < 2 * groups.sizes, column] = 0.0
