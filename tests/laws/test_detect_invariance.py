"""Laws of a whole search: what may not matter does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest

from stillwatch.adapters.shelving import Overflow, nameless
from stillwatch.detect.keeping import keep_traffic, traffic_from
from stillwatch.detect.links import build_links
from stillwatch.detect.population import build_population
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.settling import Outcome
from stillwatch.detect.traffic import TrafficBuilder, build_traffic
from stillwatch.lab import Recipe, simulate
from stillwatch.model.release import Release
from stillwatch.stats.sketches import Key

SETTINGS = DetectSettings(clock_s=43_200)
KEY = Key.of(b"laws of a search")
PLACES = ["north", "south", "east", "west", None]


@dataclass(frozen=True)
class Made:
    """A made world as plain tables, and what was found in it."""

    exchanges: pa.Table
    accounts: pa.Table
    releases: tuple[Release, ...]
    members: frozenset[str]
    outcome: Outcome
    result: bytes

    def again(
        self,
        exchanges: pa.Table | None = None,
        accounts: pa.Table | None = None,
        rows_a_batch: int = 50_000,
    ) -> bytes:
        """The result with another table in the place of one of the two."""
        rows = self.exchanges if exchanges is None else exchanges
        table = self.accounts if accounts is None else accounts
        return written(look(rows, table, self.releases, rows_a_batch))


def look(
    exchanges: pa.Table,
    accounts: pa.Table | None,
    releases: tuple[Release, ...],
    rows_a_batch: int = 50_000,
) -> Outcome:
    """Search some tables."""
    batches = exchanges.combine_chunks().to_batches(max_chunksize=rows_a_batch)
    return search(build_traffic(batches, KEY), accounts, releases, SETTINGS)


def written(outcome: Outcome) -> bytes:
    """The result as ``--json`` prints it, pictures included."""
    return orjson.dumps(to_result(outcome, pictures=True))


def released(given: dict[str, list[dict[str, str]]]) -> tuple[Release, ...]:
    """What a made world says of releases."""
    return tuple(
        Release(
            one["model"],
            int(datetime.fromisoformat(one["released_at"]).astimezone(UTC).timestamp() * 1e6),
        )
        for one in given["releases"]
    )


@pytest.fixture(scope="module")
def made() -> Made:
    """A campaign of two pools among 500 accounts over five days."""
    recipe = Recipe(
        fixtures=("C01",),
        twins=("SWS-3", "SWS-2", "SWS-11"),
        n_accounts=500,
        days=5,
        seed=11,
        responses=False,
    )
    world = simulate(recipe, np.random.default_rng(11))
    releases = released(world.releases)
    outcome = look(world.exchanges, world.accounts, releases)
    assert outcome.campaigns, "the laws need a world in which something is found"
    truth = zip(
        world.truth["account"].to_pylist(), world.truth["campaign"].to_pylist(), strict=True
    )
    return Made(
        world.exchanges,
        world.accounts,
        releases,
        frozenset(a for a, c in truth if c is not None),
        outcome,
        written(outcome),
    )


def same(found: bytes, wanted: bytes) -> None:
    """Fail with the first place at which two results differ, and only that."""
    if found == wanted:
        return
    both = zip(found, wanted, strict=False)
    at = next((i for i, (a, b) in enumerate(both) if a != b), min(len(found), len(wanted)))
    near = slice(max(0, at - 60), at + 60)
    pytest.fail(f"at byte {at}: {found[near]!r} instead of {wanted[near]!r}")


def with_column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """The table with one column replaced."""
    at = table.column_names.index(name)
    return table.set_column(at, name, pa.array(values, table.schema.field(name).type))


@pytest.mark.parametrize("how", ["permuted", "one for the campaign", "absent"])
def test_where_an_account_is_from_does_not_matter(made: Made, how: str) -> None:
    rng = np.random.default_rng(1)
    names = made.accounts["account"].to_pylist()
    regions: list[str | None] = {
        "permuted": [PLACES[i] for i in rng.integers(0, len(PLACES), len(names))],
        "one for the campaign": ["there" if n in made.members else "here" for n in names],
        "absent": [None] * len(names),
    }[how]
    same(made.again(accounts=with_column(made.accounts, "region", regions)), made.result)


def test_columns_of_the_providers_own_do_not_matter(made: Made) -> None:
    marks = ["xx" if n in made.members else "yy" for n in made.accounts["account"].to_pylist()]
    accounts = made.accounts.append_column("country", pa.array(marks))
    accounts = accounts.append_column("language", pa.array(marks[::-1]))
    same(made.again(accounts=accounts), made.result)


@pytest.mark.parametrize(("seed", "rows_a_batch"), [(1, 777), (2, 10_000)])
def test_the_order_of_exchanges_and_their_files_do_not_matter(
    made: Made, seed: int, rows_a_batch: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = made.exchanges.take(pa.array(rng.permutation(made.exchanges.num_rows)))
    accounts = made.accounts.take(pa.array(rng.permutation(made.accounts.num_rows)))
    same(made.again(rows, accounts, rows_a_batch), made.result)


@pytest.mark.parametrize("waiting", ["on disk", "half on disk", "in steps"])
def test_where_sketches_wait_does_not_matter(made: Made, waiting: str) -> None:
    batches = made.exchanges.combine_chunks().to_batches(max_chunksize=5_000)
    if waiting == "in steps":
        halves = [(nameless(), batches[::2]), (nameless(), batches[1::2])]
        whole, resumed = TrafficBuilder(KEY), TrafficBuilder(KEY)
        for shelf, part in halves:
            whole.go_on(shelf)
            for batch in part:
                whole.add(batch)
            resumed.resume(shelf, orjson.loads(orjson.dumps(whole.cut())))
        kept = nameless()
        said = orjson.loads(orjson.dumps(keep_traffic(resumed.finish(), kept)))
        traffic = traffic_from(kept, said, [shelf for shelf, _ in halves])
    else:
        room = 0 if waiting == "on disk" else 3_000_000
        traffic = build_traffic(batches, KEY, shelf=Overflow(room))
    links = build_links(traffic, build_population(traffic, made.accounts), nameless())
    found = search(traffic.linked(), made.accounts, made.releases, SETTINGS, links=links)
    same(written(found), made.result)


def test_what_was_logged_twice_counts_once(made: Made) -> None:
    twice = pa.concat_tables([made.exchanges, made.exchanges.slice(100, 500)])
    found, once = orjson.loads(made.again(twice)), orjson.loads(made.result)
    assert found.pop("n_duplicates") == once.pop("n_duplicates") + 500
    same(orjson.dumps(found), orjson.dumps(once))


def renamed(made: Made, names: dict[str, str]) -> dict[str, Any]:
    """What is found when every account has another name."""
    rows = with_column(
        made.exchanges, "account", [names[a] for a in made.exchanges["account"].to_pylist()]
    )
    accounts = with_column(
        made.accounts, "account", [names[a] for a in made.accounts["account"].to_pylist()]
    )
    found: dict[str, Any] = orjson.loads(made.again(rows, accounts))
    return found


def memberships(result: dict[str, Any]) -> list[dict[str, float]]:
    """Per campaign its members and how sure they are."""
    return [{a["account"]: a["weight_bits"] for a in c["accounts"]} for c in result["campaigns"]]


def test_new_names_in_the_same_order_change_nothing_but_names(made: Made) -> None:
    names = {a: f"renamed {i:06}" for i, a in enumerate(made.outcome.state.window.traffic.accounts)}
    names |= {
        a: f"silent {i}"
        for i, a in enumerate(sorted(set(made.accounts["account"].to_pylist()) - set(names)))
    }
    old = orjson.loads(made.result)
    new = renamed(made, names)
    assert memberships(new) == [{names[a]: b for a, b in m.items()} for m in memberships(old)]
    for before, after in zip(old["campaigns"], new["campaigns"], strict=True):
        for key in ("weight_bits", "families", "signals", "rivals", "detected_at", "n_exchanges"):
            assert before[key] == after[key]


def test_names_in_any_other_order_find_the_same_members(made: Made) -> None:
    # Accounts are numbered by when they were first seen, so that a name breaks no tie.
    rng = np.random.default_rng(5)
    every = sorted(set(made.accounts["account"].to_pylist()))
    names = dict(zip(every, (f"n{i:06}" for i in rng.permutation(len(every))), strict=True))
    old = [
        {names[a]: bits for a, bits in m.items()} for m in memberships(orjson.loads(made.result))
    ]
    assert memberships(renamed(made, names)) == old


def test_disclosed_accounts_are_never_named(made: Made) -> None:
    found = orjson.loads(made.result)
    known = {a for m in memberships(found) for a in m}
    freed = set(sorted(known)[: len(known) // 2])
    uses = ["partner" if a in freed else None for a in made.accounts["account"].to_pylist()]
    after = orjson.loads(made.again(accounts=with_column(made.accounts, "disclosed", uses)))
    assert after["n_disclosed"] == len(freed)
    named = {a for m in memberships(after) for a in m}
    named |= {a for w in after["watched"] for a in w["accounts"]}
    assert not named & freed


def test_accounts_of_one_verified_organisation_are_never_named(made: Made) -> None:
    found = orjson.loads(made.result)
    firm = set(memberships(found)[0])
    names = made.accounts["account"].to_pylist()
    accounts = with_column(
        made.accounts,
        "organisation",
        ["One Firm" if a in firm else o
         for a, o in zip(names, made.accounts["organisation"].to_pylist(), strict=True)],
    )  # fmt: skip
    accounts = with_column(
        accounts,
        "verification",
        ["organisation" if a in firm else v
         for a, v in zip(names, made.accounts["verification"].to_pylist(), strict=True)],
    )  # fmt: skip
    after = orjson.loads(made.again(accounts=accounts))
    assert not {a for m in memberships(after) for a in m} & firm
