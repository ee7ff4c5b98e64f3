"""What may be named as a source, and what each mistake is answered with."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.readers import open_exchanges
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from tests.rooms.adapters.log_files import lines, native, put, rows_of


def test_a_folder_is_read_through_and_hidden_files_are_not(tmp_path: Path) -> None:
    put(tmp_path / "b" / "2.jsonl", native(2))
    put(tmp_path / "a" / "1.jsonl", native(1))
    put(tmp_path / ".hidden", native(3))
    put(tmp_path / "_temporary" / "4", native(4))
    (tmp_path / "_SUCCESS").touch()
    found = [row["exchange_id"] for row in rows_of(open_exchanges([tmp_path]))]
    assert found == ["x1", "x2"]


def test_globs_and_files_named_twice(tmp_path: Path) -> None:
    path = put(tmp_path / "day=1" / "log.jsonl", native(1))
    put(tmp_path / "day=2" / "log.jsonl", native(2))
    reading = open_exchanges([str(tmp_path / "*" / "*.jsonl"), path, str(path)])
    assert sorted(row["exchange_id"] for row in rows_of(reading)) == ["x1", "x2"]


def test_what_is_no_log_in_a_folder_is_passed_over_and_listed(tmp_path: Path) -> None:
    put(tmp_path / "log.jsonl", native())
    (tmp_path / "README").write_text("words\n")
    (tmp_path / "empty.jsonl").touch()
    pq.write_table(pa.table({"account": ["a"], "plan": ["p"]}), tmp_path / "accounts.parquet")
    reading = open_exchanges([tmp_path])
    assert len(rows_of(reading)) == 1
    assert {Path(name).name for name in reading.skipped} == {
        "README",
        "empty.jsonl",
        "accounts.parquet",
    }
    assert len(reading.notes) == 3
    with pytest.raises(BadInput):
        open_exchanges([tmp_path], strict=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "PNG image"),
        (b"PK\x03\x04" + b"\0" * 99, "ZIP archive"),
        (b"SQLite format 3\0", "SQLite"),
        (b"city,people,height\nx,1,2\n", "looks like CSV"),
        (b"plain words\n", "plain text"),
        (b"\x00\x01\x02\x03", "binary file"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b'{"city": "x", "people": 3}\n', "keys: city, people"),
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"PAR1" + b"\0" * 40, "damaged or ends early"),
        (b"\x1f\x8b\x08\x00", "damaged from its start"),
        (b"[2026-01-01 12:00] INFO started\n", "no JSON object"),
    ],
)
def test_each_wrong_kind_of_file_has_its_own_answer(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as caught:
        rows_of(open_exchanges([path]))
    assert str(path) in str(caught.value)


def test_the_keys_of_an_unknown_record_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = put(tmp_path / "log", {"\x1b[31mred": 1})
    with pytest.raises(BadInput) as caught:
        open_exchanges([path])
    assert "\x1b" not in str(caught.value)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no files"):
        open_exchanges([tmp_path])
    with pytest.raises(BadInput, match="no such file"):
        open_exchanges([tmp_path / "absent"])
    with pytest.raises(BadInput, match="matches no file"):
        open_exchanges([str(tmp_path / "*.parquet")])
    with pytest.raises(BadInput, match="no logs were named"):
        open_exchanges([])
    with pytest.raises(BadInput, match="usable path"):
        open_exchanges(["nul\0byte"])
    (tmp_path / "one").touch()
    (tmp_path / "two").write_text("words")
    with pytest.raises(BadInput, match="none of the 2 files"):
        open_exchanges([tmp_path])


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="neither a file nor a folder"):
        open_exchanges([tmp_path / "pipe"])


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = put(tmp_path / "log", native())
    path.chmod(0)
    with pytest.raises(OutsideFailed, match="permissions"):
        open_exchanges([path])


def test_a_broken_link(tmp_path: Path) -> None:
    put(tmp_path / "log", native())
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(OutsideFailed, match="broken link"):
        open_exchanges([tmp_path])


def test_asking_for_a_format(tmp_path: Path) -> None:
    path = put(tmp_path / "log", native())
    with pytest.raises(BadSettings, match="known: auto, parquet"):
        open_exchanges([path], format="csv")
    with pytest.raises(BadInput, match="not Parquet"):
        open_exchanges([path], format="parquet")
    reading = open_exchanges([path], format="bedrock")
    assert rows_of(reading) == []
    assert reading.rejected_by_reason == {"modelId is missing": 1}
    table = tmp_path / "table"
    pq.write_table(pa.table({"a": [1]}), table)
    with pytest.raises(BadInput, match="Parquet, not jsonl"):
        open_exchanges([table], format="jsonl")


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    put(tmp_path / "1", *map(native, range(30_000)))
    (tmp_path / "2").write_bytes(lines(native()))
    reading = open_exchanges([tmp_path])
    seen = [reading.bytes_read for _ in reading]
    assert 0 < seen[0] < reading.bytes_total
    assert reading.bytes_read == reading.bytes_total
