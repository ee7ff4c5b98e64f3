"""Reading a bundle: ranges, containers, and what is built to stop whoever reads it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.custody.bundling import bundle_of
from stillwatch.attribute.custody.bundle import Bundle, Earlier
from stillwatch.attribute.custody.chain import read_inventory
from stillwatch.attribute.custody.container import packed, unpacked
from stillwatch.attribute.custody.entries import Pen, entry_from
from stillwatch.attribute.custody.kinds import KEY as KIND
from stillwatch.attribute.custody.kinds import SEALED
from stillwatch.attribute.custody.notes import Checkpoint, public_of, sign_head
from stillwatch.attribute.custody.ranges import numbers_of, ranges_of
from stillwatch.attribute.custody.report import Report
from stillwatch.attribute.custody.trust import key_body
from stillwatch.attribute.custody.verifying import NOT_SIGNED, Believed, verify
from stillwatch.model.errors import BadInput
from tests.rooms.attribute.sealed import (
    CASE,
    KEY,
    ORIGIN,
    fresh_log,
    sealed,
    texts,
    written,
)

BELIEVED = Believed(key=public_of(KEY, ORIGIN))


@given(st.sets(st.integers(0, 300)))
def test_ranges_tell_the_numbers_they_were_made_of(numbers: set[int]) -> None:
    assert numbers_of(ranges_of(numbers), most=301, where="x") == sorted(numbers)


@pytest.mark.parametrize(
    "told",
    [None, [[1]], [[2, 1]], [[1, 2], [2, 3]], [[3, 4], [1, 2]], [[0, 99]], [[True, 2]], ["a"]],
)
def test_ranges_that_were_made_up_are_refused(told: object) -> None:
    with pytest.raises(BadInput):
        numbers_of(told, most=50, where="x")


def test_ranges_tell_of_no_more_numbers_than_there_is_room_for() -> None:
    assert numbers_of([[0, 2], [5, 7]], most=50, where="x", room=4) == [0, 1, 5, 6]
    for told in ([[0, 2], [5, 8]], [[0, 2_000_000_000]]):
        with pytest.raises(BadInput, match="more than 4"):
            numbers_of(told, most=2_000_000_001, where="x", room=4)


def _of_one_range(n: int, key: Ed25519PrivateKey) -> bytes:
    """A bundle of two entries, whose inventory tells of ``n`` exhibits in a few bytes."""
    pen = Pen(key, ORIGIN)
    body = {"case": CASE, "exhibits": [[0, n]], "others": []}
    lines = (pen.write(0, 1, KIND, key_body(key, ORIGIN, None, "x")), pen.write(n, 2, SEALED, body))
    head = sign_head(Checkpoint(ORIGIN, n + 1, bytes(32)), key, ORIGIN)
    made = Bundle(
        origin=ORIGIN, case=CASE, head=head, proofs=((), ()), openings=(),
        entries=tuple(entry_from(line, where="x") for line in lines),
        heads=(Earlier(note=head, proof=()),),
    )  # fmt: skip
    return written(made, key)


def test_a_bundle_that_the_key_did_not_sign_is_not_read_on() -> None:
    """A few thousand bytes would tell of more exhibits than there is memory for."""
    stranger = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
    for key in (stranger, KEY):
        report = verify(_of_one_range(200_000, key), BELIEVED)
        assert report.problems
        assert len(report.problems) < 10
        assert report.not_looked == [NOT_SIGNED]


def test_an_inventory_that_tells_of_far_more_than_is_here_is_refused() -> None:
    entry = entry_from(
        Pen(KEY, ORIGIN).write(
            1 << 40, 2, SEALED, {"case": CASE, "exhibits": [[0, 1 << 40]], "others": []}
        ), where="x",
    )  # fmt: skip
    report = Report()
    head = Checkpoint(ORIGIN, entry.n + 1, bytes(32))
    assert read_inventory([entry], head, CASE, report) is None
    assert [(p.entry, "more than" in p.what) for p in report.problems] == [(entry.n, True)]


def _tar(*members: tuple[str, bytes, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.mode = kind, len(content), 0o444
            info.linkname = "/etc/passwd" if kind != tarfile.REGTYPE else ""
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04", bytes(512), bytes(2048), b"\x1f\x8b" + bytes(600),
        _tar(("../x", tarfile.REGTYPE, b"x")),
        _tar(("/etc/x", tarfile.REGTYPE, b"x")),
        _tar(("a/b/c", tarfile.REGTYPE, b"x")),
        _tar(("a", tarfile.SYMTYPE, b"")),
        _tar(("a", tarfile.LNKTYPE, b"")),
        _tar(("a", tarfile.DIRTYPE, b"")),
        _tar(("a", tarfile.FIFOTYPE, b"")),
        b"".join(packed({"a": b"x"}))[:-1],
        b"".join(packed({"a": b"x"})) + b"\0",
        b"".join(packed({"a": b"x"}))[:600],
    ],
)  # fmt: skip
def test_a_container_that_is_not_as_we_write_it_is_refused(data: bytes) -> None:
    if data not in (b"",):
        with pytest.raises(BadInput):
            unpacked(data)
    report = verify(data, BELIEVED)
    assert report.problems


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,9}(/[a-z0-9]{1,9})?", fullmatch=True),
                       st.binary(max_size=1500), max_size=5))  # fmt: skip
def test_a_container_gives_back_what_went_in(files: dict[str, bytes]) -> None:
    assert unpacked(b"".join(packed(files))) == files


def test_any_tar_opens_a_bundle(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        n = sealed(log, texts("one")).sealed[0]
        data = written(bundle_of(log, CASE))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found = tar.extractfile(f"exhibits/{n}")
        assert found is not None
        assert found.read() == b"one"
