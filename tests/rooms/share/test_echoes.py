"""Hearing ourselves again weighs nothing, whoever passes it on and by whatever way."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.finding import Claim, bits_by_family
from stillwatch.share.echoes import (
    FALL,
    MOST_BITS,
    Heard,
    Record,
    allowed_bits,
    findings_of,
    independent,
    sources_of,
)
from stillwatch.share.lists import OriginClass
from stillwatch.share.notices import notice_id, notice_of
from stillwatch.share.wire import Notice
from tests.rooms.share.told import SECRET, campaign

NODES = ("us", "a", "b", "c", "d")
GOOD = Record(n_right=200)
RECORDS = dict.fromkeys(NODES, GOOD)


def saw(origin: str, bits: float = 30.0) -> Heard:
    """What an origin says it saw itself, under its own seal."""
    notice = notice_of(campaign(weight_bits=bits), origin=origin, secret=SECRET, until_us=1 << 50)
    return Heard(notice=notice, sender=origin)


def derived(origin: str, told: list[Heard]) -> Heard:
    """What an origin says that rests on others' words, as an honest one says it."""
    notice = notice_of(
        campaign(), origin=origin, secret=SECRET, until_us=1 << 50,
        origin_class=OriginClass.PARTNER, derived_from=sources_of(told),
    )  # fmt: skip
    return Heard(notice=notice, sender=origin)


def weight(told: list[Heard]) -> float:
    findings = findings_of(told, about="campaign:1", me="us", records=RECORDS)
    return sum(bits_by_family(findings, Claim.ONE_OPERATOR).values())


STEPS = st.lists(
    st.tuples(st.sampled_from(NODES[1:]), st.sampled_from(NODES), st.sampled_from(["on", "own"])),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(st.frozensets(st.sampled_from(NODES)), STEPS)
def test_no_graph_of_forwarding_changes_our_weight(origins: frozenset[str], steps: list) -> None:
    """Who saw it says so; then anybody passes anything on, or tells it anew, in any order."""
    first = [saw(name) for name in sorted(origins)]
    held: dict[str, list[Heard]] = {name: [] for name in NODES}
    for one in first:
        held[one.sender].append(one)
    reached = list(first)
    for actor, source, how in steps:
        known = held[source] or [saw("us")]
        # The sealed letter itself, or words of its own that rest on what it heard.
        made = known[-8:] if how == "on" else [derived(actor, known[-8:])]
        held[actor] += made
        reached += made
    alone = weight([one for one in first if one.sender != "us"])
    assert weight(reached) == alone
    assert weight(reached[::-1] + reached) == alone


@given(st.lists(st.sampled_from(NODES), max_size=8))
def test_our_own_word_weighs_nothing_under_any_seal(senders: list[str]) -> None:
    mine = saw("us").notice
    assert weight([Heard(notice=mine, sender=name) for name in senders]) == 0


def test_an_origin_counts_once_and_its_strongest_word() -> None:
    told = [saw("a", 3.0), saw("a", 9.0), saw("a", 9.0), saw("a", 1.0)]
    for order in permutations(told):
        assert independent(order, "us")["a"].notice.weight.best == 9.0
        assert weight(list(order)) == weight([saw("a", 9.0)])


def test_what_nobody_sealed_or_a_machine_made_weighs_nothing() -> None:
    unsealed = Heard(notice=saw("a").notice, sender="")
    assert weight([unsealed]) == 0
    for kind in (OriginClass.PARTNER, OriginClass.PUBLIC, OriginClass.MACHINE_MADE):
        notice = notice_of(campaign(), origin="a", secret=SECRET, until_us=1, origin_class=kind)
        assert weight([Heard(notice=notice, sender="a")]) == 0


@given(st.integers(0, 300), st.integers(0, 300), st.floats(-500, 500))
def test_a_record_earns_and_errors_cost(n_right: int, n_wrong: int, claimed: float) -> None:
    bits = allowed_bits(claimed, Record(n_right=n_right, n_wrong=n_wrong))
    assert 0 <= bits <= min(max(claimed, 0), MOST_BITS)
    assert bits <= allowed_bits(claimed, Record(n_right=n_right + 10, n_wrong=n_wrong)) + 1e-9
    assert bits >= allowed_bits(claimed, Record(n_right=n_right, n_wrong=n_wrong + 10)) - 1e-9
    if n_wrong >= n_right:
        assert bits == 0


@given(st.lists(st.sampled_from([f"p{n}" for n in range(30)]), unique=True))
def test_however_many_agree_the_whole_is_bounded(names: list[str]) -> None:
    told = [saw(name, 500.0) for name in names]
    findings = findings_of(told, about="campaign:1", me="us", records=dict.fromkeys(names, GOOD))
    assert sum(f.value.best for f in findings) <= MOST_BITS / (1 - FALL)
    assert {f.family for f in findings} == {f"partner:{name}" for name in names}


def test_sources_are_named_to_the_root() -> None:
    root = saw("us")
    second = derived("a", [root])
    third = derived("b", [second])
    assert {s.origin for s in third.notice.derived_from} == {"us", "a"}
    assert notice_id(root.notice) in {s.notice for s in third.notice.derived_from}
    assert isinstance(third.notice, Notice)


def test_who_speaks_after_we_told_it_weighs_nothing() -> None:
    """A partner that says our own word back as its own observation, without a source."""
    early = Heard(notice=saw("a").notice, sender="a", taken_us=10)
    late = Heard(notice=saw("b").notice, sender="b", taken_us=30)
    told_us = {"a": 20, "b": 20}
    findings = findings_of(
        [early, late], about="campaign:1", me="us", records=RECORDS, told_us=told_us
    )
    assert [f.family for f in findings if f.value.best > 0] == ["partner:a"]
