"""Laws that hold for every reader, whatever the logs hold."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.readers import FORMATS, open_exchanges
from stillwatch.adapters.readers.columns import as_values, to_batch
from stillwatch.adapters.readers.interface import NotARecord
from stillwatch.adapters.readers.lines import Chunks, values
from stillwatch.adapters.readers.registry import RECORD_FORMATS
from stillwatch.adapters.readers.times import LATEST_US, time_us
from stillwatch.model.errors import StillwatchError
from stillwatch.model.exchange import EXCHANGES_SCHEMA

KEYS = """
    account api_key apiKey attributes arrayValue body call_type choices content
    contentBlockDelta conversation created custom_id delta details encrypted_content error
    error_information event events exchange_id finish_reason function gen_ai.input.messages
    gen_ai.output.messages gen_ai.prompt gen_ai.prompt.0.content gen_ai.request.model
    gen_ai.response.finish_reasons gen_ai.tool.definitions gen_ai.usage.input_tokens id
    identity include inferenceConfig input inputBodyJson inputTokenCount instructions
    intValue key kvlistValue logRecords max_tokens message message_start messages metadata
    model modelId model_parameters name operation output outputBodyJson params parts prompt
    reasoningContent reasoningText refusal request requestId requestMetadata resource
    resourceLogs resourceSpans response result role schemaType scopeLogs scopeSpans sent_at
    signature spanId spans startTime startTimeUnixNano status status_code stopReason
    stringValue system temperature text thinking_blocks timestamp toolConfig tools traceId
    type usage user_api_key_user_id value values
