"""Presentations outside their bound become rows that the search for campaigns reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from stillwatch.adapters.defend.outside_file import OutsideFile
from stillwatch.adapters.readers.opening import open_exchanges
from stillwatch.defend import Item, LocalReplays, Opened, Ring, exchange_row
from stillwatch.detect.signals import reasoning_replay
from tests.rooms.defend.homes import Home, home_of, ring_of
from tests.rooms.detect.worlds import World, at_us, crowd, read


def _row(home: Home, opened: list[Opened], number: int) -> dict[str, object] | None:
    return exchange_row(
        opened, exchange_id=f"x{number}", sent_us=at_us(4.0 + number / 10), account=home.account,
        model=home.model, conversation=home.conversation, refused=True,
    )  # fmt: skip


def _carried(ring: Ring, rng: np.random.Generator, source: Home, name: str) -> Home:
    """Reasoning of a source, presented by another account in a conversation of its own."""
    (token,) = source.tokens()
    carrier = replace(home_of(rng), account=name)
    return carrier.grown(Item("assistant", "reasoning", token=token))


def test_replays_across_accounts_raise_the_signal_and_resumed_sessions_do_not(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(1)
    ring, replays = ring_of(rng), LocalReplays()
    world, file = World(), OutsideFile(tmp_path / "outside.jsonl")
    crowd(world, 60)
    source = home_of(rng)
    n_rows = 0
    for i in range(6):
        # No block comes twice: they have but their source in common.
        carried = _carried(ring, rng, source.answered(ring, rng), f"p{i}")
        row = _row(carried, carried.open(ring, replays), i)
        assert row is not None
        file.add(row)
        n_rows += 1
        honest = replace(home_of(rng), account=f"q{i}").answered(ring, rng)
        assert _row(honest, honest.open(ring, replays), i) is None
        world.send(f"q{i}", 4.0 + i, prompt="go on")
    file.close()
    assert file.n_dropped == 0
    for row in _read(tmp_path / "outside.jsonl"):
        kept = {k: v for k, v in row.items() if v is not None and k != "sent_at"}
        world.exchanges.append({**kept, "sent_at": row["sent_at"]})
    state = world.state()
    assert n_rows == 6
    assert read(reasoning_replay.SIGNAL, state, "p").bits > 15.0
    assert read(reasoning_replay.SIGNAL, state, "q").bits <= 0.0


def _read(path: Path) -> list[dict[str, object]]:
    batches = list(open_exchanges([path]))
    return [row for batch in batches for row in batch.to_pylist()]


def test_the_source_is_not_accused_and_no_text_is_written() -> None:
    rng = np.random.default_rng(2)
    ring = ring_of(rng)
    source = home_of(rng).answered(ring, rng)
    carried = _carried(ring, rng, source, "carrier")
    row = _row(carried, carried.open(ring, LocalReplays()), 1)
    assert row is not None
    assert source.account not in str(row)
    assert "because" not in str(row) and "what is" not in str(row)
    assert not {"prompt", "response", "system_prompt"} & set(row)


def test_what_a_clock_or_a_careless_client_explains_is_not_told() -> None:
    rng = np.random.default_rng(3)
    ring = ring_of(rng)
    home = home_of(rng).answered(ring, rng)
    late = home.open(ring, LocalReplays(), now_us=at_us(0) + 10**15)
    assert not late[0].accepted
    assert _row(home, late, 1) is None
    careless = home_of(rng).grown(Item("assistant", "reasoning", token="null"))
    opened = careless.open(ring, LocalReplays())
    assert not opened[0].accepted
    assert _row(careless, opened, 1) is None
