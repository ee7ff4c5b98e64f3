"""The accounts table and the releases file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.readers import read_accounts, read_releases
from stillwatch.model.account import ACCOUNTS_SCHEMA
from stillwatch.model.errors import BadInput
from stillwatch.model.release import Release

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.fixture(params=["parquet", "lines", "array", "csv", "tsv"])
def accounts(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two accounts in each kind of file, with a column too many."""
    path = tmp_path / "file"
    rows = [
        {"surplus": 1, "account": "a", "opened_at": "2026-06-10T12:00:00Z", "plan": "pro"},
        {"surplus": 2, "account": "007", "opened_at": None, "plan": None},
    ]
    if request.param == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif request.param == "lines":
        path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    elif request.param == "array":
        path.write_bytes(orjson.dumps(rows))
    else:
        sign = "," if request.param == "csv" else "\t"
        text = "surplus,account,opened_at,plan\n1,a,2026-06-10T12:00:00Z,pro\n2,007,,\n"
        path.write_text(text.replace(",", sign))
    return path


def test_every_kind_of_file_gives_the_same_table(accounts: Path) -> None:
    table = read_accounts(accounts)
    assert table.schema == ACCOUNTS_SCHEMA
    first, second = table.to_pylist()
    assert (first["account"], first["opened_at"], first["plan"]) == ("a", NOON, "pro")
    assert second["account"] == "007"
    assert [name for name, value in second.items() if value is not None] == ["account"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"account,plan\na,pro\nb,pro\na,free\n", "account 'a' has 2 rows"),
        (b"account,plan\na,pro\n,pro\n", "row 2: an account has no name"),
        (b"acct,plan\na,pro\n", "account is missing; columns found: acct, plan"),
        (b'{"acct": "a"}\n', "account is missing; columns found: acct"),
        (b'{"account": "a"}\n{\n', "line 2: not valid JSON"),
        (b'{"account": "a"}\n[1]\n', "line 2: not a JSON object"),
        (b"", "is empty"),
        (b"account\n\xff\xfe\n", "no table of accounts"),
        (b"PAR1nothing", "damaged or ends early"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no table of accounts|account is missing"),
    ],
)
def test_each_mistake_has_its_answer(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_accounts(path)


def test_a_folder_of_files_is_not_one_table(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    with pytest.raises(BadInput, match="one accounts file"):
        read_accounts(tmp_path)


def test_releases_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "releases"
    path.write_text(
        '{"releases": [{"model": "m-2", "released_at": 1781092800},'
        ' {"model": "m-1", "released_at": "2026-06-10T11:00:00Z"}]}'
    )
    assert read_releases(path) == (
        Release("m-1", 1_781_089_200_000_000),
        Release("m-2", 1_781_092_800_000_000),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "no list named releases"),
        ('{"releases": [{"model": ""}]}', "release 1: the model is not named"),
        ('{"releases": [{"model": "m", "released_at": "soon"}]}', "released_at is not a time"),
        (
            '{"releases": [{"model": "m", "released_at": 1781092800},'
            ' {"model": "m", "released_at": 1781092801}]}',
            "'m' is released twice",
        ),
    ],
)
def test_releases_of_another_shape(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "releases"
    path.write_text(content)
    with pytest.raises(BadInput, match=said) as caught:
        read_releases(path)
    assert "Write it so" in str(caught.value)
