"""Native JSON: what is taken, what becomes null, what is set aside."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pytest

from stillwatch.adapters.readers import Reject, RejectsFile, open_exchanges
from stillwatch.adapters.readers import lines as text_lines
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.model.exchange import EXCHANGES_SCHEMA
from tests.rooms.adapters.log_files import lines, native, put, read, rows_of

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def test_every_column_of_the_contract_comes_through(tmp_path: Path) -> None:
    given = native(
        turn=3,
        prompt="p",
        tools=["f", "g"],
        temperature=0.5,
        max_tokens=10,
        logprobs=True,
        output_tokens=2**40,
        status=429,
        replayed_reasoning=["r"],
        prompt_digest=2**64 - 1,
        prompt_shingles=[0, 2**64 - 1],
        surplus={"left": "out"},
    )
    (row,) = read(tmp_path, given)
    del given["surplus"]
    assert row == {**given, "sent_at": NOON}


def test_batches_have_the_schema_and_absent_columns_are_null(tmp_path: Path) -> None:
    reading = open_exchanges([put(tmp_path / "log", native(prompt="hi"))])
    (batch,) = list(reading)
    assert batch.schema == EXCHANGES_SCHEMA
    assert batch.column("response").null_count == 1
    assert reading.columns == {"exchange_id", "sent_at", "account", "model", "prompt"}


@pytest.mark.parametrize("name", ["log.jsonl", "log.parquet", "log"])
def test_the_name_of_a_file_does_not_matter(tmp_path: Path, name: str) -> None:
    reading = open_exchanges([put(tmp_path / name, native())])
    assert list(reading.formats.values()) == ["jsonl"]
    assert len(rows_of(reading)) == 1


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_compressed_logs(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "log"
    with pa.CompressedOutputStream(str(path), codec) as stream:
        stream.write(lines(*map(native, range(500))))
    reading = open_exchanges([path])
    assert len(rows_of(reading)) == 500
    assert reading.bytes_read == reading.bytes_total == path.stat().st_size


def test_a_gzip_file_of_several_members_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(lines(native(1))) + gzip.compress(lines(native(2))))
    assert len(rows_of(open_exchanges([path]))) == 2


def test_a_gzip_file_that_was_cut_short_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole = gzip.compress(lines(*(native(n, prompt=str(n**9)) for n in range(20_000))))
    path.write_bytes(whole[: len(whole) // 2])
    reading = open_exchanges([path])
    assert 0 < len(rows_of(reading)) < 20_000
    assert text_lines.CUT_SHORT in reading.rejected_by_reason
    with pytest.raises(BadInput, match="ends early"):
        rows_of(open_exchanges([path], strict=True))


@pytest.mark.parametrize("indent", [0, orjson.OPT_INDENT_2])
def test_an_array_is_read_element_by_element(tmp_path: Path, indent: int) -> None:
    path = tmp_path / "log"
    given = [native(n, prompt='a "quoted" ] } , [ { brace \\') for n in range(3000)]
    path.write_bytes(orjson.dumps(given, option=indent))
    rows = rows_of(open_exchanges([path]))
    assert [row["exchange_id"] for row in rows] == [row["exchange_id"] for row in given]
    assert {row["prompt"] for row in rows} == {given[0]["prompt"]}


def test_a_broken_element_of_an_array_costs_that_element(tmp_path: Path) -> None:
    path = tmp_path / "log"
    good = orjson.dumps(native()).decode()
    path.write_text(f"[\n{good},\n{{'single': 'quotes'}},\n{good}\n]")
    found: list[Reject] = []
    assert len(rows_of(open_exchanges([path], on_reject=found.append))) == 2
    assert [(one.line, one.reason) for one in found] == [(3, "not valid JSON")]


def test_an_array_that_never_ends_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"[" + orjson.dumps(native()) + b"," + orjson.dumps(native())[:-9])
    reading = open_exchanges([path])
    assert len(rows_of(reading)) == 1
    assert reading.rejected_by_reason == {text_lines.UNBALANCED: 1}


def test_objects_spread_over_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(
        b"\n".join(orjson.dumps(native(n), option=orjson.OPT_INDENT_2) for n in (1, 2))
    )
    assert len(rows_of(open_exchanges([path]))) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"exchange_id": "\xff\xfe"}', "not valid UTF-8"),
        (b"[" * 5000, "not valid JSON"),
        (orjson.dumps({**native(), "sent_at": "yesterday"}), "sent_at cannot be read"),
        (orjson.dumps({**native(), "sent_at": 12}), "sent_at cannot be read"),
        (orjson.dumps({**native(), "sent_at": "0001-01-01T00:00:00Z"}), "sent_at cannot be read"),
        (orjson.dumps({**native(), "sent_at": None}), "sent_at is missing"),
        (orjson.dumps({**native(), "account": ""}), "account is missing"),
        (orjson.dumps({**native(), "account": ["a"]}), "account cannot be read"),
        (orjson.dumps({**native(), "model": True}), "model cannot be read"),
        (orjson.dumps({**native(), "exchange_id": 1.5}), "exchange_id cannot be read"),
    ],
)
def test_a_line_without_what_is_required_is_set_aside(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    found: list[Reject] = []
    path = put(tmp_path / "log", native(1), line, native(2))
    reading = open_exchanges([path], on_reject=found.append)
    assert [row["exchange_id"] for row in rows_of(reading)] == ["x1", "x2"]
    (reject,) = found
    assert (reject.file, reject.line, reject.reason, reject.raw) == (str(path), 2, reason, "")
    assert reject.digest.startswith("sha256:")
    assert (reading.n_rows, reading.n_rejected) == (2, 1)
    assert reading.rejected_by_reason == {reason: 1}
    with pytest.raises(BadInput, match=r"line 2.*" + reason):
        rows_of(open_exchanges([path], strict=True))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("max_tokens", 1e99),
        ("max_tokens", 2**31),
        ("max_tokens", -1),
        ("max_tokens", 10**30),
        ("max_tokens", 1.5),
        ("temperature", "hot"),
        ("temperature", -1),
        ("temperature", True),
        ("status", 70000),
        ("status", 0),
        ("logprobs", "perhaps"),
        ("tools", "f"),
        ("tools", {"name": "f"}),
        ("prompt", {"text": "p"}),
        ("output_tokens", 2**63),
        ("prompt_digest", -1),
        ("prompt_shingles", [1, -1]),
    ],
)
def test_an_optional_value_that_makes_no_sense_is_null_and_counted(
    tmp_path: Path, column: str, value: object
) -> None:
    line = orjson.dumps({**native(2), column: None}) if value == 10**30 else None
    line = (line or orjson.dumps({**native(2), column: value})).replace(
        b'"max_tokens":null', b'"max_tokens":1' + b"0" * 30
    )
    reading = open_exchanges([put(tmp_path / "log", native(1), line, native(3))])
    rows = rows_of(reading)
    assert len(rows) == 3
    assert column not in rows[1]
    assert reading.n_nulled == {column: 1}
    assert reading.n_rejected == 0


def test_numbers_and_ids_in_another_guise(tmp_path: Path) -> None:
    row, plain = read(
        tmp_path,
        native(
            account=17, max_tokens="64", temperature="0.5", turn=2.0, logprobs=5, tools=["f", 1]
        ),
        native(2),
    )
    assert row["account"] == "17"
    assert (row["max_tokens"], row["temperature"], row["turn"]) == (64, 0.5, 2)
    assert row["logprobs"] is True
    assert row["tools"] == ["f"]
    assert "tools" not in plain


def test_text_of_every_kind_survives(tmp_path: Path) -> None:
    line = orjson.dumps(native(prompt="@")).replace(b"@", rb"a\u0000b \ud83d\ude00 \ud800 end")
    (row,) = read(tmp_path, line)
    assert row["prompt"] == "a\0b \U0001f600 \ufffd end"


def test_nan_is_null(tmp_path: Path) -> None:
    line = orjson.dumps(native(temperature=7)).replace(b":7", b":NaN")
    (row,) = read(tmp_path, line)
    assert "temperature" not in row


def test_byte_order_mark_blank_lines_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xef\xbb\xbf" + lines(native(1), b"  ", native(2)).replace(b"\n", b"\r\n"))
    reading = open_exchanges([path], strict=True)
    assert len(rows_of(reading)) == 2


def test_a_first_line_that_was_cut_off_does_not_hide_the_rest(tmp_path: Path) -> None:
    reading = open_exchanges([put(tmp_path / "log", b'nt":"x"}', native(1), native(2))])
    assert len(rows_of(reading)) == 2
    assert reading.n_rejected == 1


@pytest.mark.parametrize("array", [False, True])
def test_a_value_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, array: bool
) -> None:
    monkeypatch.setattr(text_lines, "MAX_VALUE_BYTES", 3 << 20)
    given = [
        native(1),
        native(2, prompt="x" * (9 << 20)),
        native(3),
        native(4, tools=["ab"] * 10**6),
    ]
    path = tmp_path / "log"
    path.write_bytes(orjson.dumps(given) if array else lines(*given))
    reading = open_exchanges([path])
    found = {row["exchange_id"] for row in rows_of(reading)}
    assert found == ({"x1"} if array else {"x1", "x3"})
    assert set(reading.rejected_by_reason) <= {text_lines.TOO_LONG, text_lines.UNBALANCED}
    assert reading.n_rejected >= 1


def test_batches_are_bounded(tmp_path: Path) -> None:
    path = put(tmp_path / "log", *(native(n, prompt="x" * (1 << 20)) for n in range(70)))
    sizes = [batch.nbytes for batch in open_exchanges([path])]
    assert max(sizes) <= 64 << 20
    assert len(sizes) >= 2


def test_a_reading_can_be_read_twice(tmp_path: Path) -> None:
    reading = open_exchanges([put(tmp_path / "log", native(1), b"{", native(2))])
    first = rows_of(reading)
    assert rows_of(reading) == first
    assert (reading.n_rows, reading.n_rejected) == (2, 1)


def test_rejects_are_on_disk_before_the_reading_ends(tmp_path: Path) -> None:
    path = put(tmp_path / "log", b'{"a": "\x01secret', *map(native, range(40_000)))
    with RejectsFile(tmp_path / "rejects") as rejects:
        batches = iter(open_exchanges([path], on_reject=rejects))
        next(batches)
        (line,) = (tmp_path / "rejects").read_bytes().splitlines()
    found = orjson.loads(line)
    assert found["line"] == 1
    assert found["reason"] == "not valid JSON"
    assert b"secret" not in line
    assert (tmp_path / "rejects").stat().st_mode & 0o077 == 0


def test_raw_lines_only_on_request_escaped_and_short(tmp_path: Path) -> None:
    found: list[Reject] = []
    path = put(tmp_path / "log", native(), b'{"a": "\x1b[31m\xff' + b"y" * 1000)
    rows_of(open_exchanges([path], on_reject=found.append, keep_raw=True))
    assert found[0].raw.startswith(r'{"a": "\x1b[31m\xff')
    assert len(found[0].raw) < 400


def test_rejects_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutsideFailed, match="cannot be written"):
        RejectsFile(tmp_path / "no" / "such" / "folder")


def test_defaults_fill_what_rows_lack(tmp_path: Path) -> None:
    given = native()
    del given["account"]
    with_account, without = read(
        tmp_path, native(2), given, defaults={"account": "mine"}, format="jsonl"
    )
    assert with_account["account"] == "a2"
    assert without["account"] == "mine"
    with pytest.raises(BadSettings, match=r"defaults\.prompt"):
        open_exchanges([tmp_path], defaults={"prompt": "p"})
    with pytest.raises(BadSettings, match=r"defaults\.sent_at"):
        open_exchanges([tmp_path], defaults={"sent_at": "soon"})
