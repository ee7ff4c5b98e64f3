"""A made world keeps its contract, its seed and its promises."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stillwatch.lab import FIXTURES, TWINS, Recipe, World, simulate
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.model.errors import BadSettings


def make(seed: int = 1, **knobs: object) -> World:
    recipe = Recipe(seed=seed, **{"n_accounts": 300, "days": 5, **knobs})  # type: ignore[arg-type]
    return simulate(recipe, np.random.default_rng(seed))


def digest(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


@pytest.fixture(scope="module")
def full() -> World:
    return make(
        3, fixtures=tuple(FIXTURES), twins=tuple(TWINS), n_accounts=1_200, campaign_accounts=14,
        responses=True,
    )  # fmt: skip


def labels(world: World) -> dict[str, tuple[str | None, str | None]]:
    t = world.truth
    columns = (t["account"], t["campaign"], t["twin"])
    return {a: (c, w) for a, c, w in zip(*(x.to_pylist() for x in columns), strict=True)}


def test_tables_keep_the_contract(full: World) -> None:
    exchanges = full.exchanges
    assert exchanges.schema == EXCHANGES_SCHEMA
    assert full.accounts.schema == ACCOUNTS_SCHEMA
    sent = exchanges["sent_at"].cast(pa.int64()).to_numpy()
    assert (np.diff(sent) >= 0).all()
    ids = exchanges["exchange_id"]
    assert pc.count_distinct(ids).as_py() == len(ids)
    known = set(full.accounts["account"].to_pylist())
    assert set(pc.unique(exchanges["account"]).to_pylist()) <= known
    assert full.truth["account"].to_pylist() == full.accounts["account"].to_pylist()
    for name in ("prompt", "client", "address"):
        assert exchanges[name].null_count < 0.2 * len(exchanges)


def test_nobody_sends_before_opening(full: World) -> None:
    opened = dict(
        zip(
            full.accounts["account"].to_pylist(),
            full.accounts["opened_at"].cast(pa.int64()).to_pylist(),
            strict=True,
        )
    )
    exchanges = full.exchanges
    accounts = exchanges["account"].to_pylist()
    sent = exchanges["sent_at"].cast(pa.int64()).to_pylist()
    early = [a for a, s in zip(accounts, sent, strict=True) if s < opened[a]]
    assert not early


def test_every_fixture_and_twin_is_played(full: World) -> None:
    own = labels(full)
    campaigns = {c[:3] for c, _ in own.values() if c}
    assert campaigns == set(FIXTURES) - {"C13"}
    assert {t for _, t in own.values() if t} == set(TWINS)
    assert not any(c and t for c, t in own.values())
    sending = set(pc.unique(full.exchanges["account"]).to_pylist())
    for name in {c for c, _ in own.values() if c}:
        mine = {a for a, (c, _) in own.items() if c == name}
        assert len(mine & sending) >= 0.7 * len(mine), name


def test_same_seed_same_world() -> None:
    first, second, other = (make(s, fixtures=("C01",), campaign_accounts=8) for s in (7, 7, 8))
    assert digest(first.exchanges) == digest(second.exchanges)
    assert digest(first.accounts) == digest(second.accounts)
    assert digest(first.truth) == digest(second.truth)
    assert digest(first.exchanges) != digest(other.exchanges)


def test_two_seeds_share_no_template() -> None:
    def template(seed: int) -> set[str]:
        world = make(seed, n_accounts=20, fixtures=("C08",), campaign_accounts=10, days=7)
        own = labels(world)
        rows = zip(*(world.exchanges[c].to_pylist() for c in ("account", "prompt")), strict=True)
        prompts = [p for a, p in rows if own[a][0] and p][:200]
        runs = {p[i : i + 12] for p in prompts[:5] for i in range(len(p) - 11)}
        return {r for r in runs if sum(r in p for p in prompts) > 0.9 * len(prompts)}

    wordings = [template(seed) for seed in range(5)]
    assert all(wordings)
    assert not any(a & b for i, a in enumerate(wordings) for b in wordings[:i])


def test_batches_do_not_depend_on_their_size() -> None:
    world = make(2)
    small = pa.Table.from_batches(list(world.batches(97)), EXCHANGES_SCHEMA)
    assert digest(small) == digest(world.exchanges)


def shared_run(world: World, campaign: str, n: int) -> float:
    """Share of the campaign's prompts that hold its most common run of ``n`` words."""
    own = labels(world)
    table = world.exchanges
    rows = zip(table["account"].to_pylist(), table["prompt"].to_pylist(), strict=True)
    prompts = [p.split() for a, p in rows if own[a][0] == campaign and p]
    seen: dict[tuple[str, ...], int] = {}
    for words in prompts:
        for run in {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}:
            seen[run] = seen.get(run, 0) + 1
    return max(seen.values()) / len(prompts)


def test_paraphrase_dissolves_the_template() -> None:
    knobs = {"fixtures": ("C08",), "campaign_accounts": 20}
    assert shared_run(make(4, paraphrase=0.0, **knobs), "C08-injected", 6) > 0.9
    assert shared_run(make(4, paraphrase=1.0, **knobs), "C08-injected", 6) < 0.2


