"""What is in force does not depend on order or copies, and an undo gives back what stood."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.control.ladder import Lane
from stillwatch.control.ledger import Ledger, entry_of, thing_of
from stillwatch.control.standing import Enforcement, Standing, standing
from stillwatch.model.decision import Approval, By, Decision, Mode, undo
from stillwatch.model.errors import BadInput

ACCOUNTS = ("a-1", "a-2")
CAMPAIGN = "campaign:1"
CONTROLS = ("observe", "verify", "slow", "refuse", "suspend", "ban_cluster", "no_logprobs")


@st.composite
def decisions(draw: st.DrawFn) -> list[Decision]:
    """A few decisions about one campaign and its accounts, some undone, some of that too."""
    made: list[Decision] = []
    for _ in range(draw(st.integers(1, 6))):
        moment = draw(st.integers(0, 50))
        starts = moment + draw(st.integers(0, 10))
        made.append(
            Decision(
                control=draw(st.sampled_from(CONTROLS)),
                about=draw(st.sampled_from([CAMPAIGN, *(f"account:{a}" for a in ACCOUNTS)])),
                by=draw(st.sampled_from(By)),
                name=draw(st.sampled_from(["r-1", "r-2", "ann", "bob"])),
                reason="review",
                made_us=moment,
                starts_us=starts,
                until_us=starts + draw(st.integers(0, 60)),
                n_approvals=draw(st.sampled_from([0, 0, 0, 1, 2])),
            )
        )
    for _ in range(draw(st.integers(0, 4))):
        target = draw(st.sampled_from(made))
        made.append(
            undo(target, by=draw(st.sampled_from(By)), name="eve", made_us=draw(st.integers(0, 80)))
        )
    return made


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Decision], list[Approval], int]:
    """Decisions, approvals and a moment."""
    made = draw(decisions())
    consents = [
        Approval(
            decision=draw(st.sampled_from(made)).id, name=name, made_us=draw(st.integers(0, 90))
        )
        for name in draw(st.lists(st.sampled_from(["ann", "bob", "cyd", "dan"]), max_size=5))
    ]
    return made, consents, draw(st.integers(0, 100))


def told(found: Standing) -> object:
    stands = [(a, c, found.of(a, c)) for a in ACCOUNTS for c in ("", CAMPAIGN)]
    return (
        found.decisions,
        found.waiting,
        found.all_shadow,
        [(a, c, dict(s.over), dict(s.rules)) for a, c, s in stands],
    )


@settings(max_examples=150, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_neither_order_nor_copies_matter(
    world: tuple[list[Decision], list[Approval], int], chance: object
) -> None:
    made, consents, now = world
    shuffled, agreed = [*made, *made], [*consents, *consents]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(agreed)  # type: ignore[attr-defined]
    assert told(standing(shuffled, agreed, now)) == told(standing(made, consents, now))


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_taking_in_one_by_one_is_taking_in_all(
    world: tuple[list[Decision], list[Approval], int],
) -> None:
    made, consents, now = world
    kept = Enforcement()
    for thing in (*made, *consents):
        kept.at(now)
        kept.add(thing)
    assert told(kept.at(now)) == told(standing(made, consents, now))


@settings(max_examples=150, deadline=None)
@given(worlds(), st.data())
def test_an_undo_gives_back_exactly_what_stood_before(
    world: tuple[list[Decision], list[Approval], int], data: st.DataObject
) -> None:
    made, consents, now = world
    before = standing(made, consents, now)
    new = Decision(
        control=data.draw(st.sampled_from(CONTROLS)),
        about=data.draw(st.sampled_from([CAMPAIGN, "account:a-1"])),
        by=By.PERSON,
        name="new",
        reason="review",
        made_us=now,
        starts_us=now,
        until_us=now + 100,
    )
    during = standing([*made, new], consents, now)
    assert new in during.decisions
    back = undo(new, by=By.PERSON, name="ann", made_us=now)
    after = standing([*made, new, back], consents, now)
    assert [s for s in told(after)[3]] == [s for s in told(before)[3]]  # type: ignore[index]
    assert set(after.decisions) - {back} == set(before.decisions)
    forth = undo(back, by=By.PERSON, name="ann", made_us=now)
    again = standing([*made, new, back, forth], consents, now)
    assert told(again)[3] == told(during)[3]  # type: ignore[index]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_a_person_outranks_a_rule_and_nothing_holds_after_its_end(
    world: tuple[list[Decision], list[Approval], int],
) -> None:
    made, consents, now = world
    found = standing(made, consents, now)
    assert all(d.starts_us <= now < d.until_us for d in found.decisions)
    names = {d.id: {a.name for a in consents if a.decision == d.id} for d in made}
    for d in found.decisions:
        others = names[d.id] - ({d.name} if d.by is By.PERSON else set())
        assert len(others) >= d.n_approvals
    for account in ACCOUNTS:
        stand = found.of(account, CAMPAIGN)
        for lane in Lane:
            if lane in stand.over:
                assert stand.over[lane].by is not By.RULE
    undone_by_rule = {d.undoes for d in made if d.undoes and d.by is By.RULE}
    by_person = {d.id for d in made if d.by is By.PERSON}
    only_by_rule = {
        i for i in undone_by_rule & by_person
        if not any(d.undoes == i and d.by is By.PERSON for d in made)
    }  # fmt: skip
    for d in made:
        if d.id in only_by_rule and d.starts_us <= now < d.until_us and not d.n_approvals:
            assert d in found.decisions


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_the_horizon_is_the_next_moment_of_change(
    world: tuple[list[Decision], list[Approval], int],
) -> None:
    made, consents, now = world
    found = standing(made, consents, now)
    for later in range(now + 1, min(found.horizon_us, 120)):
        assert told(standing(made, consents, later))[0] == told(found)[0]  # type: ignore[index]


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_a_ledger_tells_and_is_told_the_same(
    world: tuple[list[Decision], list[Approval], int],
) -> None:
    made, consents, now = world
    one, other = Ledger(), Ledger()
    for thing in (*made, *consents):
        one.take(thing)
    for entry in one.entries():
        assert other.take(thing_of(entry.kind, entry.body))
        assert entry_of(thing_of(entry.kind, entry.body)) == entry
    assert told(other.enforcement.at(now)) == told(one.enforcement.at(now))


def test_a_decision_that_was_changed_is_not_taken() -> None:
    made = Decision(
        control="refuse", about=CAMPAIGN, by=By.RULE, name="r", reason="review",
        made_us=0, starts_us=0, until_us=9, mode=Mode.SHADOW,
    )  # fmt: skip
    with pytest.raises(BadInput, match="not the digest"):
        thing_of("decision", {**made.to_json(), "mode": "enforce"})
    assert replace(made, mode=Mode.ENFORCE, id="").id != made.id
