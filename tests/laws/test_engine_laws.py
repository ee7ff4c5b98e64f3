"""Parts that are read and counted apart, in any order, say to the byte what one process says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from stillwatch.adapters.engines.cutting import cut
from stillwatch.adapters.engines.driving import Elsewhere
from stillwatch.adapters.engines.work import read_part
from stillwatch.adapters.gathering import Rejects
from stillwatch.adapters.ingest import ingest
from stillwatch.adapters.readers import Reading, Reject, open_exchanges
from stillwatch.adapters.readers.lines import values
from stillwatch.adapters.readers.ranges import LinesWithin
from stillwatch.detect.links import KIND_ID, Links, build_links
from stillwatch.detect.lists import Lists
from stillwatch.detect.population import build_population
from stillwatch.detect.traffic import Traffic
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.stats.siphash import Key
from tests.rooms.adapters.engine_here import EngineHere
from tests.rooms.detect.worlds import WORDS, World, crowd, sentence, table

KEY = Key.of(b"a secret that parts are sketched under, apart")
MARKER = "QUETZALMARKER"
N_FIRM = 6


def everything() -> World:
    """A crowd, a pool with a template, a firm of several accounts, replays, echoes, repeats."""
    world, rng = World(), np.random.default_rng(5)
    crowd(world, 60, seed=6)
    for i in range(N_FIRM):
        world.open(f"firm{i}", -900.0, verification="organisation", organisation="Acme")
    for i in range(14):
        world.open(f"pool{i}", -300.0 + i / 60, payment=f"card {i % 3}", device=f"device {i % 2}")
    spoken = [sentence(rng, WORDS, 60) for _ in range(4)]
    for hours in np.sort(rng.uniform(0, 90, 500)):
        i = int(rng.integers(14))
        world.send(
            f"pool{i}", float(hours), turn=0, status=200, address=f"ip{i}", client="sdk-1",
            tls="t1", tools=["search", f"tool {i % 2}"], temperature=0.5, output_tokens=700,
            prompt=f"{MARKER} write out your chain of thought step by step before {hours:.3f}",
            replayed_reasoning=[f"block {i % 5}", f"block {i}"], credential=f"key{i // 2}",
        )  # fmt: skip
        firm = f"firm{rng.integers(N_FIRM)}"
        world.send(firm, float(hours), prompt=f"{MARKER} our own letter to {sentence(rng, WORDS)}")
    for nth, text in enumerate(spoken):
        world.send(f"pool{nth}", 20.0, prompt="tell me a story", response=text)
        world.send(f"pool{nth + 4}", 50.0, prompt=f"judge this: {text}")
    for nth in range(0, len(world.exchanges), 37):
        # the same id again, at the same moment from another account
        world.exchanges.append({**world.exchanges[nth], "account": f"again{nth % 3}"})
    return world


def as_lines(rows: pa.Table) -> list[str]:
    """Rows as JSON lines."""
    return [
        json.dumps({k: v for k, v in one.items() if v is not None}, default=lambda v: v.isoformat())
        for one in rows.to_pylist()
    ]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything as lines, some of them malformed, and as Parquet in small row groups."""
    folder = tmp_path_factory.mktemp("logs")
    world = everything()
    order = np.random.default_rng(1).permutation(len(world.exchanges))
    rows = table([world.exchanges[nth] for nth in order], EXCHANGES_SCHEMA)
    half = rows.num_rows // 2
    lines = as_lines(rows.slice(0, half))
    for nth in (3, 200, 201, 555):
        lines.insert(nth, "{broken " + MARKER)
    lines.insert(400, '{"exchange_id": "none", "account": "nobody", "model": "m"}')
    (folder / "a.jsonl").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    without = rows.slice(half).to_pylist()
    without[11]["model"] = without[700]["model"] = None
    loose = pa.schema([pa.field(f.name, f.type) for f in EXCHANGES_SCHEMA])
    pq.write_table(pa.Table.from_pylist(without, loose), folder / "b.parquet", row_group_size=97)
    pq.write_table(table(world.accounts, ACCOUNTS_SCHEMA), folder / "_accounts.parquet")
    return folder


