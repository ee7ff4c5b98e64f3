"""Sealed reasoning is opened where it was given, and nowhere else."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.defend import (
    Bound,
    Item,
    LocalReplays,
    Outside,
    Ring,
    Terms,
    key_of,
    presented,
    seal,
    unseal,
)
from stillwatch.defend.reasoning import Opened
from stillwatch.defend.tokens import PREFIX, spelled, taken_apart
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from tests.rooms.defend.homes import DAY, NOW, SECOND, home_of, ring_of, said

N = 300
PLACE = Bound(account="a", conversation="c", model="m", before=b"before")


def _sealed(ring: Ring, rng: np.random.Generator, text: str = "why") -> str:
    return seal(text, PLACE, ring, NOW, rng.bytes(16))


def _opened(token: str, ring: Ring, place: Bound = PLACE, now_us: int = NOW) -> Opened:
    return unseal(token, place, b"after", ring, LocalReplays(), now_us)


@given(text=st.text(max_size=2000), account=st.text(max_size=60), before=st.binary(max_size=40))
def test_what_was_sealed_is_opened_at_home(text: str, account: str, before: bytes) -> None:
    rng = np.random.default_rng(1)
    ring = ring_of(rng)
    place = replace(PLACE, account=account, before=before)
    opened = _opened(seal(text, place, ring, NOW, rng.bytes(16)), ring, place)
    assert (opened.reasoning, opened.outside, opened.sealed_to) == (text, (), account)


@given(other=st.binary(min_size=1, max_size=40), where=st.sampled_from(
    ["account", "conversation", "model", "before"]))  # fmt: skip
def test_no_part_of_the_bound_can_differ(other: bytes, where: str) -> None:
    ring = ring_of(rng := np.random.default_rng(2))
    value = other if where == "before" else other.hex()
    if value == getattr(PLACE, where):
        return
    opened = _opened(_sealed(ring, rng), ring, replace(PLACE, **{where: value}))
    expected = {
        "account": {Outside.WRONG_ACCOUNT, Outside.WRONG_CONVERSATION},
        "conversation": {Outside.WRONG_CONVERSATION},
        "model": {Outside.WRONG_MODEL},
        "before": {Outside.CONTEXT_EDITED},
    }
    assert opened.reasoning is None
    assert set(opened.outside) == expected[where]


def test_no_bit_can_be_changed() -> None:
    ring = ring_of(rng := np.random.default_rng(3), 3)
    token = _sealed(ring, rng)
    data = base64.urlsafe_b64decode(token[len(PREFIX) :] + "==")
    for bit in range(0, 8 * len(data), 3):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        opened = _opened(spelled(bytes(changed), b""), ring)
        assert not opened.accepted, bit
        assert opened.reasoning is None


def test_a_token_has_one_spelling() -> None:
    ring = ring_of(rng := np.random.default_rng(4))
    token = _sealed(ring, rng)
    others = [token + "=", token + "\n", " " + token, token[:-1], token + "A", token.upper()]
    others += [token[:20] + "\n" + token[20:], token.replace(PREFIX, "swr2."), token.swapcase()]
    # The last letter holds bits that no byte needs, for two lengths of three.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others += [token[:-1] + letter for letter in letters if letter != token[-1]]
    assert taken_apart(token) is not None
    assert [one for one in others if _opened(one, ring).accepted] == []


@given(st.text(max_size=300))
def test_whatever_is_no_token_is_outside_and_no_fault(text: str) -> None:
    ring = ring_of(np.random.default_rng(5))
    assert not _opened(text, ring).accepted
    assert not _opened(PREFIX + text, ring).accepted


def test_attacks_of_every_kind_are_refused_and_honest_turns_are_not() -> None:
    rng = np.random.default_rng(6)
    ring, foreign = ring_of(rng, 3), ring_of(rng, 3)
    replays = LocalReplays()
    for _ in range(N):
        mine = home_of(rng).answered(ring, rng).grown(said("user", "and then?"))
        other = home_of(rng).answered(ring, rng)
        (token,) = mine.tokens()
        attacks = {
            Outside.UNKNOWN_KEY: replace(mine, history=home_of(rng).answered(foreign, rng).history),
            Outside.WRONG_ACCOUNT: replace(mine, account=other.account),
            Outside.WRONG_CONVERSATION: replace(mine, conversation="another"),
            Outside.WRONG_MODEL: replace(mine, model="m-2"),
            Outside.CONTEXT_EDITED: replace(
                mine, history=(mine.history[0], said("user", "say it all"), *mine.history[2:])
            ),
        }
        for reason, attack in attacks.items():
            (opened,) = attack.open(ring, replays)
            assert reason in opened.outside
            assert opened.reasoning is None
        (moved,) = other.grown(Item("assistant", "reasoning", token=token)).open(ring, replays)[1:]
        assert not moved.accepted
        (home,) = mine.open(ring, replays)
        assert home.accepted
    assert len(replays) == 2 * N, "refused presentations leave nothing behind"


def test_a_conversation_goes_on_for_hundreds_of_turns_and_rotations() -> None:
    rng = np.random.default_rng(7)
    ring, replays = ring_of(rng), LocalReplays()
    home, now_us = home_of(rng), NOW
    for turn in range(60):
        home = home.answered(ring, rng, now_us)
        home = home.grown(said("user", f"turn {turn}"))
        for _ in range(2):
            opened = home.open(ring, replays, now_us)
            assert all(one.accepted for one in opened), turn
        now_us += DAY // 4
        if turn % 10 == 9:
            ring = ring.rotated(rng.bytes(32), now_us, wait_us=300 * SECOND, lifetime_us=30 * DAY)
    left_out = replace(home, history=tuple(i for i in home.history[:-3] if not i.token))
    assert left_out.answered(ring, rng, now_us).open(ring, replays, now_us)[0].accepted


def test_many_questions_on_one_reasoning_are_a_replay_and_retries_are_not() -> None:
    rng = np.random.default_rng(8)
    ring, replays = ring_of(rng), LocalReplays()
    home = home_of(rng).answered(ring, rng)
    asked = [home.grown(said("user", f"translate, part {i}")) for i in range(30)]
    outcomes = [one.open(ring, replays)[0] for one in asked for _ in range(3)]
    allowed = 3 * Terms().n_continuations
    assert all(one.accepted for one in outcomes[:allowed])
    assert {one.outside for one in outcomes[allowed:]} == {(Outside.REPLAYED,)}
    assert all(asked[0].open(ring, replays)[0].accepted for _ in range(20))


def test_time_and_clocks() -> None:
    ring, terms = ring_of(rng := np.random.default_rng(9)), Terms()
    token = _sealed(ring, rng)
    ends = NOW + terms.lifetime_us + terms.skew_us
    assert _opened(token, ring, now_us=ends - 1).accepted
    assert _opened(token, ring, now_us=ends).outside == (Outside.EXPIRED,)
    assert _opened(token, ring, now_us=NOW - terms.skew_us).accepted
    assert _opened(token, ring, now_us=NOW - terms.skew_us - 1).outside == (Outside.NOT_YET,)


def test_a_revoked_key_opens_nothing_and_seals_nothing() -> None:
    ring = ring_of(rng := np.random.default_rng(10), 2)
    token, newest = _sealed(ring, rng), ring.keys[-1].id
    without = ring.revoked(newest)
    assert _opened(token, without).outside == (Outside.REVOKED_KEY,)
    assert without.sealing(NOW).id == ring.keys[0].id
    with pytest.raises(NotEnoughEvidence):
        without.revoked(ring.keys[0].id).sealing(NOW)
    with pytest.raises(BadInput, match="no such key"):
        ring.revoked("00000000")


def test_rotation_keeps_what_can_still_be_opened_and_no_more() -> None:
    rng = np.random.default_rng(11)
    ring = Ring([key_of(rng.bytes(32), NOW)])
    token = _sealed(ring, rng)
    life = Terms().lifetime_us + Terms().skew_us
    turned = ring.rotated(rng.bytes(32), NOW + DAY, wait_us=300 * SECOND, lifetime_us=life)
    assert turned.sealing(NOW + DAY).id == ring.keys[0].id
    assert turned.sealing(NOW + DAY + 300 * SECOND).id != ring.keys[0].id
    assert _opened(token, turned, now_us=NOW + life - 1).accepted
    late = NOW + DAY + life + 301 * SECOND
    last = turned.rotated(rng.bytes(32), late, wait_us=0, lifetime_us=life)
    assert [key.id for key in last.keys[:1]] == [turned.keys[1].id]


def test_nothing_of_the_reasoning_or_the_account_can_be_read_off_a_token() -> None:
    ring = ring_of(rng := np.random.default_rng(12))
    place = replace(PLACE, account="account-with-a-name")
    short = seal("the secret plan", place, ring, NOW, rng.bytes(16))
    longer = seal("the secret plan, a little longer", place, ring, NOW, rng.bytes(16))
    raw = base64.urlsafe_b64decode(short[len(PREFIX) :] + "==")
    assert b"secret" not in raw and b"account-with" not in raw
    assert len(short) == len(longer)
    assert "secret" not in repr(ring.keys)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["user", "assistant", "tool"]), min_size=1, max_size=12))
def test_the_continuation_stays_the_same_while_the_conversation_goes_on(roles: list[str]) -> None:
    rng = np.random.default_rng(13)
    ring, replays = ring_of(rng), LocalReplays()
    home = home_of(rng).answered(ring, rng).grown(said("user", "go on"), said("assistant", "yes"))
    strict = Terms(n_continuations=1)
    for role in roles:
        home = home.grown(said(role, "more"))
        one = _first(home)
        opened = unseal(one[0], home.bound(one[1]), one[2], ring, replays, NOW, strict)
        assert opened.accepted


def _first(home: object) -> tuple[str, bytes, bytes]:
    one = presented(home.history)[0]  # type: ignore[attr-defined]
    return one.token, one.before, one.after


def _plainly_after(items: list[Item], place: int) -> list[Item]:
    """The rest of the model's turn and the first turn of the other side."""
    rest = [item for item in items[place + 1 :] if not item.token]
    end = 0
    while end < len(rest) and rest[end].role == "assistant":
        end += 1
    while end < len(rest) and rest[end].role != "assistant":
        end += 1
    return rest[:end]


_ITEMS = st.lists(
    st.one_of(
        st.builds(said, st.sampled_from(["user", "assistant", "tool"]), st.sampled_from("xy")),
        st.just(Item("assistant", "reasoning", token="t")),
    ),
    max_size=14,
)


@given(_ITEMS, _ITEMS)
def test_continuations_are_told_apart_as_plainly_as_they_can_be(
    one: list[Item], other: list[Item]
) -> None:
    seen: dict[bytes, list[Item]] = {}
    for items in (one, other):
        places = [place for place, item in enumerate(items) if item.token]
        for place, found in zip(places, presented(items), strict=True):
            plain = _plainly_after(items, place)
            assert seen.setdefault(found.after, plain) == plain
    assert len({tuple(plain) for plain in seen.values()}) == len(seen)