""".split()
WORDS = st.sampled_from(
    ["user", "system", "assistant", "text", "thinking", "message", "error", "succeeded", "Converse",
     "ModelInvocationLog", "gen_ai.user.message", "2026-06-10T12:00:00Z", "1781092800000000000",
     "[1]", "{", '[{"role": "user"}]', "", "-1", "reasoning", "tool_result"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), WORDS, st.text()
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    ),
    max_leaves=40,
)
RECORDS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("name", RECORD_FORMATS)
@given(record=RECORDS)
def test_a_format_makes_rows_or_says_why_not(name: str, record: dict[str, Any]) -> None:
    form = RECORD_FORMATS[name]
    assert 0.0 <= form.claims(record) <= 1.0
    try:
        rows = form.rows(record, "folder/file")
    except NotARecord:
        return
    if rows:
        batch, faults = to_batch([as_values(row) for row in rows], Counter())
        assert batch.num_rows + len(faults) == len(rows)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(EXCHANGES_SCHEMA.names), JSON, max_size=33),
        min_size=1,
        max_size=8,
    )
)
def test_any_values_make_a_batch_of_the_contract(rows: list[dict[str, Any]]) -> None:
    batch, faults = to_batch([as_values(row) for row in rows], Counter())
    batch.validate(full=True)
    assert batch.schema == EXCHANGES_SCHEMA
    assert batch.num_rows + len(faults) == len(rows)
    for name in ("exchange_id", "sent_at", "account", "model"):
        assert batch.column(name).null_count == 0


@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.one_of(RECORDS.map(repr), TEXT), max_size=5).map(
            lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")
        ),
        st.sampled_from([b"PAR1", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"[", b"{"]).flatmap(
            lambda head: st.binary(max_size=100).map(lambda tail: head + tail)
        ),
    ),
    st.sampled_from(["auto", *FORMATS]),
)
def test_any_bytes_are_read_or_refused_in_words(content: bytes, form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(content)
        try:
            reading = open_exchanges([path], format=form)
            n_rows = sum(batch.num_rows for batch in reading)
        except StillwatchError as error:
            assert str(error)
        else:
            assert n_rows == reading.n_rows
            assert reading.n_rejected == sum(reading.rejected_by_reason.values())


class Pieces(Chunks):
    """Bytes handed on in pieces of a given size."""

    def __init__(self, content: bytes, size: int) -> None:
        """Take the bytes."""
        super().__init__(Path("nowhere"), lambda _: None)
        self.pieces = [content[at : at + size] for at in range(0, len(content), size)]

    def __iter__(self) -> Any:
        yield from self.pieces


@given(
    st.lists(st.dictionaries(TEXT, st.one_of(TEXT, st.lists(TEXT), st.none())), max_size=6),
    st.integers(1, 40),
    st.sampled_from(["lines", "array", "stream"]),
    st.booleans(),
)
def test_where_chunks_end_does_not_matter(
    given_: list[dict[str, Any]], size: int, layout: Any, indent: bool
) -> None:
    option = orjson.OPT_INDENT_2 if indent and layout != "lines" else 0
    if layout == "array":
        content = orjson.dumps(given_, option=option)
    else:
        content = b"\n".join(orjson.dumps(one, option=option) for one in given_)
    found = list(values(Pieces(content, size), layout))
    assert [orjson.loads(raw.data) for raw in found] == given_
    assert not any(raw.reason for raw in found)
    starts = [content.splitlines()[raw.line - 1] for raw in found] if not indent else []
    assert all(raw.data in start for raw, start in zip(found, starts, strict=not indent))


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)),
    st.integers(-23 * 60, 23 * 60),
)
def test_a_time_is_the_same_in_every_zone(moment: datetime, offset_min: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    wanted = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    shifted = aware.astimezone(timezone(timedelta(minutes=offset_min)))
    assert time_us(shifted.isoformat()) == wanted
    assert time_us(moment.isoformat()) == wanted
    assert time_us(moment.isoformat(sep=" ")) == wanted


@given(st.integers(10**9, LATEST_US // 10**6 - 1))
def test_an_epoch_is_the_same_in_every_unit(seconds: int) -> None:
    wanted = seconds * 1_000_000
    for value in (seconds, float(seconds), str(seconds), seconds * 10**3, seconds * 10**6):
        assert time_us(value) == wanted
    if seconds * 10**9 < 2**63:
        assert time_us(seconds * 10**9) == time_us(str(seconds * 10**9)) == wanted


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "exchange_id": TEXT.filter(bool),
            "sent_at": st.integers(10**15, LATEST_US - 1),
            "account": TEXT.filter(bool),
            "model": TEXT.filter(bool),
            "prompt": st.none() | TEXT,
            "tools": st.none() | st.lists(TEXT, max_size=3),
            "temperature": st.none() | st.floats(0, 2),
            "max_tokens": st.none() | st.integers(-5, 2**33),
            "logprobs": st.none() | st.booleans(),
            "output_tokens": st.none() | st.integers(-5, 2**62),
            "status": st.none() | st.integers(0, 1200),
            "prompt_digest": st.none() | st.integers(0, 2**63 - 1),
            "prompt_shingles": st.none() | st.lists(st.integers(0, 2**63 - 1), max_size=3),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS)
def test_parquet_and_json_give_the_same_rows(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "json").write_bytes(b"\n".join(map(orjson.dumps, rows)))
        stamps = pa.array([row["sent_at"] for row in rows], pa.timestamp("us"))
        table = pa.Table.from_pylist(rows)
        table = table.set_column(table.schema.get_field_index("sent_at"), "sent_at", stamps)
        pq.write_table(table, Path(folder, "parquet"))
        readings = [open_exchanges([Path(folder, name)]) for name in ("json", "parquet")]
        one, two = ([row for batch in each for row in batch.to_pylist()] for each in readings)
        assert one == two
        assert readings[0].n_nulled == readings[1].n_nulled


@given(st.permutations([("in", 1), ("in", 2), ("in", 3), ("out", 1), ("out", 3), ("out", 4)]))
def test_halves_are_joined_in_any_order(halves: list[tuple[str, int]]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "q"}]}
    answer = {"created": 1781092800, "choices": [{"message": {"content": "a"}}]}
    lines = [
        {"custom_id": str(number), "url": "/v1/chat/completions", "body": body}
        if half == "in"
        else {
            "id": f"r{number}",
            "custom_id": str(number),
            "response": {"body": {**answer, "id": f"c{number}"}},
        }
        for half, number in halves
    ]
    defaults = {"account": "a", "sent_at": "2026-06-10", "model": "m"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        reading = open_exchanges([path], defaults=defaults)
        found = {
            row["exchange_id"]: (row["prompt"], row["response"])
            for batch in reading
            for row in batch.to_pylist()
        }
    assert found == {
        "c1": ("q", "a"),
        "log#2": ("q", None),
        "c3": ("q", "a"),
        "c4": (None, "a"),
    }
    assert reading.n_joined == 2
