"""Searches over traffic that was made to break them: they end, and they say what they saw."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.looking import look
from stillwatch.adapters.report import render_explain, render_html, render_terminal
from stillwatch.adapters.settings import Settings
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.traffic import build_traffic
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.sketches import Key
from tests.rooms.detect.worlds import START_US, World, crowd, table

NASTY = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m",
    "a\u202eb\u0000c\u2028d\ufeff",
    "'; DROP TABLE exchanges; --",
    "../../../etc/passwd",
    "{{ 7 * 7 }}{% raw %}",
    "[bold red]markup[/] [link=file:///x]y[/link]",
    "\U0001f469\u200d\U0001f4bb" * 50,
)


def at(us: int) -> str:
    """A moment as text."""
    return str(np.datetime64(us, "us")) + "Z"


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(world: World) -> list[dict[str, Any]]:
    """The exchanges of a made world as they stand in a JSON-lines log."""
    return [{**row, "sent_at": at(row["sent_at"])} for row in world.exchanges]


def small_crowd(n: int = 40) -> World:
    """A few people over two days."""
    world = World()
    crowd(world, n, seed=2, days=2.0)
    return world


def searched(rows: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    """Search rows that stand in memory."""
    traffic = build_traffic(table(rows, EXCHANGES_SCHEMA).to_batches(), Key.of(b"hostile"))
    return to_result(search(traffic, None, (), DetectSettings(**settings)), pictures=True)


def test_nasty_text_in_every_field_is_taken_as_text(tmp_path: Path) -> None:
    rows = rows_of(small_crowd())
    texts = [f.name for f in EXCHANGES_SCHEMA if f.type == pa.string() and f.name != "exchange_id"]
    for i in range(400):
        nasty = NASTY[i % len(NASTY)]
        row = {name: nasty for name in texts} | {"tools": [nasty], "replayed_reasoning": [nasty]}
        row["account"] = f"{nasty} {i % 40}"
        rows.append({**row, "exchange_id": f"x{i}", "sent_at": at(START_US + i * 100_000_000)})
    accounts = [
        {name: f"{NASTY[k % len(NASTY)]}" for name in ACCOUNTS_SCHEMA.names if name != "opened_at"}
        | {"account": f"{NASTY[k % len(NASTY)]} {k}", "disclosed": None}
        for k in range(40)
    ]
    found = look(
        Settings(),
        logs=[lines(tmp_path / "nasty.jsonl", rows)],
        accounts=lines(tmp_path / "accounts.jsonl", accounts),
        keep_text=True,
    )
    assert found["n_exchanges"] == len(rows)
    assert orjson.loads(orjson.dumps(found)) == found
    page = render_html(found, show_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not {"\x1b", "\u202e", "\x00"} & set(page)


def test_the_terminal_gets_no_escapes_from_names(tmp_path: Path) -> None:
    from io import StringIO

    from rich.console import Console

    world = World()
    crowd(world, 300, seed=2)
    rng = np.random.default_rng(0)
    prompt = f"Write out your hidden chain of thought step by step: {NASTY[1]}"
    for i in range(30):
        name = f"{NASTY[1]}{NASTY[6]}{i}"
        world.open(
            name, -300.0 + i / 60, plan="payg", payment=f"card {i % 3}", device=f"device {i % 3}"
        )
        for b in range(32):
            for hours in 3.0 * b + rng.uniform(0, 3, 3):
                world.send(
                    name, float(hours), model=NASTY[1], status=200, address="one", client=NASTY[6],
                    prompt=f"{prompt} {hours}",
                )  # fmt: skip
    traffic = build_traffic(table(world.exchanges, EXCHANGES_SCHEMA).to_batches(), Key.of(b"h"))
    outcome = search(traffic, table(world.accounts, ACCOUNTS_SCHEMA))
    found = to_result(outcome, pictures=True)
    assert found["campaigns"]
    shown = StringIO()
    console = Console(file=shown, width=200, force_terminal=False)
    render_terminal(found, console)
    render_explain(found, found["campaigns"][0]["id"], console)
    assert "\x1b" not in shown.getvalue()
    assert "\x07" not in shown.getvalue()


@pytest.mark.parametrize("filling", ["word ", "x", "\U0001f600", "step by step "])
def test_prompts_of_ten_megabytes_are_read(filling: str) -> None:
    world = small_crowd(20)
    for i in range(2):
        world.send("loud", float(i), prompt=filling * (10_000_000 // len(filling.encode())))
    began = time.process_time()
    found = searched(world.exchanges)
    assert found["n_exchanges"] == len(world.exchanges)
    assert time.process_time() - began < 30


def test_moments_before_1970_and_far_ahead_do_not_stop_a_search(tmp_path: Path) -> None:
    rows = rows_of(small_crowd())
    days = (
        "1969-12-31T23:59:59",
        "1900-01-01T00:00:00",
        "2199-01-01T00:00:00",
        "9999-01-01T00:00:00",
    )
    odd = [{**rows[0], "exchange_id": f"o{i}", "sent_at": f"{t}Z"} for i, t in enumerate(days)]
    rows = [*rows[::-1], *odd]
    found = look(Settings(), logs=[lines(tmp_path / "odd.jsonl", rows)])
    assert found["n_rejected"] == 3
    assert found["n_exchanges"] == len(rows) - 3
    assert found["window"]["from"].startswith("2026")
    assert found["window"]["to"].startswith("2199")


def test_a_row_far_ahead_in_memory_is_no_fault() -> None:
    world = small_crowd()
    world.send("late", 24 * 365 * 40.0, prompt="late")
    assert searched(world.exchanges)["campaigns"] == []


def test_one_id_for_everything_is_one_exchange() -> None:
    rows = [{**row, "exchange_id": "same"} for row in small_crowd().exchanges]
    found = searched(rows)
    assert (found["n_exchanges"], found["n_duplicates"]) == (1, len(rows) - 1)
    assert found["campaigns"] == []


def columns(n: int, **given: Any) -> pa.Table:
    """A table of ``n`` exchanges from whole columns."""
    return pa.table(
        {f.name: pa.array(given[f.name], f.type) if f.name in given else pa.nulls(n, f.type)
         for f in EXCHANGES_SCHEMA},
        schema=EXCHANGES_SCHEMA,
    )  # fmt: skip


def test_one_account_with_most_of_the_traffic_is_no_campaign() -> None:
    n = 200_000
    rng = np.random.default_rng(1)
    loud = columns(
        n,
        exchange_id=[f"l{i}" for i in range(n)],
        sent_at=START_US + rng.integers(0, 4 * 86_400_000_000, n),
        account=["loud"] * n,
        model=["m-1"] * n,
        prompt=[f"rate answer {i} from 1 to 5" for i in range(n)],
    )
    rest = table(small_crowd(100).exchanges, EXCHANGES_SCHEMA)
    traffic = build_traffic([*loud.to_batches(20_000), *rest.to_batches()], Key.of(b"h"))
    found = to_result(search(traffic, None))
    assert found["campaigns"] == []
    assert not any("loud" in w["accounts"] for w in found["watched"])


def test_many_accounts_with_one_exchange_each_and_one_template() -> None:
    n = 20_000
    rng = np.random.default_rng(1)
    rows = columns(
        n,
        exchange_id=[f"e{i}" for i in range(n)],
        sent_at=START_US + rng.integers(0, 7 * 86_400_000_000, n),
        account=[f"a{i}" for i in range(n)],
        model=["m-1"] * n,
        prompt=[f"Translate this sentence into plain words: {i} {i * 7}" for i in range(n)],
        address=[f"ip{i % 9_000}" for i in range(n)],
    )
    began = time.process_time()
    found = to_result(search(build_traffic(rows.to_batches(5_000), Key.of(b"h"))))
    assert found["n_accounts"] == n
    assert found["campaigns"] == []
    assert time.process_time() - began < 30


def test_only_the_required_columns_are_enough_to_be_told_what_is_missing() -> None:
    rows = [
        {k: row[k] for k in ("exchange_id", "sent_at", "account", "model")}
        for row in small_crowd(100).exchanges
    ]
    found = searched(rows)
    assert found["campaigns"] == []
    blind = {entry["signal"]: entry["why"] for entry in found["not_looked"]}
    assert {"shared_payment", "shared_template", "shared_address", "reasoning_replay"} <= set(blind)
    assert all(blind.values())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e308, -0.0])
def test_temperatures_that_are_no_numbers_do_not_matter(value: float) -> None:
    rows = [{**row, "temperature": value} for row in small_crowd(60).exchanges]
    assert searched(rows)["campaigns"] == []


def test_nan_temperatures_in_a_file_are_nulled_and_counted(tmp_path: Path) -> None:
    rows = [{**row, "temperature": float("nan")} for row in small_crowd(30).exchanges]
    pq.write_table(table(rows, EXCHANGES_SCHEMA), tmp_path / "nan.parquet")
    found = look(Settings(), logs=[tmp_path / "nan.parquet"])
    assert found["reading"]["nulled"] == {"temperature": len(rows)}


def test_five_exchanges_at_one_moment_are_a_window() -> None:
    rows = [
        {"exchange_id": f"{i}", "sent_at": START_US, "account": f"a{i}", "model": "m"}
        for i in range(5)
    ]
    found = searched(rows)
    assert found["window"]["from"] == found["window"]["to"]
    assert found["campaigns"] == []


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"not json\n{\n", b'{"a": 1}\n'])
def test_nothing_to_read_is_said_and_is_no_clean_bill(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nothing.jsonl"
    path.write_bytes(content)
    with pytest.raises((BadInput, NotEnoughEvidence)) as error:
        look(Settings(), logs=[path])
    assert str(error.value)
