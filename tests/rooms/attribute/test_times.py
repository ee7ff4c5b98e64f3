"""Times: stamps of a real authority and cosignatures bound when entries were made."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.custody.bundling import bundle_of
from stillwatch.adapters.custody.stamping import asked, load_roots, log_stamp, stamp_head
from stillwatch.adapters.custody.witnessing import (
    Witness,
    add_cosignatures,
    asked_witness,
    request_body,
)
from stillwatch.attribute.custody.bundle import Bundle
from stillwatch.attribute.custody.notes import WITNESS_KEY, Note, public_of
from stillwatch.attribute.custody.stamps import read_stamp
from stillwatch.attribute.custody.verifying import Believed, verify
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from tests.rooms.attribute.authority import Authority
from tests.rooms.attribute.sealed import (
    CASE,
    KEY,
    ORIGIN,
    Clock,
    bundled,
    fresh_log,
    sealed,
    texts,
    written,
)

LOG_KEY = public_of(KEY, ORIGIN)
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
NAME = "witness.example.net/w1"
WITNESS_PUBLIC = public_of(WITNESS, NAME, WITNESS_KEY)
HOUR_US = 3_600_000_000


def _wall_us() -> int:
    return time.time_ns() // 1_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.close()


def test_a_stamp_holds_with_its_root_and_is_named_without(
    tmp_path: Path, authority: Authority
) -> None:
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        stamp_head(log, size, authority.url, case=CASE)
        sealed(log, texts("one", "two"))
        data = bundled(log)
    roots = load_roots([authority.root])
    report = verify(data, Believed(key=LOG_KEY, roots=roots))
    assert report.problems == []
    assert report.facts["n_time_stamps"] == 1
    assert [bound["n_entries"] for bound in report.facts["there_by"]] == [size]
    blind = verify(data, Believed(key=LOG_KEY))
    assert blind.holds
    assert any("no root certificate" in sentence for sentence in blind.not_looked)


def test_a_stamp_of_an_unknown_authority_is_a_problem(
    tmp_path: Path, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    other.close()
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        stamp_head(log, size, authority.url, case=CASE)
        note, data = log.head(size), bundled(log)
        token = next((log.folder / "stamps").iterdir()).read_bytes()
    assert note is not None
    report = verify(data, Believed(key=LOG_KEY, roots=load_roots([other.root])))
    assert any("not vouched for" in problem.what for problem in report.problems)
    with pytest.raises(BadInput, match="something else"):
        read_stamp(token, b"another text")


def test_entries_dated_after_a_stamp_over_them_are_found(
    tmp_path: Path, authority: Authority
) -> None:
    with fresh_log(tmp_path, Clock(_wall_us() + HOUR_US)) as log:
        run = sealed(log, texts("one"))
        stamp_head(log, run.inventory + 1, authority.url, case=CASE)
        data = bundled(log)
    report = verify(data, Believed(key=LOG_KEY, roots=load_roots([authority.root])))
    found = {problem.entry for problem in report.problems if "dated forward" in problem.what}
    assert {0, *run.sealed, run.inventory} <= found


def test_entries_dated_before_a_stamp_that_precedes_them_are_found(
    tmp_path: Path, authority: Authority
) -> None:
    clock = Clock(_wall_us() - 24 * HOUR_US)
    with fresh_log(tmp_path, clock) as log:
        size = sealed(log, texts("one")).inventory + 1
        stamp_head(log, size, authority.url, case=CASE)
        late = sealed(log, texts("one", "two")).sealed
        data = bundled(log)
    report = verify(data, Believed(key=LOG_KEY))
    found = {problem.entry for problem in report.problems if "dated back" in problem.what}
    assert set(late) <= found


def test_an_entry_that_lies_about_its_stamp_is_found(tmp_path: Path, authority: Authority) -> None:
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        note = log.head(size)
        assert note is not None
        token = asked(authority.url, note, 20.0)
        (log.folder / "stamps").mkdir()
        (log.folder / "stamps" / f"{size}-x.tsr").write_bytes(token)
        digest = sha256(token).hexdigest()
        log_stamp(log, note, by="tsa", at_us=1, digest=digest, case=CASE)
        data = bundled(log)
    found = [p for p in verify(data, Believed(key=LOG_KEY)).problems if "another time" in p.what]
    assert [problem.entry for problem in found] == [size]


def test_one_witness_named_twice_counts_once(tmp_path: Path) -> None:
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        line = _witness(tmp_path / "w").cosigned(request_body(log, size, 0), _wall_us() // 10**6)
        add_cosignatures(log, size, line.line.encode(), WITNESS_PUBLIC, case=None)
        data = bundled(log)
    twice = Believed(key=LOG_KEY, witnesses=[WITNESS_PUBLIC] * 2, n_witnesses=2)
    assert any("asked for" in problem.what for problem in verify(data, twice).problems)


def test_an_authority_that_is_away_leaves_what_was_sealed(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        size = sealed(log, texts("one")).inventory + 1
        with pytest.raises(OutsideFailed, match="did not answer"):
            stamp_head(log, size, "http://127.0.0.1:9/", case=CASE, timeout_s=2)
        with pytest.raises(BadInput, match="no address"):
            stamp_head(log, size, "file:///etc/passwd", case=CASE)
        assert verify(bundled(log), Believed(key=LOG_KEY)).holds


def _witness(folder: Path) -> Witness:
    return Witness(WITNESS, NAME, folder, (LOG_KEY,))


def test_a_witness_signs_and_the_reader_asks_for_it(tmp_path: Path) -> None:
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        line = _witness(tmp_path / "w").cosigned(request_body(log, size, 0), _wall_us() // 10**6)
        without = bundled(log)
        add_cosignatures(log, size, line.line.encode(), WITNESS_PUBLIC, case=None)
        data = bundled(log)
    asked = Believed(key=LOG_KEY, witnesses=[WITNESS_PUBLIC], n_witnesses=1)
    assert verify(data, asked).problems == []
    assert verify(data, asked).facts["n_cosignatures"] == 1
    assert any("asked for" in problem.what for problem in verify(without, asked).problems)
    assert any(
        "no witness's key" in told for told in verify(data, Believed(key=LOG_KEY)).not_looked
    )


def test_a_witness_refuses_a_log_that_was_rewritten(tmp_path: Path) -> None:
    witness = _witness(tmp_path / "w")
    with fresh_log(tmp_path / "one", Clock()) as log:
        size = sealed(log, texts("one")).inventory + 1
        witness.cosigned(request_body(log, size, 0), 1)
        with pytest.raises(NotAllowed, match="starts from 0"):
            witness.cosigned(request_body(log, size, 0), 2)
        witness.cosigned(request_body(log, size, size), 2)
    with fresh_log(tmp_path / "two", Clock()) as other:
        sealed(other, texts("another one"))
        later = sealed(other, texts("another one", "and two")).inventory + 1
        with pytest.raises(NotAllowed, match="rewritten"):
            witness.cosigned(request_body(other, later, size), 3)


def test_a_witness_signs_for_logs_that_it_knows(tmp_path: Path) -> None:
    strange = Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32)
    witness = Witness(WITNESS, NAME, tmp_path / "w", (public_of(strange, ORIGIN),))
    with fresh_log(tmp_path, Clock()) as log:
        size = sealed(log, texts("one")).inventory + 1
        with pytest.raises(BadInput, match="no log that this witness knows"):
            witness.cosigned(request_body(log, size, 0), 1)
        for body in (b"", b"old 1\n", b"old x\n\n", b"old 0\nzz\n\nx", b"\xff\n\n\xff"):
            with pytest.raises(BadInput):
                witness.cosigned(body, 1)


def test_a_witness_answers_over_http(tmp_path: Path) -> None:
    witness = _witness(tmp_path / "w")

    class Answering(BaseHTTPRequestHandler):
        """C2SP tlog-witness, as far as it goes here."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                code, told = 200, witness.cosigned(body, 1_780_000_100).line.encode()
            except NotAllowed as error:
                code, told = 409, str(error).partition("here covers ")[2].split(".")[0].encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        with fresh_log(tmp_path, Clock()) as log:
            for contents in (("one",), ("one", "two")):
                size = sealed(log, texts(*contents)).inventory + 1
                lines = asked_witness(url, log, size)
                add_cosignatures(log, size, lines, WITNESS_PUBLIC, case=CASE)
            report = verify(
                bundled(log), Believed(key=LOG_KEY, witnesses=[WITNESS_PUBLIC], skew_us=10**12)
            )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert report.problems == []
    assert report.facts["n_cosignatures"] == 2


def test_a_cosignature_that_was_changed_is_found_by_whoever_knows_the_witness(
    tmp_path: Path,
) -> None:
    with fresh_log(tmp_path, Clock(_wall_us())) as log:
        size = sealed(log, texts("one")).inventory + 1
        line = _witness(tmp_path / "w").cosigned(request_body(log, size, 0), _wall_us() // 10**6)
        bundle = bundle_of(log, CASE)
    changed = replace(line, data=line.data[:-1] + bytes([line.data[-1] ^ 1]))
    told: Bundle = replace(
        bundle,
        head=bundle.head.plus([changed]),
        heads=(replace(bundle.heads[0], note=bundle.head.plus([changed])),),
    )
    report = verify(written(told), Believed(key=LOG_KEY, witnesses=[WITNESS_PUBLIC]))
    assert any("does not hold" in problem.what for problem in report.problems)
    assert verify(written(told), Believed(key=LOG_KEY)).holds
    assert isinstance(told.head, Note)
