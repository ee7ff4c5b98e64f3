"""Contents: what is taken out, what two holders open, what is destroyed, what is made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stillwatch.adapters.custody.bundling import bundle_of
from stillwatch.adapters.custody.checking import check_log
from stillwatch.adapters.custody.destroying import finish_forgetting, forget
from stillwatch.adapters.custody.escrow import Escrow, Share, opened
from stillwatch.adapters.custody.exhibits import Exhibit, found_exhibits
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.opening import (
    committed_to,
    open_original,
    original_of,
    share_for,
)
from stillwatch.adapters.custody.own import sort_of
from stillwatch.adapters.custody.sealing import check_case, seal
from stillwatch.attribute.custody.kinds import FORGOTTEN
from stillwatch.attribute.custody.notes import public_of
from stillwatch.attribute.custody.recomputing import TERMS, recompute_terms
from stillwatch.attribute.custody.verifying import Believed, verify
from stillwatch.attribute.entries import NOTE
from stillwatch.attribute.redaction.redactor import Sort
from stillwatch.detect.sealing import to_terms
from stillwatch.model.errors import BadInput, NotAllowed
from tests.rooms.attribute.found import outcome
from tests.rooms.attribute.persons import document, grown, nameable
from tests.rooms.attribute.sealed import (
    CASE,
    HOLDERS,
    KEY,
    ORIGIN,
    Clock,
    bundled,
    fresh_log,
    plain_redactor,
    sealed,
    texts,
)

BELIEVED = Believed(key=public_of(KEY, ORIGIN))
SECRET = "please mail max.muster@example.com, the password is Winter2026!x"


def test_nothing_that_was_taken_out_is_in_bundle_log_or_vault(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        sealed(log, texts(SECRET, "harmless"), escrowed=True)
        data = bundled(log)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file())
    for piece in (b"max.muster", b"Winter2026"):
        assert piece not in data
        assert piece not in kept
    assert b"please mail [redacted:email], the password is [redacted:secret]" in data
    assert b"harmless" in data
    assert verify(data, BELIEVED).problems == []


def test_nothing_is_not_sealed(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        with pytest.raises(BadInput, match="nothing to seal"):
            sealed(log, [])
        assert log.size == 1


def test_names_of_files_are_looked_through_too(tmp_path: Path) -> None:
    exhibit = Exhibit("mail of max@example.com/1.txt", "text/plain", b"hello")
    with fresh_log(tmp_path) as log:
        sealed(log, [exhibit], escrowed=True)
        assert sealed(log, [exhibit]).n_before == 1
        data = bundled(log)
    assert b"max@example" not in data


def test_what_was_sealed_is_passed_over_and_what_changed_is_not(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        first = sealed(log, texts("one", SECRET))
        again = sealed(log, texts("one", SECRET))
        changed = sealed(log, texts("one", SECRET + "."))
    assert (len(first.sealed), first.n_redacted) == (2, 1)
    assert (again.sealed, again.n_before) == ([], 2)
    assert (len(changed.sealed), changed.n_before) == (1, 1)


def test_a_short_prompt_cannot_be_guessed_from_its_commitment(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        one = sealed(log, [Exhibit("a", "text/plain", b"yes")]).sealed[0]
        other = sealed(log, [Exhibit("b", "text/plain", b"yes")]).sealed[0]
        told = {log.entry(n).body["exhibit"] for n in (one, other)}
    assert len(told) == 2


def test_what_is_no_text_is_sealed_when_asked_for_alone(tmp_path: Path) -> None:
    picture = Exhibit("a.png", "application/octet-stream", b"\x89PNG\xff")
    with fresh_log(tmp_path) as log:
        with pytest.raises(NotAllowed, match="cannot be looked through"):
            sealed(log, [picture])
        n = seal(log, CASE, [picture], plain_redactor(), None, as_is=["*.png"]).sealed[0]
        assert log.entry(n).body["unseen"] is True
        assert verify(bundled(log), BELIEVED).problems == []


@pytest.mark.parametrize("case", ["", "a b", "x" * 201, "a\n"])
def test_a_case_has_a_name_that_can_stand_in_the_log(tmp_path: Path, case: str) -> None:
    with pytest.raises(BadInput, match="cannot name a case"):
        check_case(case)


def test_two_holders_open_what_neither_can_alone(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        n, other = sealed(log, texts(SECRET, SECRET + "!"), escrowed=True).sealed
        shares = [share_for(log, n, key) for key in HOLDERS]
        why = {"by": "A. Person", "because": "order 7"}
        for too_few in ([], shares[:1], [shares[0], shares[0]]):
            with pytest.raises(NotAllowed, match="two keys"):
                open_original(log, CASE, n, too_few, out=tmp_path / "out", **why)
        stranger = X25519PrivateKey.from_private_bytes(bytes([7]) * 32)
        with pytest.raises(BadInput, match="none of the holders"):
            share_for(log, n, stranger)
        wrong = [shares[0], replace(shares[1], share=bytes(32))]
        with pytest.raises(BadInput, match="do not open it"):
            open_original(log, CASE, n, wrong, out=tmp_path / "out", **why)
        with pytest.raises(BadInput, match="another original"):
            open_original(log, CASE, other, shares, out=tmp_path / "out", **why)
        assert not (tmp_path / "out").exists()
        name = open_original(log, CASE, n, shares, out=tmp_path / "out", **why)
        assert (name, (tmp_path / "out").read_text()) == ("0.txt", SECRET)
        assert (tmp_path / "out").stat().st_mode & 0o077 == 0
        assert any(e.kind == "opened" for e in log.entries(range(log.size)))
        with pytest.raises(BadInput, match="already"):
            open_original(log, CASE, n, shares, out=tmp_path / "out", **why)


def test_a_share_of_one_original_does_not_open_another(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        one, other = sealed(log, texts(SECRET, SECRET + "!"), escrowed=True).sealed
        shares = [share_for(log, one, key) for key in HOLDERS]
        original, batch = original_of(log, other)
        lying = [Share(n=other, holder=s.holder, share=s.share) for s in shares]
        with pytest.raises(BadInput, match="do not open it"):
            opened(original, batch, str(log.entry(other).body["original"]), lying)


def test_a_keeper_who_shows_another_salt_gets_no_share_of_that_original(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        harmless, other = sealed(log, texts("a@example.com", SECRET), escrowed=True).sealed
        secret, batch = original_of(log, other)
        log.vault.begin()
        log.vault._do("update originals set salt = ? where n = ?", (secret.salt, harmless))
        log.vault.commit()
        shares = [replace(share_for(log, harmless, key), n=other) for key in HOLDERS]
        with pytest.raises(BadInput, match="do not open it"):
            opened(secret, batch, committed_to(log, other), shares)
        for n in (0, log.size - 1):
            with pytest.raises(BadInput, match="no exhibit"):
                committed_to(log, n)


def test_one_holder_twice_is_no_two(tmp_path: Path) -> None:
    for keys in ([HOLDERS[0]], [HOLDERS[0], HOLDERS[0]], []):
        with pytest.raises(NotAllowed, match="two keys"):
            Escrow(ORIGIN, [key.public_key() for key in keys])


@pytest.mark.parametrize("what", ["originals", "exhibits"])
def test_what_is_forgotten_is_gone_and_told(tmp_path: Path, what: str) -> None:
    with fresh_log(tmp_path) as log:
        n, _ = sealed(log, texts(SECRET, "harmless"), escrowed=True).sealed
        original, _ = original_of(log, n)
        salt = next(log.vault.kept([n])).original_salt
        forget(log, CASE, [n], what=what, by="A. Person", because="request 12")
        with pytest.raises(BadInput, match="destroyed"):
            original_of(log, n)
        data = bundled(log)
        assert check_log(log).holds
    kept = (tmp_path / "log" / "vault.sqlite").read_bytes()
    for gone in (original.salt, original.sealed, salt):
        assert gone not in kept
    report = verify(data, BELIEVED)
    assert report.problems == []
    assert "by A. Person: request 12" in report.gone[n]
    assert (b"please mail" in data) == (what == "originals")


def test_a_forgetting_that_was_killed_is_ended(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        n = sealed(log, texts(SECRET), escrowed=True).sealed[0]
        with log.writing() as writer:
            body = {"because": "x", "by": "y", "case": CASE, "entries": [[n, n + 1]],
                    "what": "exhibits"}  # fmt: skip
            writer.add(FORGOTTEN, body)
        assert any("still there" in problem.what for problem in check_log(log).problems)
        assert verify(bundled(log), BELIEVED).problems
    with CustodyLog(tmp_path / "log", Clock()) as log:
        assert finish_forgetting(log, CASE) == 2
        assert check_log(log).holds
        assert verify(bundled(log), BELIEVED).problems == []


def test_a_content_that_is_missing_is_not_called_forgotten(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        one, other = sealed(log, texts("one", "two")).sealed
        forget(log, CASE, [one], what="exhibits", by="A", because="B")
        log.vault.begin()
        log.vault.destroy([other], exhibits=True)
        log.vault.commit()
        report = verify(bundled(log), BELIEVED)
    assert set(report.gone) == {one}
    assert [(p.entry, p.what) for p in report.problems] == [
        (other, "its content is missing, and nobody says to have destroyed it.")
    ]


def test_nobody_forgets_without_a_name_a_reason_or_what_is_another_cases(tmp_path: Path) -> None:
    with fresh_log(tmp_path) as log:
        n = sealed(log, texts("one")).sealed[0]
        for by, because, numbers in (
            (" ", "x", [n]),
            ("x", "", [n]),
            ("x", "x", [0]),
            ("x", "x", []),
        ):
            with pytest.raises(BadInput):
                forget(log, CASE, numbers, what="exhibits", by=by, because=because)
        assert check_log(log).facts["n_forgotten"] == 0


def test_numbers_are_made_again_and_differences_told(tmp_path: Path) -> None:
    exhibit = Exhibit("a.terms.json", TERMS, b'{"weight_bits": 12}')
    with fresh_log(tmp_path) as log:
        n = sealed(log, [exhibit]).sealed[0]
        data = bundled(log)
    told = verify(data, BELIEVED, {TERMS: lambda content: [f"{len(content)} bytes"]})
    assert [(p.entry, p.what) for p in told.problems] == [(n, "a.terms.json: 19 bytes")]
    assert told.facts["n_recomputed"] == 1
    assert verify(data, BELIEVED, {TERMS: lambda _: []}).problems == []
    # What is no file of terms never passes.
    assert verify(data, BELIEVED).problems
    assert recompute_terms(b"{")
    assert recompute_terms(b"[]")


def test_digests_that_stillwatch_wrote_are_left_alone(tmp_path: Path) -> None:
    note = {"text": "a@example.com, password: Winter2026!x"}
    entry = grown(nameable(), NOTE, note).entries[-1]
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "entry.json").write_bytes(orjson.dumps(entry.to_json()))
    (tmp_path / "case" / "report.json").write_bytes(orjson.dumps(document(nameable())))
    digest = "9f8e7d6c5b4a39281706f5e4d3c2b1a0" * 2
    (tmp_path / "case" / "z.md").write_text(f"see finding:{digest[:40]} and {digest}")
    with fresh_log(tmp_path) as log:
        sealed(log, found_exhibits([tmp_path / "case"], each_line=False))
        record, report, text = bundle_of(log, CASE).openings
    assert record.media_type == "application/vnd.stillwatch.case.1+json"
    assert orjson.loads(record.content) == entry.to_json() | {
        "body": {"text": "[redacted:email], password: [redacted:secret]"}
    }
    assert report.media_type == "application/vnd.stillwatch.case-report.1+json"
    assert orjson.loads(report.content) == document(nameable())
    assert text.content.decode() == f"see finding:{digest[:40]} and [redacted:secret]"


TOLD = {
    "note": f"password=hunter2hunter2, token {'9f86d081884c7d659a2feaa0c55ad015' * 2}",
    "phone": 4915112345678,
}


@pytest.mark.parametrize(
    "content",
    [
        orjson.dumps({"schema": "stillwatch.x/1", **TOLD}),
        orjson.dumps({"schema": "stillwatch.case/1", **TOLD}),
        orjson.dumps({"schema": "stillwatch.campaigns/1", "settings": TOLD}),
        orjson.dumps({"schema": "stillwatch.campaigns/1", "window": [4915112345678, 0]}),
        orjson.dumps({"schema": "stillwatch.terms/1", **TOLD}),
        orjson.dumps(grown(nameable(), NOTE, TOLD).entries[-1].to_json()),
        b'{"schema":"stillwatch.campaigns/1","n_tested":4915112345678,"n_tested":1}',
    ],
)
def test_what_a_file_says_of_itself_does_not_spare_it(tmp_path: Path, content: bytes) -> None:
    for name in ("a.json", "b.terms.json"):
        (tmp_path / name).write_bytes(content)
    for exhibit in found_exhibits([tmp_path], each_line=False):
        assert not exhibit.media_type.startswith("application/vnd.stillwatch.c")
        assert sort_of(exhibit.media_type, content) is Sort.TEXT
    assert sort_of("application/vnd.stillwatch.case.1+json", content) is Sort.TEXT


def test_terms_whose_numbers_come_out_are_spared() -> None:
    features = next(iter(to_terms(outcome(), "1")))
    assert sort_of(TERMS, orjson.dumps(features)) is Sort.FEATURES
    assert sort_of("application/json", orjson.dumps(features)) is Sort.TEXT
    assert sort_of(TERMS, orjson.dumps(features | {"cap": 1.0})) is Sort.TEXT


def test_files_are_found_in_one_order_and_links_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "2.json").write_text("{}")
    (folder / "a.txt").write_text("x")
    (folder / "lines.jsonl").write_text('{"a":1}\n\n{"a":2}')
    names = [one.name for one in found_exhibits([folder], each_line=True)]
    assert names == ["a.txt", "lines.jsonl#1", "lines.jsonl#3", "b/2.json"]
    assert len(list(found_exhibits([folder], each_line=False))) == 3
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="is a link"):
        list(found_exhibits([folder], each_line=False))
