"""Every knob of the other side moves what it names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.lab import Recipe, World, simulate


def campaign(name: str, **knobs: object) -> tuple[World, pa.Table]:
    """A world with one campaign, and the campaign's exchanges."""
    recipe = Recipe(n_accounts=30, days=7, fixtures=(name,), **knobs)  # type: ignore[arg-type]
    world = simulate(recipe, np.random.default_rng(12))
    truth = zip(
        world.truth["account"].to_pylist(), world.truth["campaign"].to_pylist(), strict=True
    )
    mine = {a for a, c in truth if c}
    table = world.exchanges
    return world, table.filter(pa.array([a in mine for a in table["account"].to_pylist()]))


def volumes(table: pa.Table) -> np.ndarray:
    return np.array([d["counts"] for d in table["account"].value_counts().to_pylist()])


@pytest.mark.parametrize("rate", [2.0, 60.0])
def test_rate_is_per_account_and_day(rate: float) -> None:
    _, table = campaign("C05", rate_per_day=rate, campaign_accounts=20)
    sent = table["sent_at"].cast(pa.int64()).to_numpy()
    days = (sent.max() - sent.min()) / 86_400e6
    assert len(table) / 20 / days == pytest.approx(rate, rel=0.25)


def test_human_sessions_bring_a_daily_rhythm() -> None:
    def own_rhythm(share: float) -> float:
        _, table = campaign("C07", human_sessions=share, campaign_accounts=12, rate_per_day=40.0)
        hours = table["sent_at"].cast(pa.int64()).to_numpy() // 3_600_000_000 % 24
        accounts = table["account"].dictionary_encode().combine_chunks().indices.to_numpy()
        counts = np.zeros((accounts.max() + 1, 24))
        np.add.at(counts, (accounts, hours), 1)
        return float(np.mean(counts.max(axis=1) / counts.sum(axis=1)))

    assert own_rhythm(1.0) > 1.6 * own_rhythm(0.0)


def test_persona_sticky_keeps_subjects_together() -> None:
    def concentration(sticky: float) -> float:
        _, table = campaign("C07", persona_sticky=sticky, campaign_accounts=25, rate_per_day=60.0)
        words: dict[str, dict[str, int]] = {}
        rows = zip(table["account"].to_pylist(), table["prompt"].to_pylist(), strict=True)
        for account, prompt in rows:
            for marker in ("broth", "puppy", "kernel", "treaty", "enzyme", "chord", "tenancy"):
                if f" {marker}" in (prompt or ""):
                    bag = words.setdefault(account, {})
                    bag[marker] = bag.get(marker, 0) + 1
        bags = [np.array(list(b.values())) for b in words.values() if sum(b.values()) >= 4]
        return float(np.mean([b.max() / b.sum() for b in bags]))

    assert concentration(1.0) > concentration(0.0) + 0.2


def test_aged_accounts_are_old() -> None:
    def old(share: float) -> float:
        world, table = campaign("C05", aged_accounts=share, campaign_accounts=60)
        mine = set(table["account"].to_pylist())
        rows = zip(
            world.accounts["account"].to_pylist(),
            world.accounts["opened_at"].cast(pa.int64()).to_pylist(),
            strict=True,
        )
        begin = table["sent_at"].cast(pa.int64()).to_numpy().min()
        return float(np.mean([o < begin - 30 * 86_400e6 for a, o in rows if a in mine]))

    assert old(0.0) < 0.15
    assert old(1.0) == 1.0


def test_jitter_dissolves_common_jobs() -> None:
    def burst(jitter: float) -> float:
        _, table = campaign("C05", jitter=jitter, campaign_accounts=20)
        bins = np.bincount(
            (table["sent_at"].cast(pa.int64()).to_numpy() // 600_000_000 % 1_000_000).astype(int)
        )
        bins = bins[bins.nonzero()[0].min() :]
        return float(bins.std() / bins.mean())

    assert burst(0.0) > 2 * burst(1.0)


def test_pivot_moves_half_to_the_new_model_within_a_day() -> None:
    world, table = campaign("C03", campaign_accounts=20)
    new = world.releases["releases"][0]
    moment = np.datetime64(new["released_at"].rstrip("Z"), "us").astype("int64")
    sent = table["sent_at"].cast(pa.int64()).to_numpy()
    on_new = np.array([m == new["model"] for m in table["model"].to_pylist()])
    assert not on_new[sent < moment].any()
    assert 0.38 < on_new[sent > moment + 86_400_000_000].mean() < 0.62


def test_second_pool_follows_the_banned_one() -> None:
    _, table = campaign("C08", campaign_accounts=40)
    sent = table["sent_at"].cast(pa.int64()).to_numpy()
    accounts = np.array(table["account"].to_pylist())
    refused = np.array(table["status"].to_pylist()) == 403
    assert refused.any()
    banned = set(accounts[refused])
    first = sent[np.isin(accounts, list(banned))]
    second = sent[~np.isin(accounts, list(banned))]
    assert len(banned) == pytest.approx(22, abs=2)
    assert second.min() > np.quantile(first, 0.95)
    assert second.min() - first.max() < 15 * 3_600_000_000


def test_load_balancing_gives_more_even_volumes_than_people() -> None:
    world, table = campaign("C05", campaign_accounts=40)
    everyone = volumes(world.exchanges)
    assert volumes(table).std() / volumes(table).mean() < 0.5
    assert everyone.std() / everyone.mean() > 0.5
