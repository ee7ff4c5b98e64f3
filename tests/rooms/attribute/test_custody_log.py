"""The log on a disk: kills, torn tails, two writers at once, keys that turn over."""

from __future__ import annotations

import itertools
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.custody.anchoring import anchor, check_anchors
from stillwatch.adapters.custody.beginning import begin_log
from stillwatch.adapters.custody.checking import check_log
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.defend.commitments import Commitments
from stillwatch.attribute.custody.notes import public_of
from stillwatch.attribute.custody.receipts import check_receipt
from stillwatch.attribute.custody.verifying import Believed, verify
from stillwatch.model.decision import By, Decision
from stillwatch.model.errors import BadInput, OutsideFailed
from tests.rooms.attribute.sealed import (
    CASE,
    KEY,
    ORIGIN,
    Clock,
    bundled,
    fresh_log,
    sealed,
    texts,
)


def test_keys_and_contents_are_their_owners_alone(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        files = [path for path in log.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    with pytest.raises(BadInput, match="already"):
        begin_log(tmp_path / "log", ORIGIN, KEY, Clock())
    key = next((tmp_path / "log" / "keys").iterdir())
    key.chmod(0o640)
    with (
        pytest.raises(BadInput, match="others may read"),
        CustodyLog(tmp_path / "log", Clock()) as log,
    ):
        log.append("note", {})


def test_a_receipt_proves_an_entry_to_whoever_has_the_key(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        for i in range(9):
            receipt = log.append("note", {"i": i})
        with pytest.raises(BadInput, match="no head covers"):
            log.receipt(receipt.n)
        with log.writing() as writer:
            writer.sign_head()
        text = log.receipt(receipt.n)
    key = public_of(KEY, ORIGIN)
    entry, head = check_receipt(text, key)
    assert (entry.body, entry.leaf.hex(), head.size) == ({"i": 8}, receipt.leaf, 10)
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ")
    for changed in (
        text.replace("index 9", "index 8"), text.replace("extra ", "extra A"), text[:60], "",
        text.replace("\n10\n", "\n11\n"), text.replace("\n\n", "\nAAAA\n\n", 1),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            check_receipt(changed, key)
    other = public_of(Ed25519PrivateKey.from_private_bytes(bytes(32)), ORIGIN)
    with pytest.raises(BadInput, match="not signed"):
        check_receipt(text, other)


def test_the_logs_own_kinds_cannot_be_added_from_outside(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        for kind in ("key", "forgotten", "sealed", "Note", "", "x y"):
            with pytest.raises(BadInput):
                log.append(kind, {})
        with pytest.raises(BadInput):
            log.append("note", {"x": object()})
        with pytest.raises(BadInput, match="longer"):
            log.append("note", {"x": "y" * (1 << 20)})
        assert log.append("note", {}).n == 1


def test_a_torn_tail_is_set_aside_and_the_log_goes_on(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        size, path = log.size, log.path
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines(keepends=True)[-1][:40])
    with CustodyLog(tmp_path / "log", Clock()) as log:
        assert log.size == size
        assert path.read_bytes() == whole
        assert [p.read_bytes() for p in log.folder.glob("*.torn-*")] == [
            whole.splitlines()[-1][:40]
        ]
        assert check_log(log).holds


def test_a_log_that_was_cut_or_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one", "two"))
        path = log.path
    whole = path.read_bytes()
    path.write_bytes(whole[: -len(whole.splitlines(keepends=True)[-1])])
    with pytest.raises(BadInput, match="shorter"):
        CustodyLog(tmp_path / "log", Clock())
    at = whole.index(b'"kind":"exhibit"')
    path.write_bytes(whole[:at] + whole[at:].replace(b"exhibit", b"exhibiT", 1))
    with CustodyLog(tmp_path / "log", Clock()) as log:
        assert check_log(log).problems


def test_a_changed_content_in_the_vault_is_found(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        n = sealed(log, texts("one")).sealed[0]
        log.vault.begin()
        log.vault._do("update exhibits set content = ? where n = ?", (b"two", n))
        log.vault.commit()
        assert {problem.entry for problem in check_log(log).problems} == {n}
        assert verify(bundled(log), Believed(key=public_of(KEY, ORIGIN))).problems


def test_the_index_is_made_anew_where_the_vault_forgot_it(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one", "two"))
        before = bundled(log)
        log.vault.begin()
        log.vault.forget_index()
        log.vault.commit()
    with CustodyLog(tmp_path / "log", Clock()) as log:
        assert bundled(log) == before


def test_a_clock_that_was_set_back_is_refused(tmp_path: Path) -> None:
    clock = Clock()
    with fresh_log(tmp_path, clock) as log:
        log.append("note", {})
        clock.at_us -= 3_000_000
        second = log.append("note", {})
        assert second.at_us == log.entry(1).at_us
        clock.at_us -= 3_600_000_000
        with pytest.raises(BadInput, match="before the last entry"):
            log.append("note", {})


def test_any_key_of_the_log_checks_all_of_it(tmp_path: Path) -> None:
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (4, 5)]
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        for i, key in enumerate(keys):
            log.rotate(key, f"year {i}")
            sealed(log, texts("one", f"more {i}"))
        data = bundled(log)
        assert [path.stem for path in (log.folder / "keys").iterdir()] == [
            public_of(keys[-1], ORIGIN).id.hex()
        ]
        assert check_log(log).holds
    for key in (KEY, *keys):
        assert verify(data, Believed(key=public_of(key, ORIGIN))).problems == []
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert verify(data, Believed(key=public_of(stranger, ORIGIN))).problems
    assert verify(data, Believed(key=public_of(KEY, "example.org/other"))).problems


class _Overtaken(CustodyLog):
    """Another writer comes as soon as this one lets go of the log."""

    others: list[Callable[[], object]] = []  # noqa: RUF012

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with super()._locked():
            yield
        while self.others:
            self.others.pop()()


def test_a_key_that_took_over_meanwhile_is_not_destroyed(tmp_path: Path) -> None:
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (4, 5)]
    fresh_log(tmp_path).close()
    folder = tmp_path / "log"
    log = _Overtaken(folder, Clock())
    with CustodyLog(folder, Clock()) as other, log:
        log.others.append(lambda: other.rotate(keys[1], "second"))
        log.rotate(keys[0], "first")
        assert [path.stem for path in (folder / "keys").iterdir()] == [
            public_of(keys[1], ORIGIN).id.hex()
        ]
        assert log.append("note", {}).n == 3
        assert check_log(log).holds


def test_a_case_is_bundled_anew_under_a_new_key(tmp_path: Path) -> None:
    fresh = Ed25519PrivateKey.from_private_bytes(bytes([4]) * 32)
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        log.rotate(fresh, "yearly")
        data = bundled(log)
        assert bundled(log) == data
    assert verify(data, Believed(key=public_of(KEY, ORIGIN))).problems == []


WRITER = """
    import sys, time
    from pathlib import Path
    from stillwatch.adapters.custody.log import CustodyLog
    from tests.rooms.attribute.sealed import sealed, texts
    folder, name = Path(sys.argv[1]), sys.argv[2]
    with CustodyLog(folder, lambda: time.time_ns() // 1000) as log:
        for i in range(10**9 if name == "for ever" else 12):
            sealed(log, texts(*(f"{name} {i} {j}" for j in range(3))))
            print(i, flush=True)
"""


def _started(folder: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), name],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_processes_write_to_one_log(tmp_path: Path) -> None:
    with fresh_log(tmp_path, Clock(time.time_ns() // 1000)) as log:
        running = [_started(log.folder, name) for name in ("one", "two")]
        assert [process.wait() for process in running] == [0, 0]
        for process in running:
            assert process.stdout is not None
            process.stdout.close()
    with CustodyLog(tmp_path / "log", lambda: time.time_ns() // 1000) as log:
        report = verify(bundled(log), Believed(key=public_of(KEY, ORIGIN)))
        assert report.problems == []
        assert report.facts["n_exhibits"] == 72
        assert check_log(log).holds


def test_contents_whose_entry_another_process_is_about_to_write_stop_nobody(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        (kept,) = log.vault.kept_as(CASE, "0.txt")
        ahead = replace(kept, opening=replace(kept.opening, n=log.size + 5))
        log.vault.add_exhibits([(CASE, ahead)])
        assert len(sealed(log, texts("two")).sealed) == 1
        assert [one.opening.content for one in log.vault.kept_as(CASE, "0.txt")] == [b"one", b"two"]
        assert check_log(log).holds


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_writer_that_is_killed_leaves_a_log_that_holds(tmp_path: Path, after: int) -> None:
    fresh_log(tmp_path, Clock(time.time_ns() // 1000)).close()
    process = _started(tmp_path / "log", "for ever")
    assert process.stdout is not None
    for _ in itertools.islice(process.stdout, after):
        pass
    time.sleep(0.003 * after)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with CustodyLog(tmp_path / "log", lambda: time.time_ns() // 1000) as log:
        assert check_log(log).holds
        report = verify(bundled(log), Believed(key=public_of(KEY, ORIGIN)))
        assert report.problems == []
        assert report.facts["n_exhibits"] >= 3 * after


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts("one"))
        before, size = log.path.read_bytes(), log.size
        real = log._file
        full = os.open("/dev/full", os.O_WRONLY)
        with pytest.raises(OutsideFailed), log.writing() as writer:
            writer.add("note", {})
            log._file = full
            try:
                writer.flush()
            finally:
                log._file = real
        os.close(full)
        assert log.path.read_bytes() == before
        assert log.append("note", {}).n == size
        assert check_log(log).holds


def _decision(n: int) -> Decision:
    return Decision(
        control="notice", about=f"campaign:{n}", by=By.RULE, name="rule", reason="pattern",
        made_us=n, starts_us=n, until_us=n + 1,
    )  # fmt: skip


def test_the_heads_of_other_logs_are_anchored_and_held(tmp_path: Path) -> None:
    decisions, commitments = tmp_path / "decisions.jsonl", tmp_path / "commitments.jsonl"
    book = DecisionLog(decisions)
    book.append(_decision(1))
    Commitments(commitments).add("mark", "ring", "ab", 5)
    with fresh_log(tmp_path) as log:
        anchor(log, "decisions", decisions)
        anchor(log, "commitments", commitments)
        book.append(_decision(2))
        anchor(log, "decisions", decisions)
        told = check_anchors(log, "decisions", decisions)
        assert (told.problems, told.facts["n_anchors"]) == ([], 2)
        assert check_anchors(log, "commitments", commitments).holds
        disclosures = Chained(tmp_path / "disclosures.jsonl")
        disclosures.append([{"kind": "made", "digest": "ab"}, {"kind": "disclosed"}])
        anchor(log, "disclosures", tmp_path / "disclosures.jsonl")
        disclosures.append([{"kind": "confirmed"}])
        assert check_anchors(log, "disclosures", tmp_path / "disclosures.jsonl").holds
        (tmp_path / "disclosures.jsonl").unlink()
        Chained(tmp_path / "disclosures.jsonl").append([{"kind": "made"}, {"kind": "other"}])
        assert not check_anchors(log, "disclosures", tmp_path / "disclosures.jsonl").holds
        decisions.rename(tmp_path / "former")
        forged = DecisionLog(decisions)
        forged.append(_decision(3), _decision(4))
        assert len(check_anchors(log, "decisions", decisions).problems) == 2
        with pytest.raises(BadInput, match="rewritten"):
            anchor(log, "decisions", decisions)
        (tmp_path / "other").write_bytes(orjson.dumps({"a": 1}))
        for path in (tmp_path / "other", tmp_path / "none"):
            with pytest.raises((BadInput, OutsideFailed)):
                anchor(log, "x", path)
        assert sealed(log, texts("one")).sealed
        assert CASE not in str(log.entry(1).body)
