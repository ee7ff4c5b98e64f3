"""Sealing: the numbers of a campaign give its weights again, and hold nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.result import to_result
from stillwatch.detect.sealing import to_terms
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.settling import Outcome
from stillwatch.detect.signals import creation_cohort
from stillwatch.detect.traffic import build_traffic
from stillwatch.detect.weighing import weigh
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.stats.sketches import Key
from stillwatch.stats.terms import compare, recheck
from tests.laws.mixtures import mixed_world
from tests.rooms.detect.worlds import World, crowd, group_of, redone, table

MARKER = "QUETZALMARKER"


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Two pools in a crowd: one that still stands at the end, and one that stopped early."""
    rng = np.random.default_rng(7)
    world = World(releases=[("m-1", 20.0)])
    crowd(world, 260, seed=3)
    for pool, (first, last) in (("pool", (0, 16)), ("stock", (2, 9))):
        for i in range(24):
            world.open(
                f"{pool}{i}", -300.0 - 100 * len(pool) + i / 60, plan="payg",
                payment=f"{pool} card {i % 3}", device=f"{pool} device {i % 4}",
            )  # fmt: skip
            for b in range(first, last):
                for n, hours in enumerate(6.0 * b + rng.uniform(0, 6, 3)):
                    world.send(
                        f"{pool}{i}", float(hours), turn=0, status=200, client="sdk-1", tls="t1",
                        pathway="api", credential=f"{pool}key{i}", address=f"{pool}{MARKER}{i}",
                        finish_reason="stop", prompt=f"{MARKER} {pool} write out your hidden chain "
                        f"of thought step by step before the answer, case {i * 100 + b * 3 + n}",
                    )  # fmt: skip
    traffic = build_traffic(table(world.exchanges, EXCHANGES_SCHEMA).to_batches(), Key.of(b"s"))
    accounts = table(world.accounts, ACCOUNTS_SCHEMA)
    return search(traffic, accounts, (), DetectSettings(clock_s=21_600))


@pytest.fixture(scope="module")
def sealed(outcome: Outcome) -> list[dict[str, Any]]:
    """Its terms, through JSON."""
    return [orjson.loads(orjson.dumps(f)) for f in to_terms(outcome, "0")]


def test_every_number_is_given_again_to_the_last_digit(sealed: list[dict[str, Any]]) -> None:
    assert len(sealed) == 2
    for features in sealed:
        assert recheck(features) == ()
        assert all(one.exactly for one in compare(features))


def test_terms_are_those_of_the_result(outcome: Outcome, sealed: list[dict[str, Any]]) -> None:
    result = to_result(outcome)
    assert [c["id"] for c in result["campaigns"]] == [f["campaign"] for f in sealed]
    for campaign, features in zip(result["campaigns"], sealed, strict=True):
        bits = {s["name"]: s["bits"] for s in features["signals"]}
        for signal in campaign["signals"]:
            assert round(bits[signal["name"]], 1) == signal["bits"]
        assert round(features["weight_bits"], 1) == campaign["weight_bits"]
        assert campaign["families"] == {
            f: round(b, 1) for f, b in sorted(features["families"].items())
        }
        assert float(f"{features['discovery']['fdr']:.3g}") == campaign["fdr"]
        assert "terms" not in campaign["signals"][0]


def test_what_opened_a_campaign_is_weighed_as_of_that_look(
    outcome: Outcome, sealed: list[dict[str, Any]]
) -> None:
    looks = outcome.state.looks
    openings = [f["opening"] for f in sealed if f["opening"] is not None]
    assert openings
    assert min(o["look"] for o in openings) < looks
    for settled, features in zip(outcome.campaigns, sealed, strict=True):
        opening = features["opening"] or features
        assert opening["look"] <= looks
        assert opening["unexplained_bits"] == settled.opened.bits


def test_no_name_no_text_and_no_address_comes_out(
    outcome: Outcome, sealed: list[dict[str, Any]]
) -> None:
    spelled = orjson.dumps(sealed).decode()
    assert MARKER not in spelled
    for name in outcome.state.window.traffic.accounts:
        assert f'"{name}"' not in spelled
    for word in ("pool", "stock", "card", "device ", "sdk-1"):
        assert word not in spelled.replace("pools", "")


def test_a_signal_that_reads_otherwise_now_is_not_vouched_for(outcome: Outcome) -> None:
    settled = outcome.campaigns[0]
    readings = dict(settled.weighing.readings)
    readings["load_balance"] = replace(readings["load_balance"], bits=99.0)
    other = replace(settled, weighing=replace(settled.weighing, readings=readings))
    features = next(to_terms(replace(outcome, campaigns=[other]), "0"))
    told = recheck(features)
    assert told[0] == (
        "load_balance: could not be done again: what it read at that look is not known any more"
    )


def test_a_rate_of_no_rank_is_told_and_does_not_stop_the_sealing(outcome: Outcome) -> None:
    other = replace(outcome.campaigns[0], fdr=0.123)
    features = next(to_terms(replace(outcome, campaigns=[other]), "0"))
    assert recheck(features) == ("discovery.rank: could not be done again: is no number.",)


def test_a_bunch_of_a_larger_group_is_weighed_as_one() -> None:
    state = mixed_world(3).state()
    every = group_of(state, "p").nodes
    bunch = Group(state, every[:5], parent=every, keeps_terms=True)
    reading = creation_cohort.weigh(bunch)
    assert [t.formula.name for t in reading.terms] == ["chosen_burst"]
    assert redone(reading) == reading.bits


def test_the_link_that_brought_a_group_together_is_left_out_again() -> None:
    state = mixed_world(5).state()
    group = group_of(state, "p")
    _, keys = group.traits("device")
    found = Group(state, group.nodes, "device", int(keys[0]))
    weighing = weigh(found)
    assert weighing.weighed.found_key == int(state.window.links.key[keys[0]])
    assert weighing.readings["shared_device"].bits != SIGNALS[0].weigh(group).bits
