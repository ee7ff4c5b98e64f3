"""THE LIST: its order, what each entry declares, and what happens where it cannot look."""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from typing import get_args

import numpy as np
import pytest

from stillwatch.detect import prevalence, shared
from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.links import KINDS
from stillwatch.detect.rivals import RIVALS
from stillwatch.detect.signal import Family, Signal
from stillwatch.model import ACCOUNT_COLUMNS, EXCHANGE_COLUMNS, REQUIRED
from stillwatch.stats.formula import Formula
from stillwatch.stats.formulas import FORMULAS
from tests.rooms.detect.worlds import World, group_of

COLUMNS = {name for name, _, _ in (*EXCHANGE_COLUMNS, *ACCOUNT_COLUMNS)}
SECTIONS = ("Why it tells", "Formula", "Reads", "Returns", "Benign twin", "Evasion", "Source")
#: what can be read where nothing but the required columns is there.
ALWAYS = {"load_balance", "round_the_clock", "release_pivot", "timeline"}


def _module(signal: Signal) -> str:
    return inspect.getdoc(inspect.getmodule(signal.weigh)) or ""


def test_names_are_unique_and_families_stand_together() -> None:
    assert len({s.name for s in SIGNALS}) == len(SIGNALS)
    runs = [family for family, _ in groupby(s.family for s in SIGNALS)]
    assert len(runs) == len(set(runs))
    assert set(runs) == set(get_args(Family))


def test_every_published_signal_up_to_21_is_there() -> None:
    assert {s.id for s in SIGNALS} == {f"SWS-{i}" for i in range(1, 22)}


def test_rivals_explain_signals_that_exist() -> None:
    names = {s.name for s in SIGNALS}
    assert not {n for rival in RIVALS for n in rival.explains} - names


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_an_entry_names_columns_that_exist_and_none_of_origin(signal: Signal) -> None:
    named = {*signal.reads, *signal.needs_any}
    assert named <= COLUMNS - {"region"}
    assert signal.twin


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_a_module_says_all_that_a_reader_asks(signal: Signal) -> None:
    text = _module(signal)
    headings = re.findall(r"^\*\*([^*]+)\.\*\*", text, re.MULTILINE)
    assert tuple(h for h in headings if h in SECTIONS) == SECTIONS
    assert ">>> " in text


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_it_could_not_look_where_its_columns_are_absent(signal: Signal) -> None:
    why = signal.missing(frozenset(REQUIRED))
    assert (why is None) == (signal.name in ALWAYS)
    assert signal.missing(frozenset(COLUMNS)) is None


def _bare() -> World:
    world = World()
    for i in range(30):
        world.send(f"c{i}", i / 7)
    for i in range(4):
        world.send(f"p{i}", 1.0 + i)
    return world


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_too_little_to_weigh_is_nothing_to_weigh(signal: Signal) -> None:
    reading = signal.weigh(group_of(_bare().state(), "p"))
    assert reading.bits == 0.0


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_one_account_is_never_weighed_for_one_hand(signal: Signal) -> None:
    state = _bare().state()
    reading = signal.weigh(Group(state, np.array([0])))
    assert reading.bits == 0.0


def test_kinds_of_links_have_a_signal_or_are_too_common_for_one() -> None:
    sources = " ".join(inspect.getsource(inspect.getmodule(s.weigh) or np) for s in SIGNALS)
    unread = {kind for kind, _, _ in KINDS if f'"{kind}"' not in sources}
    assert unread <= {"system_prompt"}


def test_every_formula_is_one_that_some_signal_weighs_with() -> None:
    modules = [inspect.getmodule(s.weigh) for s in SIGNALS] + [shared, prevalence]
    used = {f.name for m in modules for f in vars(m).values() if isinstance(f, Formula)}
    assert used == set(FORMULAS)