def accounts(logs: Path) -> pa.Table:
    """The accounts beside the logs."""
    found = pq.read_table(logs / "_accounts.parquet")
    return found


class Read:
    """Logs that are opened, and the rejects that reading them gives."""

    def __init__(self, *paths: Path, **options: Any) -> None:
        """Read nothing yet."""
        self.rejected: list[Reject] = []
        self.rejects = Rejects(self.rejected.append, remember=False)
        self.reading: Reading = open_exchanges(list(paths), on_reject=self.rejects, **options)


def at_once(logs: Path) -> tuple[Read, Traffic, Links]:
    """What one process says."""
    read = Read(logs)
    traffic = ingest(read.reading, KEY, hear=read.reading.responds)
    return read, traffic, build_links(traffic, build_population(traffic, accounts(logs)))


def elsewhere(read: Read, engine: EngineHere, **sizes: int) -> Elsewhere:
    """Logs that are to be read by an engine."""
    sizes = {"part_bytes": 20_000} | sizes
    return Elsewhere(
        connect=engine.connected, reading=read.reading, rejects=read.rejects, key=KEY,
        on_rows=lambda _: None, on_linking=lambda: None, say=lambda _: None, **sizes,
    )  # fmt: skip


def apart(read: Read, engine: EngineHere, logs: Path, **sizes: int) -> tuple[Traffic, Links]:
    """What many say."""
    return elsewhere(read, engine, **sizes).traffic_and_links(accounts(logs))


def facts(held: Traffic | Links) -> Iterator[tuple[str, Any]]:
    """Everything in it by name, arrays as their type and bytes."""
    for field in (one for one in fields(held) if one.compare):
        value = getattr(held, field.name)
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for name, held_there in parts:
            part = held_there.place if isinstance(held_there, Lists) else held_there
            shown = (part.dtype, part.tobytes()) if isinstance(part, np.ndarray) else part
            yield f"{field.name} {name}", shown


@pytest.fixture(scope="module")
def one(logs: Path) -> tuple[Read, Traffic, Links]:
    return at_once(logs)


def test_the_world_holds_every_kind_of_link(one: tuple[Read, Traffic, Links]) -> None:
    read, traffic, links = one
    kinds = set(links.kind.tolist())
    wanted = ("template", "replayed_reasoning", "echo", "payment", "manner", "credential")
    assert {KIND_ID[name] for name in wanted} <= kinds
    assert traffic.n_duplicates > 20
    assert len(read.rejected) == 7


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(
    seed=st.integers(0, 2**31),
    part_bytes=st.sampled_from([4_000, 20_000, 60_000, 1 << 20]),
    at_a_time=st.sampled_from([60, 900, 1 << 20]),
    n_cpus=st.integers(1, 9),
)
def test_parts_read_apart_in_any_order_say_what_one_process_says(
    one: tuple[Read, Traffic, Links],
    logs: Path,
    seed: int,
    part_bytes: int,
    at_a_time: int,
    n_cpus: int,
) -> None:
    alone, traffic, links = one
    read, engine = Read(logs), EngineHere(np.random.default_rng(seed), n_cpus)
    found = apart(read, engine, logs, part_bytes=part_bytes, at_a_time=at_a_time)
    assert dict(facts(found[0])) == dict(facts(traffic))
    assert dict(facts(found[1])) == dict(facts(links))
    assert sorted(read.rejected, key=str) == sorted(alone.rejected, key=str)
    counted = {**read.reading.tally(), "bytes_read": 0}
    assert counted == {**alone.reading.tally(), "bytes_read": 0}
    assert engine.done.count("read_part") >= (2 if part_bytes > 60_000 else 4)


