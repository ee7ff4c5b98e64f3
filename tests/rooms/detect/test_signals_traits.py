"""Signals that read shared traits: for a pool, not for the innocent who look the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.detect.signal import Signal
from stillwatch.detect.signals import (
    echo,
    reasoning_replay,
    shared_address,
    shared_client,
    shared_contact,
    shared_credential,
    shared_device,
    shared_payment,
    shared_template,
)
from tests.rooms.detect.worlds import World, crowd, group_of, read, sentence

OF_ACCOUNTS = {
    "payment": shared_payment.SIGNAL,
    "device": shared_device.SIGNAL,
    "contact": shared_contact.SIGNAL,
}
OF_EXCHANGES = {
    "credential": shared_credential.SIGNAL,
    "address": shared_address.SIGNAL,
    "client": shared_client.SIGNAL,
}


def _cap(signal: Signal) -> float:
    module = {s.SIGNAL.name: s for s in (shared_payment, shared_device, shared_contact)}
    module |= {s.SIGNAL.name: s for s in (shared_credential, shared_address, shared_client)}
    return float(-np.log2(module[signal.name].INNOCENT_SHARE))


def _world(columns: dict[str, Any], of_account: bool, n_others_with: int = 0) -> World:
    """Ten members ``p`` with traits ``columns``; some of the crowd have them as well."""
    world = World()
    crowd(world, 60)
    for name in [f"p{i}" for i in range(10)] + [f"c{i}" for i in range(n_others_with)]:
        if of_account:
            world.accounts = [a for a in world.accounts if a["account"] != name]
            world.open(name, -100.0, **columns)
        for k in range(4):
            world.send(
                name, 3.0 + k, prompt=f"hello from {name} {k}", **({} if of_account else columns)
            )
    return world


@pytest.mark.parametrize("column", OF_ACCOUNTS)
def test_one_rare_trait_of_accounts_speaks_for_one_hand_up_to_its_cap(column: str) -> None:
    signal = OF_ACCOUNTS[column]
    reading = read(signal, _world({column: "same"}, True).state(), "p")
    assert _cap(signal) - 0.5 < reading.bits <= _cap(signal)
    assert "10 of 10 members" in reading.observed


@pytest.mark.parametrize("column", OF_ACCOUNTS)
def test_a_trait_that_outsiders_have_as_well_says_little(column: str) -> None:
    state = _world({column: "same"}, True, n_others_with=50).state()
    assert read(OF_ACCOUNTS[column], state, "p").bits < 1.0


@pytest.mark.parametrize("column", OF_EXCHANGES)
def test_one_rare_trait_of_requests_speaks_for_one_hand_up_to_its_cap(column: str) -> None:
    signal = OF_EXCHANGES[column]
    reading = read(signal, _world({column: "same"}, False).state(), "p")
    assert _cap(signal) - 0.5 < reading.bits <= _cap(signal)


@pytest.mark.parametrize("column", OF_EXCHANGES)
def test_a_network_or_tool_of_many_says_little(column: str) -> None:
    state = _world({column: "same"}, False, n_others_with=50).state()
    assert read(OF_EXCHANGES[column], state, "p").bits < 1.0


@pytest.mark.parametrize("signal", [*OF_ACCOUNTS.values(), *OF_EXCHANGES.values()])
def test_people_who_share_nothing_are_not_linked(signal: Signal) -> None:
    world = World()
    crowd(world, 80)
    assert read(signal, world.state(), "c1").bits < 1.0


def _templates(n_outside: int) -> World:
    rng = np.random.default_rng(1)
    world = World()
    crowd(world, 60)
    frame = (
        "as a seasoned examiner write out every step of the following exercise in full detail now: "
    )
    for name in [f"p{i}" for i in range(10)] + [f"c{i}" for i in range(n_outside)]:
        for k in range(6):
            prompt = frame + sentence(rng, ["one", "two", "red", "blue", "far", "near"], 5)
            world.send(name, 2.0 + k, prompt=prompt)
    return world


def test_a_template_of_the_pool_speaks_and_a_public_one_does_not() -> None:
    private = read(shared_template.SIGNAL, _templates(0).state(), "p")
    public = read(shared_template.SIGNAL, _templates(50).state(), "p")
    assert private.bits > 9.0
    assert public.bits < 2.0


def test_the_key_that_brought_a_group_together_is_not_counted() -> None:
    state = _world({"payment": "same"}, True).state()
    group = group_of(state, "p")
    _, keys = group.traits("payment")
    group.found_key = int(keys[0])
    assert shared_payment.SIGNAL.weigh(group).bits == 0.0


def test_a_reasoning_block_on_two_accounts_is_seen_and_a_resumed_session_is_not() -> None:
    world = World()
    crowd(world, 60)
    for i in range(6):
        world.send(f"p{i}", 4.0 + i, prompt="go on", replayed_reasoning=[f"block{i % 2}"])
        for k in range(3):
            world.send(f"q{i}", 4.0 + i + k, prompt="go on", replayed_reasoning=[f"own{i}"])
    state = world.state()
    assert read(reasoning_replay.SIGNAL, state, "p").bits > 15.0
    assert read(reasoning_replay.SIGNAL, state, "q").bits == 0.0


def test_an_answer_that_comes_back_from_another_member_is_an_echo_and_a_quotation_is_not() -> None:
    rng = np.random.default_rng(2)
    world = World()
    crowd(world, 60)
    anthem = sentence(rng, WORDS_OF_ANSWERS, 90)
    for i in range(6):
        answer = sentence(rng, WORDS_OF_ANSWERS, 90)
        world.send(f"p{i}", 4.0, prompt="solve it", response=answer)
        world.send(f"p{(i + 1) % 6}", 9.0, prompt="Grade this answer: " + answer, response="good")
        world.send(f"q{i}", 4.0, prompt="sing it", response=anthem)
        world.send(f"q{i}", 9.0, prompt="Who wrote this: " + anthem, response="a poet")
    state = world.state()
    assert read(echo.SIGNAL, state, "p").bits > 15.0
    assert read(echo.SIGNAL, state, "q").bits == 0.0


WORDS_OF_ANSWERS = [
    a + b for a in "ka le mi no pu ra".split() for b in "bet dor fan gul hos jam".split()
]
