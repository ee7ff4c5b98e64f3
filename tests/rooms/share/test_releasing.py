"""Who may see what: the rule against an oracle over all small worlds."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.errors import NotAllowed
from stillwatch.model.marking import Channel, LegalBasis, Marking, Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.share.releasing import may_release, require_release
from stillwatch.share.statutes import STATUTES
from stillwatch.share.strictest import strictest
from tests.rooms.share.marked import DAY_US, HOLDS, MARKINGS, NOW_US, PARTIES, marking, party


def allowed_by_the_words(m: Marking, r: Party, now_us: int, purpose: Purpose) -> bool:
    """TLP 2.0 and the rest, written down a second time as one formula."""
    statute = {s.name: s for s in STATUTES}.get(m.basis.name)
    in_force = m.basis.from_us <= now_us < m.basis.until_us and (
        statute is None or any(a <= now_us < (b or 1 << 62) for a, b in statute.spells)
    )
    anywhere = m.tlp is Tlp.CLEAR and not m.jurisdictions
    named = r.name in m.partners
    shares = bool(m.communities & r.communities)
    member = (shares and (named or not m.partners)) if m.communities else named
    client = m.owner in r.client_of or (not m.communities and bool(m.partners & r.client_of))
    label = {
        Tlp.CLEAR: True,
        Tlp.GREEN: shares,
        Tlp.AMBER: member or client,
        Tlp.AMBER_STRICT: member,
        Tlp.RED: named and (shares or not m.communities),
    }[m.tlp]
    channel = {
        Channel.PARTNER: True,
        Channel.PUBLIC: m.tlp is Tlp.CLEAR,
        Channel.GOVERNMENT: m.government and named,
    }[r.channel]
    return (
        label and channel and in_force and now_us < m.until_us
        and (anywhere or r.jurisdiction in m.jurisdictions)
        and purpose in m.purposes and purpose in r.purposes
    )  # fmt: skip


@settings(max_examples=500)
@given(MARKINGS, PARTIES, st.sampled_from(Purpose))
def test_the_rule_is_the_words(m: Marking, r: Party, purpose: Purpose) -> None:
    answer = may_release(m, r, NOW_US, purpose)
    assert answer.allowed == allowed_by_the_words(m, r, NOW_US, purpose), answer
    assert answer.allowed == (not answer.why)


def test_every_label_and_kind_of_recipient() -> None:
    """The table of TLP 2.0: label by (named, member, client, public, government)."""
    kinds = {
        "named": party("named"),
        "member": party("m"),
        "client": party("c", communities=frozenset(), client_of=frozenset({"named"})),
        "stranger": party("s", communities=frozenset()),
        "public": party("p", channel=Channel.PUBLIC),
        "government": party("g", channel=Channel.GOVERNMENT),
    }
    known = list(kinds.values())
    got = {}
    for tlp, (kind, who) in product(Tlp, kinds.items()):
        m = marking(tlp, partners=frozenset({"named"}) if tlp is Tlp.RED else frozenset())
        got[tlp, kind] = may_release(m, who, NOW_US, known=known).allowed
    wanted = {
        Tlp.CLEAR: {"named", "member", "client", "stranger", "public"},
        Tlp.GREEN: {"named", "member"},
        Tlp.AMBER: {"named", "member", "client"},
        Tlp.AMBER_STRICT: {"named", "member"},
        Tlp.RED: {"named"},
    }
    for tlp, kind in product(Tlp, kinds):
        assert got[tlp, kind] == (kind in wanted[tlp]), (tlp, kind)


@pytest.mark.parametrize("tlp", Tlp)
def test_a_government_gets_what_was_opened_and_addressed_to_it(tlp: Tlp) -> None:
    who = party("cisa", channel=Channel.GOVERNMENT)
    for opened, addressed in product([False, True], repeat=2):
        partners = frozenset({"cisa"}) if addressed else frozenset({"other"})
        m = marking(tlp, government=opened, partners=partners)
        assert may_release(m, who, NOW_US).allowed == (opened and addressed)


def test_a_lapsed_basis_is_named_with_its_day() -> None:
    late = LegalBasis(name="contract 7", kind="contract", from_us=0, until_us=NOW_US - DAY_US)
    (why,) = may_release(marking(basis=late), party(), NOW_US).why
    assert "'contract 7' lapsed on 2026-05-27" in why
    act = LegalBasis(name="CISA-2015", kind="statute", from_us=0, until_us=NOW_US + DAY_US)
    gap, after = 20_400 * DAY_US, 20_410 * DAY_US
    assert "lapsed on 2025-10-01" in may_release(marking(basis=act), party(), gap).why[0]
    assert may_release(marking(basis=act), party(), after)
    assert may_release(marking(basis=act), party(), 20_000 * DAY_US)
    with pytest.raises(NotAllowed, match="lapsed on 2026-01-31"):
        require_release(marking(basis=act), party(), NOW_US)


def test_what_others_marked_is_hardly_passed_on() -> None:
    ours = party("c", client_of=frozenset({"beta"}))
    for tlp, onward in zip(Tlp, [True, True, True, False, False], strict=True):
        m = marking(tlp, partners=frozenset({"c"}) if tlp is Tlp.RED else frozenset())
        assert may_release(m, ours, NOW_US).allowed
        assert may_release(m, ours, NOW_US, by="omega").allowed
        assert may_release(m, ours, NOW_US, by="beta").allowed == onward
    assert not may_release(marking(Tlp.AMBER), party(), NOW_US, by="beta")
    told = marking(Tlp.CLEAR, government=True, partners=frozenset({"g"}))
    state = party("g", channel=Channel.GOVERNMENT)
    assert may_release(told, state, NOW_US)
    assert not may_release(told, state, NOW_US, by="beta")


def test_it_may_stay_at_home() -> None:
    m = marking(jurisdictions=frozenset())
    assert not may_release(m, party(), NOW_US)
    assert may_release(m, party(), NOW_US, home="US")
    assert not may_release(m, party(jurisdiction=""), NOW_US, home="")


@settings(max_examples=500)
@given(st.lists(MARKINGS, min_size=1, max_size=3), PARTIES, st.sampled_from(Purpose),
       st.sampled_from(["", "beta"]))  # fmt: skip
def test_whoever_may_see_what_is_derived_may_see_its_sources(
    sources: list[Marking], who: Party, purpose: Purpose, by: str
) -> None:
    try:
        derived = strictest(sources)
    except NotAllowed:
        assert not frozenset.intersection(*(m.purposes for m in sources))
        return
    for now_us in (0, NOW_US, NOW_US + 1, NOW_US + DAY_US):
        if may_release(derived, who, now_us, purpose, by=by, home="JP", known=[who]):
            for source in sources:
                assert may_release(source, who, now_us, purpose, by=by, home="JP", known=[who])


@given(MARKINGS, MARKINGS)
def test_the_strictest_of_equals_is_itself_and_order_does_not_matter(
    one: Marking, other: Marking
) -> None:
    assert strictest([one, one]) == one
    who = [party(), party("beta", communities=frozenset({"isac"})), party("gamma")]
    try:
        here, there = strictest([one, other]), strictest([other, one])
    except NotAllowed:
        return
    for each in who:
        assert may_release(here, each, NOW_US).allowed == may_release(there, each, NOW_US).allowed


def test_what_may_be_derived_is_not_for_nobody_without_need() -> None:
    kept = strictest([marking(Tlp.GREEN), marking(Tlp.AMBER_STRICT, basis=HOLDS)])
    assert may_release(kept, party(), NOW_US)
    assert kept.tlp is Tlp.AMBER_STRICT
