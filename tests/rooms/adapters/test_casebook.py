"""Casebooks: several processes at once, kills half-way, changed files, odd names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from stillwatch.adapters.cases.folder import Casebook
from stillwatch.adapters.cases.people import load_private_key, load_roster
from stillwatch.attribute.entries import NOTE, OPENED, Entry
from stillwatch.model.errors import BadInput

NAME = "case:00aa11bb22cc"
BODY = {
    "record": {"id": "campaign:00aa11bb22cc", "accounts": [], "claims": {}},
    "findings": [], "source": {}, "not_looked": {},
}  # fmt: skip
WRITER = """
import sys
from pathlib import Path
from stillwatch.adapters.cases.folder import Casebook
from tests.rooms.adapters.test_casebook import NAME, note
book = Casebook(Path(sys.argv[1]))
print("ready", flush=True)
n = 0
while n < int(sys.argv[3]):
    book.add(NAME, note(f"{sys.argv[2]} {n}"))
    n += 1
"""


def begun(place: Path) -> Casebook:
    """A book with one case that was just opened."""
    book = Casebook(place)
    book.add(NAME, lambda case: None if case else Entry(
        n=1, kind=OPENED, made_us=1, by="", body=BODY, before=""
    ))  # fmt: skip
    return book


def note(text: str):  # type: ignore[no-untyped-def]
    """What adds a note."""
    return lambda case: case.next(NOTE, {"text": text}, made_us=2, by="ann")


def writer(place: Path, name: str, n: int) -> subprocess.Popen[str]:
    """A process that adds notes."""
    started = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place), name, str(n)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    book = begun(tmp_path)
    both = [writer(tmp_path, name, 25) for name in ("a", "b")]
    for one in both:
        assert one.wait(120) == 0
    texts = [e.body["text"] for e in book.read(NAME).of(NOTE)]
    assert sorted(texts) == sorted(f"{w} {n}" for w in "ab" for n in range(25))
    assert [t for t in texts if t[0] == "a"] == [f"a {n}" for n in range(25)]


def test_a_process_that_is_killed_leaves_whole_entries(tmp_path: Path) -> None:
    book = begun(tmp_path)
    for turn in range(3):
        started = writer(tmp_path, f"k{turn}", 100_000)
        before = len(book.read(NAME).entries)
        while len(list(book.place(NAME).glob("0*.json"))) < before + 5:
            time.sleep(0.002)
        os.kill(started.pid, signal.SIGKILL)
        started.wait()
        assert len(book.read(NAME).entries) >= before + 5
    book.add(NAME, note("after"))
    assert book.read(NAME).entries[-1].body["text"] == "after"


def test_an_entry_is_never_overwritten(tmp_path: Path) -> None:
    book = begun(tmp_path)
    first = (book.place(NAME) / "000001.json").read_bytes()
    book.add(NAME, note("one"))
    assert (book.place(NAME) / "000001.json").read_bytes() == first
    assert book.place(NAME).stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in book.place(NAME).iterdir())


@pytest.mark.parametrize("change", ["text", "order", "gone", "json", "rename"])
def test_a_folder_that_was_changed_is_refused(tmp_path: Path, change: str) -> None:
    book = begun(tmp_path)
    for text in ("one", "two"):
        book.add(NAME, note(text))
    second, third = (book.place(NAME) / f"00000{n}.json" for n in (2, 3))
    match change:
        case "text":
            second.write_bytes(second.read_bytes().replace(b"one", b"ONE"))
        case "order":
            one, two = second.read_bytes(), third.read_bytes()
            second.write_bytes(two)
            third.write_bytes(one)
        case "gone":
            second.unlink()
        case "json":
            second.write_bytes(b"{")
        case "rename":
            third.rename(third.with_name("000009.json"))
    with pytest.raises(BadInput):
        book.read(NAME)


@pytest.mark.parametrize("name", ["../x", "case:", "case:zz", "", "case:00aa/../..", "x"])
def test_odd_names_reach_no_other_folder(tmp_path: Path, name: str) -> None:
    book = begun(tmp_path)
    with pytest.raises(BadInput):
        book.place(name)
    with pytest.raises(BadInput):
        book.find(name)


def test_a_book_that_is_not_there_is_empty(tmp_path: Path) -> None:
    book = Casebook(tmp_path / "none")
    assert book.names() == []
    assert not (tmp_path / "none").exists()


def pem(key: object, path: Path, mode: int = 0o600) -> Path:
    """A private key in a file."""
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))  # type: ignore[attr-defined]
    path.chmod(mode)
    return path


def test_a_key_must_be_ones_own_and_of_the_right_kind(tmp_path: Path) -> None:
    good = Ed25519PrivateKey.generate()
    assert load_private_key(pem(good, tmp_path / "good.pem"))
    for path in (
        pem(good, tmp_path / "open.pem", 0o644),
        pem(ec.generate_private_key(ec.SECP256R1()), tmp_path / "ec.pem"),
        tmp_path / "absent.pem",
    ):
        with pytest.raises(BadInput):
            load_private_key(path)
    (tmp_path / "junk.pem").write_bytes(b"junk")
    (tmp_path / "junk.pem").chmod(0o600)
    with pytest.raises(BadInput):
        load_private_key(tmp_path / "junk.pem")


KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize(
    "text",
    [
        "x", "x = 1", "[[person]]\nname = 'a'", "[[person]]\nname='a'\npublic_key='b'\nroles=[]",
        f"[[person]]\nname='a'\npublic_key='''{KEY}'''\nroles=['king']",
        f"[[person]]\nname='a'\npublic_key='''{KEY}'''\nroles=['legal']\nextra=1",
        f"[[person]]\nname='A b'\npublic_key='''{KEY}'''\nroles=['legal']\n" * 2,
    ],
)  # fmt: skip
def test_a_roster_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roster.toml"
    path.write_text(text)
    with pytest.raises(BadInput):
        load_roster(path)


def test_an_absent_roster_lets_nobody_sign(tmp_path: Path) -> None:
    assert load_roster(tmp_path / "none.toml").persons == {}


def test_entries_are_plain_json_of_the_schema(tmp_path: Path) -> None:
    book = begun(tmp_path)
    told = orjson.loads((book.place(NAME) / "000001.json").read_bytes())
    assert told["schema"] == "stillwatch.case/1"
    assert told["id"].startswith("entry:")
