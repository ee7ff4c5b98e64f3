"""``stillwatch share taxii`` on the command line: set up, grant, list, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stillwatch.cli.main import run


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert run(["share", "taxii", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_store_is_set_up_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = told(capsys, "init", "--client", "ann", "--owner", "us")
    assert made["new"] is True
    assert len(made["password"]) >= 32
    assert told(capsys, "init", "--client", "ann") == {"new": False}
    store = tmp_path / "stillwatch-taxii" / "objects.db"
    assert store.stat().st_mode & 0o077 == 0
    assert made["password"].encode() not in store.read_bytes()
    (client,) = told(capsys, "client", "list")["clients"]
    assert client["grants"] == [
        {"collection": made["collection"], "can_read": True, "can_write": True,
         "up_to": "TLP:AMBER"}
    ]  # fmt: skip


def test_partners_are_added_granted_renewed_and_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told(capsys, "init")
    first = told(capsys, "client", "add", "bob", "--with", "token", "--party", "Bob Ltd")
    assert first["party"] == "Bob Ltd"
    assert first["token"].startswith("sw_")
    told(capsys, "client", "grant", "bob", "bulletins", "--write", "--up-to", "TLP:GREEN")
    again = told(capsys, "client", "add", "bob", "--with", "token", "--renew")
    assert again["token"] != first["token"]
    (client,) = told(capsys, "client", "list")["clients"]
    assert client["grants"][0]["up_to"] == "TLP:GREEN"
    told(capsys, "client", "add", "gov", "--channel", "government")
    told(capsys, "client", "grant", "gov", "bulletins")
    told(capsys, "client", "grant", "bob", "bulletins", "--no-read")
    listed = {one["client"]: one for one in told(capsys, "client", "list")["clients"]}
    assert listed["bob"]["grants"] == []
    assert listed["gov"]["grants"][0]["up_to"] == "TLP:CLEAR"
    assert told(capsys, "client", "remove", "bob")["removed"] is True
    assert [one["client"] for one in told(capsys, "client", "list")["clients"]] == ["gov"]


def test_roots_and_collections_are_added_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "init")
    told(capsys, "root", "add", "partners", "--title", "Partners")
    made = told(capsys, "collection", "add", "Alerts", "--root", "partners", "--alias", "alerts")
    assert made["root"] == "partners"
    assert len(told(capsys, "root", "list")["roots"]) == 2
    assert [one["alias"] for one in told(capsys, "collection", "list")["collections"]] == [
        "bulletins", "alerts",
    ]  # fmt: skip
    assert run(["share", "taxii", "collection", "list"]) == 0
    assert made["collection"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["client", "add", "bob"], 2, "never set up"),
        (["client", "list"], 2, "never set up"),
        (["serve"], 2, "never set up"),
        (["serve", "--listen", "0.0.0.0:9480"], 3, "taxii.certificate"),
        (["serve", "--listen", "nonsense"], 3, "taxii.listen"),
        (["init", "--store", "mysql://x"], 3, "taxii.store"),
        (["init", "--store", "/proc/nothing/db"], 2, "cannot be opened"),
        (["collection", "add", "x", "--id", "7"], 2, "UUID"),
        (["root", "add", "taxii2", "--title", "x"], 2, "not taken"),
        (["client", "add", "a b"], 2, "letters"),
        (["client", "add", "a", "--with", "certificate"], 2, "--certificate-name"),
        (["pull", "http://127.0.0.1:9/x/", "--into", "in", "--page", "-1"], 3, "page"),
        (["pull", "nonsense", "--into", "in"], 3, "no http"),
        (["push", "http://127.0.0.1:1/x/", "missing.json"], 3, "missing.json"),
    ],
)  # fmt: skip
def test_what_will_not_do_is_said(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert run(["share", "taxii", *words]) == code
    assert said in capsys.readouterr().err


def test_a_store_that_is_set_up_refuses_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "init", "--client", "ann")
    for words in (
        ["client", "add", "ann"],
        ["client", "add", "nobody", "--renew"],
        ["client", "remove", "nobody"],
        ["client", "grant", "nobody", "bulletins"],
        ["client", "grant", "ann", "nothing"],
        ["root", "add", "api", "--title", "x"],
        ["collection", "add", "x", "--alias", "bulletins"],
        ["collection", "add", "x", "--root", "nowhere"],
    ):
        assert run(["share", "taxii", *words]) == 2, words
        said = capsys.readouterr().err
        assert "there is" in said or "already" in said, said
