"""Campaigns keep their names from look to look, and the events tell all that changed."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect.following import Event, Register, plain, register_from, told

ACCOUNTS = st.sampled_from(string.ascii_lowercase)


@st.composite
def looks(draw: st.DrawFn) -> list[set[str]]:
    """Campaigns of one look: groups that share no account."""
    free = set(string.ascii_lowercase)
    found = []
    for _ in range(draw(st.integers(0, 4))):
        chosen = draw(st.sets(ACCOUNTS, min_size=2, max_size=10)) & free
        if len(chosen) >= 2:
            found.append(chosen)
            free -= chosen
    return found


def named(groups: list[set[str]]) -> dict[str, set[str]]:
    """Groups under the names that a search gives: by who is in them."""
    return {f"campaign:{''.join(sorted(group))}": group for group in groups}


@given(runs=st.lists(looks(), max_size=8))
def test_events_told_from_the_first_on_give_the_members(runs: list[list[set[str]]]) -> None:
    register, standing = Register(), {}
    for groups in runs:
        found = named(groups)
        names, events = register.follow(found)
        assert len(set(names.values())) == len(found), "no two campaigns share a name"
        standing = told(events, standing)
        assert standing == {names[n]: frozenset(members) for n, members in found.items()}
        assert standing == register.standing
        assert not set(register.closed) & set(standing)
        for event in events:
            assert not event.joined & event.left


@given(before=looks(), after=looks())
def test_names_do_not_depend_on_the_order_of_a_result(
    before: list[set[str]], after: list[set[str]]
) -> None:
    one, other = Register(), Register()
    one.follow(named(before))
    other.follow(dict(reversed(named(before).items())))
    assert one.follow(named(after)) == other.follow(dict(reversed(named(after).items())))


@given(runs=st.lists(looks(), min_size=1, max_size=5))
def test_the_same_result_again_is_no_event(runs: list[list[set[str]]]) -> None:
    register = Register()
    for groups in runs:
        names, _ = register.follow(named(groups))
        again, events = register.follow(named(groups))
        assert events == [] and again == names


@given(runs=st.lists(looks(), max_size=5), after=looks())
def test_a_register_that_was_kept_goes_on(
    runs: list[list[set[str]]], after: list[set[str]]
) -> None:
    register = Register()
    for groups in runs:
        register.follow(named(groups))
    kept = register_from(plain(register))
    assert kept.follow(named(after)) == register.follow(named(after))
    assert list(kept.standing) == list(register.standing)


def follow(register: Register, *groups: str) -> list[Event]:
    """Take in groups of one-letter accounts."""
    return register.follow(named([set(group) for group in groups]))[1]


def test_a_campaign_lives() -> None:
    register = Register()
    (opened,) = follow(register, "abcdef")
    name = opened.campaign
    assert (opened.kind, opened.joined, name) == ("opened", frozenset("abcdef"), "campaign:abcdef")
    (grown,) = follow(register, "abcdefgh")
    assert (grown.kind, grown.campaign, grown.joined) == ("grown", name, frozenset("gh"))
    (shrunk,) = follow(register, "abcde")
    assert (shrunk.kind, shrunk.campaign, shrunk.left) == ("shrunk", name, frozenset("fgh"))
    (closed,) = follow(register)
    assert (closed.kind, closed.campaign, closed.left) == ("closed", name, frozenset("abcde"))
    (back,) = follow(register, "abcdx")
    assert (back.kind, back.campaign, back.again) == ("opened", name, True)


def test_the_larger_part_of_a_split_keeps_the_name() -> None:
    register = Register()
    (opened,) = follow(register, "abcdefghij")
    shrunk, split = follow(register, "abcdef", "ghij")
    assert (shrunk.kind, shrunk.campaign) == ("shrunk", opened.campaign)
    assert (split.kind, split.other, split.joined) == ("split", opened.campaign, frozenset("ghij"))
    assert split.campaign == "campaign:ghij"


def test_what_merges_takes_the_name_of_the_one_that_shares_most() -> None:
    register = Register()
    small, large = follow(register, "abcd", "efghij")
    merged, grown = follow(register, "abcdefghij")
    assert (merged.kind, merged.campaign, merged.other) == (
        "merged", small.campaign, large.campaign
    )  # fmt: skip
    assert (grown.kind, grown.campaign) == ("grown", large.campaign)
    assert grown.joined == frozenset("abcd")


def test_of_equals_the_older_name_stays() -> None:
    register = Register()
    (older,) = follow(register, "wxyz")
    follow(register, "wxyz", "abcd")
    merged, grown = follow(register, "abcdwxyz")
    assert grown.campaign == older.campaign and merged.campaign == "campaign:abcd"


def test_a_name_is_given_once() -> None:
    register = Register()
    follow(register, "abcd")
    follow(register, "abcdefgh")
    opened = follow(register, "efgh", "abcdijkl")
    assert {event.campaign for event in opened} == {"campaign:abcd", "campaign:efgh"}
    follow(register, "abcd", "efgh", "ijkl")
    assert len(register.standing) == 3
