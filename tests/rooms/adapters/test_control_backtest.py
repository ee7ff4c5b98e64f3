"""A backtest on made traffic: members are refused once they are known, the innocent never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.control.backtesting import backtest
from stillwatch.adapters.control.policies import load_policy
from stillwatch.cli.main import run
from stillwatch.control.replaying import Delays, arrivals
from stillwatch.lab import Recipe, simulate
from tests.rooms.control.policies import campaign, result

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world; its campaigns are reported as the truth has them, six hours late."""
    folder = tmp_path_factory.mktemp("world")
    recipe = Recipe(
        fixtures=("C05", "C11"), twins=("SWS-7", "SWS-8", "SWS-10"), n_accounts=300, days=4, seed=3
    )
    made = simulate(recipe, np.random.default_rng(3))
    pq.write_table(made.exchanges, folder / "exchanges.parquet")
    pq.write_table(made.accounts, folder / "accounts.parquet")
    pq.write_table(made.truth, folder / "truth.parquet")
    rows = made.truth.to_pylist()
    found = []
    for name in sorted({r["campaign"] for r in rows if r["campaign"]}):
        members = [r for r in rows if r["campaign"] == name]
        began = min(r["started_at"] for r in members)
        moment = began.timestamp() + 6 * 3600
        stamp = np.datetime64(round(moment * 1e6), "us")
        names = [r["account"] for r in members]
        found.append(campaign(*names, name=f"campaign:{name}", detected_at=f"{stamp}Z"))
    (folder / "campaigns.json").write_bytes(orjson.dumps(result(*found)))
    return folder


def told(world: Path, **more: Any) -> dict[str, Any]:
    return backtest(
        load_policy(), [world / "exchanges.parquet"], campaigns=world / "campaigns.json",
        accounts=world / "accounts.parquet", truth=world / "truth.parquet", **more,
    )  # fmt: skip


def test_members_are_refused_and_nobody_else(world: Path) -> None:
    seen = told(world, delays=Delays(join_us=60_000_000))
    rungs = {row["rung"]: row for row in seen["does"]}
    assert rungs["refuse"]["n_exchanges"] > 1000
    for name in ("refuse", "suspend", "ban_cluster"):
        assert rungs[name]["n_benign_accounts"] == 0
        assert 0 < rungs[name]["benign_high_95"] < 0.05
    for row in seen["campaigns"]:
        assert row["in_full_share"] <= 0.02, row
    assert seen["friction"]["share"] <= 0.001
    assert {row["twin"] for row in seen["twins"]} >= {"SWS-7", "SWS-8", "SWS-10", "ordinary"}


def test_the_command_says_it_in_tables_and_in_json(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["control", "backtest", "default", str(world / "exchanges.parquet"), "--campaigns",
             str(world / "campaigns.json"), "--truth", str(world / "truth.parquet")]  # fmt: skip
    assert run([*words, "--join-after", "1m"]) == 0
    text = capsys.readouterr().out
    assert "refuse" in text and "C11-refiner" in text and "the innocent are: true" in text
    assert run([*words, "--shadow", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["live"] is False


def test_shadow_touches_nobody_and_says_the_same(world: Path) -> None:
    live, shadow = told(world), told(world, live=False)
    assert sum(row["n_exchanges"] for row in shadow["does"]) == 0
    said = {row["rung"]: row["n_accounts"] for row in shadow["says"]}
    assert said["refuse"] == {row["rung"]: row for row in live["says"]}["refuse"]["n_accounts"]


def test_nothing_is_acted_on_before_it_was_known(world: Path) -> None:
    late = told(world, delays=Delays(act_us=400 * 24 * HOUR_US))
    assert sum(row["n_exchanges"] for row in late["does"] if row["rung"] == "refuse") == 0
    found = result(campaign("early", "late"))
    detected = 1_772_582_400_000_000
    began = {"early": 0, "late": detected + HOUR_US}
    joins = arrivals(found, began, Delays(act_us=5, join_us=7))
    assert [(moment, account) for moment, account, _ in joins] == [
        (detected + 5, "early"),
        (detected + HOUR_US + 12, "late"),
    ]


def test_without_truth_it_says_who_stands_in_for_the_innocent(world: Path) -> None:
    seen = backtest(
        load_policy(), [world / "exchanges.parquet"], campaigns=world / "campaigns.json"
    )
    assert "outside every campaign" in seen["benign_are"]
    assert seen["twins"] == []