def test_mixing_brings_customers_without_changing_the_volume() -> None:
    def prompts(mixing: float) -> tuple[int, float]:
        world = make(4, fixtures=("C08",), campaign_accounts=20, mixing=mixing)
        own = labels(world)
        table = world.exchanges
        sent = [own[a][0] is not None for a in table["account"].to_pylist()]
        n = sum(sent)
        words = shared_run(world, "C08-injected", 6)
        return n, words

    n_pure, pure = prompts(0.0)
    n_mixed, mixed = prompts(0.8)
    assert abs(n_mixed - n_pure) < 0.1 * n_pure
    assert mixed < 0.35 < pure


def test_infra_sharing_moves_shared_payment() -> None:
    def share(theta: float) -> float:
        world = make(6, fixtures=("C07",), campaign_accounts=150, infra_sharing=theta)
        own = labels(world)
        rows = zip(
            world.accounts["account"].to_pylist(),
            world.accounts["payment"].to_pylist(),
            strict=True,
        )
        paid = [p for a, p in rows if own[a][0] and p]
        return 1 - len(set(paid)) / len(paid)

    assert share(0.0) < 0.05
    assert share(0.8) > 0.3


def test_echo_crosses_accounts_only_in_campaigns(full: World) -> None:
    own = labels(full)
    table = full.exchanges.select(["account", "prompt", "response"])
    accounts, prompts, answers = (table[c].to_pylist() for c in table.column_names)
    emitted: dict[tuple[str, ...], set[str]] = {}
    for account, answer in zip(accounts, answers, strict=True):
        words = (answer or "").split()
        for i in range(0, len(words) - 23, 8):
            emitted.setdefault(tuple(words[i : i + 24]), set()).add(account)
    crossing: set[str | None] = set()
    kept_to_self = 0
    for account, prompt in zip(accounts, prompts, strict=True):
        words = (prompt or "").split()
        for i in range(len(words) - 23):
            givers = emitted.get(tuple(words[i : i + 24]), set())
            if len(givers) == 1 and account not in givers:
                crossing.add(own[account][0] or own[account][1] or "ordinary")
            elif account in givers:
                kept_to_self += own[account][0] is None
    assert {"C01-judge", "C01-reasoning", "C11-refiner", "C09-rerouted"} <= crossing
    assert not {c for c in crossing if c and not c.startswith("C")} - {"SWS-19b"}
    assert kept_to_self > 0


def test_reasoning_blocks_cross_owners_only_in_campaigns(full: World) -> None:
    own = labels(full)
    organisation = dict(
        zip(
            full.accounts["account"].to_pylist(),
            full.accounts["organisation"].to_pylist(),
            strict=True,
        )
    )
    table = full.exchanges.select(["account", "replayed_reasoning"])
    owners: dict[str, set[str]] = {}
    benign: dict[str, set[str]] = {}
    rows = zip(table["account"].to_pylist(), table["replayed_reasoning"].to_pylist(), strict=True)
    for account, blocks in rows:
        for block in blocks or ():
            where = owners if own[account][0] else benign
            where.setdefault(block, set()).add(organisation[account] or account)
    assert max(len(x) for x in owners.values()) > 1
    assert benign and max(len(x) for x in benign.values()) == 1


def test_no_client_or_network_belongs_to_campaigns_alone(full: World) -> None:
    own = labels(full)
    table = full.exchanges
    accounts = table["account"].to_pylist()
    for column in ("client", "max_tokens", "temperature", "model", "pathway"):
        values = table[column].to_pylist()
        if column == "client":
            values = [v and v.split("/")[0] for v in values]
        guilty = {v for a, v in zip(accounts, values, strict=True) if own[a][0]}
        benign = {v for a, v in zip(accounts, values, strict=True) if not own[a][0]}
        assert guilty <= benign, column


def test_own_corpus_becomes_the_tasks() -> None:
    texts = [("distill", f"task number {i} of the user") for i in range(50)]
    people = [("human", f"a human line {i} of the user") for i in range(50)]
    recipe = Recipe(n_accounts=100, days=3, fixtures=("C05",), campaign_accounts=5)
    world = simulate(recipe, np.random.default_rng(1), corpus=[*texts, *people])
    own = labels(world)
    table = world.exchanges
    rows = list(zip(table["account"].to_pylist(), table["prompt"].to_pylist(), strict=True))
    guilty = [p for a, p in rows if own[a][0]]
    assert all("task number" in p for p in guilty)
    assert any("a human line" in p for a, p in rows if not own[a][0])
    assert table["input_tokens"].to_numpy().min() > 5


@pytest.mark.parametrize(
    ("key", "value"), [("paraphrase", 1.5), ("mixing", 0.99), ("n_accounts", 1), ("days", 0)]
)
def test_settings_out_of_range_are_refused(key: str, value: float) -> None:
    with pytest.raises(BadSettings, match=key):
        Recipe(**{key: value})  # type: ignore[arg-type]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadSettings, match="C99"):
        make(1, fixtures=("C99",))


def test_recipe_survives_json() -> None:
    recipe = Recipe(fixtures=("C01", "C08"), twins=("SWS-1",), mixing=0.5, seed=9)
    assert Recipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(BadSettings, match="colour"):
        Recipe.from_json({"colour": 1})


def test_fixtures_leave_the_benign_world_alone() -> None:
    plain, played = make(11), make(11, fixtures=("C05",))
    own = labels(played)
    innocent = [a for a, (c, _) in own.items() if c is None]
    assert sorted(innocent) == sorted(plain.truth["account"].to_pylist())
