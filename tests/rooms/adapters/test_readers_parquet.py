"""Native Parquet: castable types, missing columns, damage, bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.readers import Reject, open_exchanges
from stillwatch.model.errors import BadInput
from stillwatch.model.exchange import EXCHANGES_SCHEMA
from tests.rooms.adapters.log_files import rows_of

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def table(**more: Any) -> pa.Table:
    """Three rows with their required columns; ``more`` replaces and adds."""
    columns: dict[str, Any] = {
        "exchange_id": ["x1", "x2", "x3"],
        "sent_at": pa.array([NOON] * 3, pa.timestamp("us", tz="UTC")),
        "account": ["a", "b", "c"],
        "model": ["m"] * 3,
        **more,
    }
    return pa.table({name: value for name, value in columns.items() if value is not None})


def put(path: Path, content: pa.Table, **how: Any) -> Path:
    pq.write_table(content, path, **how)
    return path


def column(path: Path, name: str) -> list[Any]:
    return [value for batch in open_exchanges([path]) for value in batch.column(name).to_pylist()]


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("account", pa.array(["a", "b", "c"], pa.large_string()), ["a", "b", "c"]),
        ("account", pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        ("account", pa.array([b"a", b"b", b"c"]), ["a", "b", "c"]),
        ("account", pa.array([1, 2, 3]), ["1", "2", "3"]),
        ("sent_at", pa.array([NOON.replace(tzinfo=None)] * 3, pa.timestamp("ns")), [NOON] * 3),
        ("sent_at", pa.array([NOON] * 3, pa.timestamp("ms", tz="Asia/Tokyo")), [NOON] * 3),
        ("sent_at", pa.array(["2026-06-10T14:00:00+02:00"] * 3), [NOON] * 3),
        ("sent_at", pa.array([1_781_092_800] * 3), [NOON] * 3),
        ("sent_at", pa.array([1_781_092_800_000] * 3), [NOON] * 3),
        ("sent_at", pa.array([1_781_092_800.0] * 3), [NOON] * 3),
        ("max_tokens", pa.array([1, 2**40, None]), [1, None, None]),
        ("max_tokens", pa.array([1.0, float("nan"), 2.5]), [1, None, None]),
        ("max_tokens", pa.array(["7", "many", ""]), [7, None, None]),
        ("output_tokens", pa.array([2**64 - 1, 5, 0], pa.uint64()), [None, 5, 0]),
        ("output_tokens", pa.array([1e300, 2.0, float("-inf")]), [None, 2, None]),
        ("status", pa.array([200, 99999, -5]), [200, None, None]),
        ("temperature", pa.array([1, 0, -1]), [1.0, 0.0, None]),
        ("temperature", pa.array([0.5, float("nan"), float("inf")]), [0.5, None, None]),
        ("logprobs", pa.array([0, 1, None]), [False, True, None]),
        ("logprobs", pa.array(["true", "False", "maybe"]), [True, False, None]),
        ("tools", pa.array([["f", "g"], [], None], pa.large_list(pa.large_string())),
         [["f", "g"], [], None]),
        ("tools", pa.array([["f", None], None, ["g"]], pa.list_(pa.string())),
         [["f"], None, ["g"]]),
        ("prompt_digest", pa.array([-1, 5, 2**62]), [None, 5, 2**62]),
        ("prompt_digest", pa.array([2**64 - 1, 0, 1], pa.uint64()), [2**64 - 1, 0, 1]),
        ("prompt_shingles", pa.array([[1, 2], None, []]), [[1, 2], None, []]),
    ],
)  # fmt: skip
def test_types_are_cast(tmp_path: Path, name: str, given: pa.Array, wanted: list[Any]) -> None:
    path = put(tmp_path / "t", table(**{name: given}))
    assert column(path, name) == wanted
    reading = open_exchanges([path])
    assert all(batch.schema == EXCHANGES_SCHEMA for batch in reading)
    n_lost = wanted.count(None) - given.null_count
    assert reading.n_nulled[name] == n_lost


def test_lists_of_a_slice_keep_their_rows(tmp_path: Path) -> None:
    given = pa.array([["a"], None, ["b", "c"]] * 400, pa.large_list(pa.large_string()))
    rows = {name: ["x"] * 1200 for name in ("exchange_id", "account", "model")}
    content = pa.table({**rows, "sent_at": pa.array([NOON] * 1200), "tools": given})
    path = put(tmp_path / "t", content, row_group_size=7)
    assert column(path, "tools") == given.to_pylist()


def test_column_order_and_surplus_columns_do_not_matter(tmp_path: Path) -> None:
    content = table(extra=[1, 2, 3], prompt=["p"] * 3)
    path = put(tmp_path / "t", content.select(content.column_names[::-1]))
    reading = open_exchanges([path])
    assert reading.columns == {"exchange_id", "sent_at", "account", "model", "prompt"}
    assert [row["exchange_id"] for row in rows_of(reading)] == ["x1", "x2", "x3"]


def test_a_missing_column_is_named_with_what_was_found(tmp_path: Path) -> None:
    path = put(tmp_path / "t", table(model=None, modle=["m"] * 3))
    with pytest.raises(BadInput, match=r"column model is missing.*modle") as caught:
        open_exchanges([path])
    assert str(path) in str(caught.value)
    reading = open_exchanges([path], defaults={"model": "m-9"})
    assert {row["model"] for row in rows_of(reading)} == {"m-9"}


def test_a_required_column_of_a_hopeless_type(tmp_path: Path) -> None:
    path = put(tmp_path / "t", table(account=[[1], [2], [3]]))
    with pytest.raises(BadInput, match=r"column account has type list"):
        open_exchanges([path])


def test_an_optional_column_of_a_hopeless_type_is_not_offered(tmp_path: Path) -> None:
    path = put(tmp_path / "t", table(prompt=[{"a": 1}] * 3, response=pa.nulls(3)))
    reading = open_exchanges([path])
    assert not {"prompt", "response"} & reading.columns
    assert len(rows_of(reading)) == 3
    assert any("column prompt" in note for note in reading.notes)


def test_rows_without_a_required_value_are_set_aside(tmp_path: Path) -> None:
    year_one = datetime(1, 1, 1, tzinfo=UTC)
    path = put(
        tmp_path / "t",
        table(account=["a", "", None], sent_at=pa.array([NOON, NOON, year_one])),
    )
    found: list[Reject] = []
    reading = open_exchanges([path], on_reject=found.append)
    assert [row["exchange_id"] for row in rows_of(reading)] == ["x1"]
    assert sorted(one.line for one in found) == [2, 3]
    assert (reading.n_rows, reading.n_rejected) == (1, 2)
    with pytest.raises(BadInput, match="line 3: sent_at"):
        rows_of(open_exchanges([path], strict=True))


def test_text_that_is_not_utf8_is_null(tmp_path: Path) -> None:
    raw = pa.array([b"good", b"\xff\xfe", None], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    path = put(tmp_path / "t", table(prompt=text))
    assert column(path, "prompt") == ["good", None, None]


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_an_error_even_in_a_folder(tmp_path: Path, cut: float) -> None:
    path = put(tmp_path / "good", table())
    content = path.read_bytes()
    (tmp_path / "torn").write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(BadInput, match="damaged or ends early"):
        rows_of(open_exchanges([tmp_path]))


def test_damage_inside_the_file(tmp_path: Path) -> None:
    path = put(tmp_path / "t", table(prompt=["p" * 1000] * 3), compression="snappy")
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        rows_of(open_exchanges([path]))


def test_batches_are_bounded(tmp_path: Path) -> None:
    n_rows = 90_000
    small = pa.table(
        {
            "exchange_id": pa.array(range(n_rows)),
            "sent_at": pa.array([NOON] * n_rows),
            "account": ["a"] * n_rows,
            "model": ["m"] * n_rows,
        }
    )
    sizes = [batch.num_rows for batch in open_exchanges([put(tmp_path / "small", small)])]
    assert sum(sizes) == n_rows
    assert max(sizes) <= 65_536
    wide = table(prompt=["p" * (40 << 20)] * 3)
    batches = list(open_exchanges([put(tmp_path / "wide", wide)]))
    assert [batch.num_rows for batch in batches] == [1, 1, 1]


def test_an_empty_table_is_sound(tmp_path: Path) -> None:
    reading = open_exchanges([put(tmp_path / "t", table().slice(0, 0))])
    assert rows_of(reading) == []
    assert reading.n_rejected == 0
