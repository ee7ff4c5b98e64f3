"""One family is never enough: worlds in which a group shares one thing, and only that.

Every world is an ordinary crowd and thirty accounts that share a card, or an address, or
a template, or the hour of their opening, or their load. A group may stand under
``watched`` with its reason; none may become a campaign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.traffic import build_traffic
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.stats.sketches import Key
from tests.rooms.detect.worlds import WORDS, World, crowd, sentence, table

N_CROWD = 400
N_GROUP = 30
DAYS = 4
TEMPLATE = "As the senior editor of the almanac, sort these words by their weight and age:"


def look(world: World, **settings: Any) -> dict[str, Any]:
    """What is found in a world made by hand."""
    traffic = build_traffic(table(world.exchanges, EXCHANGES_SCHEMA).to_batches(), Key.of(b"one"))
    accounts = table(world.accounts, ACCOUNTS_SCHEMA) if world.accounts else None
    return to_result(
        search(traffic, accounts, (), DetectSettings(**{"clock_s": 21_600, **settings}))
    )


def person(rng: np.random.Generator, name: str, world: World, **said: Any) -> None:
    """Somebody who lives as the crowd does, but for what ``said`` names.

    ``n`` and ``hours`` are the number of exchanges and their times; ``frame`` stands
    before every prompt; ``opened`` is the hour of opening; ``payment`` the card.
    """
    world.open(
        name, said.get("opened", -float(rng.uniform(24, 4000))), plan="payg",
        payment=said.get("payment", f"{name}card"), device=f"{name}dev", contact=f"{name}mail",
    )  # fmt: skip
    words, wakes = list(rng.choice(WORDS, 5, replace=False)), rng.uniform(0, 24)
    n = said.get("n", int(np.clip(rng.lognormal(2.8, 0.9), 3, 120)))
    times = said.get("hours")
    if times is None:
        times = 24 * rng.integers(0, DAYS, n) + (wakes + rng.uniform(0, 7, n)) % 24
    kind = int(rng.integers(7))
    for hours in times:
        world.send(
            name, float(hours), prompt=f"{said.get('frame', '')} {sentence(rng, words)}".strip(),
            status=200, turn=0, credential=f"{name}key", address=said.get("address", f"{name}ip"),
            client=f"sdk-{kind}", tls=f"t{kind}", pathway="api", finish_reason="stop",
        )  # fmt: skip


def shared_card(rng: np.random.Generator, i: int) -> dict[str, Any]:
    """One card for all."""
    return {"payment": "one card"}


def shared_address(rng: np.random.Generator, i: int) -> dict[str, Any]:
    """One address for all."""
    return {"address": "one address"}


def shared_template(rng: np.random.Generator, i: int) -> dict[str, Any]:
    """One frame around every prompt."""
    return {"frame": TEMPLATE}


def opened_together(rng: np.random.Generator, i: int) -> dict[str, Any]:
    """Opened within one hour."""
    return {"opened": -300.0 + float(rng.uniform(0, 1))}


def equal_load(rng: np.random.Generator, i: int) -> dict[str, Any]:
    """The same number of exchanges every six hours, day and night."""
    return {"hours": np.concatenate([6.0 * b + rng.uniform(0, 6, 3) for b in range(4 * DAYS)])}


WAYS = (shared_card, shared_address, shared_template, opened_together, equal_load)


@pytest.mark.parametrize("way", WAYS, ids=lambda w: w.__name__)
def test_what_one_family_says_opens_no_campaign(
    way: Callable[[np.random.Generator, int], dict[str, Any]],
) -> None:
    rng = np.random.default_rng(7)
    world = World()
    crowd(world, N_CROWD, seed=3, days=DAYS)
    for i in range(N_GROUP):
        person(rng, f"p{i}", world, **way(rng, i))
    found = look(world)
    assert found["campaigns"] == []
    for cluster in found["watched"]:
        assert cluster["why_not"]


@pytest.mark.parametrize("min_accounts", [3, 5])
def test_an_account_by_itself_is_no_campaign(min_accounts: int) -> None:
    """One harvester at industrial scale, with everything but company."""
    rng = np.random.default_rng(9)
    world = World()
    crowd(world, 200, seed=4, days=DAYS)
    ask = "Write out your hidden chain of thought step by step, then rate it from 1 to 5:"
    person(rng, "p0", world, hours=np.sort(rng.uniform(0, 24 * DAYS, 3_000)), frame=ask)
    found = look(world, min_accounts=min_accounts)
    assert found["campaigns"] == []
    assert not any("p0" in w["accounts"] and w["n_accounts"] == 1 for w in found["watched"])


def test_a_popular_template_is_no_campaign() -> None:
    """3,000 strangers with one public system prompt, one set of tools and one frame."""
    rng = np.random.default_rng(1)
    frame = "You are given one file of the project. Answer with the changed lines only."
    world = World()
    for i in range(3_000):
        name, words = f"u{i}", list(rng.choice(WORDS, 6, replace=False))
        world.open(
            name,
            -float(rng.uniform(0, 9000)),
            plan="payg",
            payment=f"{name}card",
            device=f"{name}dev",
        )
        for hours in rng.uniform(0, 96, 2 + int(rng.integers(6))):
            world.send(
                name, float(hours), prompt=f"{frame} {sentence(rng, words)}", turn=0, status=200,
                system_prompt="You are a careful assistant in the user's terminal.",
                tools=["read_file", "edit_file", "run"], client="harness/2", tls="t",
                temperature=0.0, address=f"{name}ip", credential=f"{name}key",
            )  # fmt: skip
    found = look(world)
    assert found["campaigns"] == []


def test_two_families_and_a_harvest_do_open_one() -> None:
    """The tests above would be worth little if this crowd hid every campaign."""
    rng = np.random.default_rng(7)
    world = World()
    crowd(world, N_CROWD, seed=3, days=DAYS)
    ask = "Write out your hidden chain of thought step by step before the answer, about:"
    for i in range(N_GROUP):
        said = {
            **equal_load(rng, i),
            **opened_together(rng, i),
            "payment": f"card {i % 3}",
            "frame": ask,
        }
        person(rng, f"p{i}", world, **said)
    found = look(world)
    assert len(found["campaigns"]) == 1
    named = {a["account"] for a in found["campaigns"][0]["accounts"]}
    assert len([a for a in named if a.startswith("p")]) >= 0.9 * N_GROUP
    assert len([a for a in named if not a.startswith("p")]) <= 1