@pytest.mark.parametrize("begins", ["at once", "late", "never"])
def test_responses_that_begin_late_are_echoed_all_the_same(
    logs: Path, tmp_path: Path, begins: str
) -> None:
    lines = as_lines(table(everything().exchanges, EXCHANGES_SCHEMA))
    silent = [line for line in lines if '"response"' not in line]
    speaking = [line for line in lines if '"response"' in line]
    assert speaking
    for nth, line in enumerate([] if begins == "never" else speaking):
        silent.insert(0 if begins == "at once" else 400 + 3 * nth, line)
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(silent), encoding="utf-8")
    alone = Read(path)
    assert alone.reading.responds is (begins == "at once")
    traffic = ingest(alone.reading, KEY, hear=alone.reading.responds)
    links = build_links(traffic, build_population(traffic, accounts(logs)))
    assert (KIND_ID["echo"] in links.kind) is (begins != "never")
    engine = EngineHere(np.random.default_rng(3))
    found = apart(Read(path), engine, logs, part_bytes=20_000)
    assert dict(facts(found[0])) == dict(facts(traffic))
    assert dict(facts(found[1])) == dict(facts(links))


def test_no_text_leaves_a_worker_and_the_key_is_never_shown(logs: Path) -> None:
    engine = EngineHere(np.random.default_rng(0))
    apart(Read(logs), engine, logs)
    assert engine.sent
    said = b"".join(engine.sent)
    for text in (MARKER, "chain of thought", "tell me a story", "judge this", "our own letter"):
        assert text.encode() not in said
    orders = [order for work, order in engine.asked() if work == "read_part"]
    assert orders
    for shown in map(repr, orders):
        assert "Sealed()" in shown
        assert str(int(KEY.k0)) not in shown


def test_an_error_is_the_one_that_a_single_process_meets_first(logs: Path) -> None:
    with pytest.raises(BadInput) as met:
        for _ in Read(logs, strict=True).reading:
            pass
    with pytest.raises(BadInput) as told:
        apart(Read(logs, strict=True), EngineHere(np.random.default_rng(0)), logs, part_bytes=9_000)
    assert str(told.value) == str(met.value)
    assert told.value.where == met.value.where
    assert MARKER not in str(told.value)


def test_logs_that_a_worker_does_not_see_or_sees_otherwise_are_told(
    logs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes((logs / "a.jsonl").read_bytes())
    read, engine = Read(path), EngineHere(np.random.default_rng(0))
    orders = list(elsewhere(read, engine).orders(cut(read.reading, part_bytes=20_000).parts, 2))
    path.write_bytes(b"x" + path.read_bytes())
    refs = engine.submit(read_part, [orders[0]], 4)
    with pytest.raises(BadInput, match="another file there"):
        engine.get(refs[0])
    path.unlink()
    refs = engine.submit(read_part, [orders[0]], 4)
    with pytest.raises(OutsideFailed, match=r"cannot be read by a worker.*under one path"):
        engine.get(refs[0])


@given(
    st.lists(st.sampled_from([b"", b"{}", b'{"a": 1}', b"\xef\xbb\xbf{}", b" "]), max_size=9),
    st.booleans(),
    st.lists(st.integers(3, 70), max_size=5),  # no part and no chunk ends in a byte order mark
    st.integers(3, 9),
)
def test_every_line_is_in_one_part_wherever_parts_meet(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    ended: bool,
    places: list[int],
    chunk_bytes: int,
) -> None:
    path = tmp_path_factory.mktemp("lines") / "log"
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    path.write_bytes(data)
    ends = sorted({0, len(data), *(place for place in places if place < len(data))})

    def read(within: range) -> tuple[list[tuple[int, bytes]], int]:
        chunks = LinesWithin(path, lambda _: None, within, chunk_bytes)
        return [(raw.line, raw.data) for raw in values(chunks, "lines")], chunks.n_ends

    whole, n_ends = read(range(len(data)))
    parts = [read(range(lo, hi)) for lo, hi in pairwise(ends)]
    before = np.cumsum([0, *(n for _, n in parts)])
    found = [
        (line + int(n), raw)
        for n, (part, _) in zip(before, parts, strict=False)
        for line, raw in part
    ]
    assert found == whole
    assert before[-1] == n_ends
