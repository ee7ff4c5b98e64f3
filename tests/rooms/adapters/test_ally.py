"""A node takes what it may, refuses the rest, is whole after a kill, and says what it holds."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from stillwatch.adapters.ally import pulling, store
from stillwatch.adapters.ally.members import load_members
from stillwatch.adapters.ally.node import HEADER, MOST_REFUSALS, NOTE, Node, now_us
from stillwatch.adapters.ally.pulling import GIVEN, answer_pull, pack, unpack
from stillwatch.adapters.ally.statements import STATEMENT, read_statement, statement_of
from stillwatch.adapters.signing import new_key, opened, sign
from stillwatch.ally.equivocation import Header, header_of
from stillwatch.ally.notes import Leaving, Note, Opinion, Stance
from stillwatch.ally.quorum import SCHEMA, Voice
from stillwatch.cli.main import run
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import Claim
from stillwatch.model.marking import LegalBasis, Marking, Purpose, Tlp
from stillwatch.model.quantity import exactly
from tests.ports import free_port

Nodes = dict[str, Node]
PLACES = {"us": "US", "eu": "DE", "jp": "JP"}


@pytest.fixture
def nodes(tmp_path: Path) -> Nodes:
    keys = {}
    for name in PLACES:
        (tmp_path / name).mkdir()
        keys[name] = new_key(tmp_path / name / "k.pem", name).public_pem
    for name, place in PLACES.items():
        told = f'key = "k.pem"\nfolder = "n"\n[me]\nname = "{name}"\n'
        told += f'jurisdiction = "{place}"\ncommunities = ["isac"]\n'
        for other, there in PLACES.items():
            if other != name:
                told += f'[[member]]\nname = "{other}"\njurisdiction = "{there}"\n'
                told += f'communities = ["isac"]\npublic_key = """{keys[other]}"""\n'
        (tmp_path / name / "ally.toml").write_text(told, "utf-8")
    return {name: Node(load_members(tmp_path / name / "ally.toml")) for name in PLACES}


def mark(owner: str, tlp: Tlp = Tlp.GREEN, **more: Any) -> Marking:
    basis = LegalBasis(name="b", kind="contract", from_us=0, until_us=more.pop("lapses", 2**52))
    told = {"communities": frozenset({"isac"}), "jurisdictions": frozenset({"US", "DE", "JP"})}
    return Marking(tlp=tlp, owner=owner, until_us=more.pop("until_us", 2**52), basis=basis,
                   **{**told, **more})  # fmt: skip


def opinion(about: str = "campaign:x", bits: float = 3.0) -> Opinion:
    return Opinion(about=about, claim=Claim.COVERT, stance=Stance.SUPPORTS,
                   weight=exactly(bits, "bit"))  # fmt: skip


def passed(nodes: Nodes, one: str, other: str) -> dict[str, int]:
    return nodes[other].take(nodes[one].give(other, 0, 0), one)


@pytest.mark.parametrize(
    ("marking", "personal", "reaches"),
    [
        (lambda: mark("us"), False, {"eu", "jp"}),
        (lambda: mark("us"), True, set()),  # no ground for data about persons to leave the US
        (lambda: mark("us", jurisdictions=frozenset({"DE"})), False, {"eu"}),
        (lambda: mark("us", Tlp.RED, partners=frozenset({"jp"})), False, {"jp"}),
        (lambda: mark("us", Tlp.AMBER_STRICT, communities=frozenset()), False, set()),
        (lambda: mark("us", lapses=5), False, set()),
        (lambda: mark("us", until_us=5), False, set()),
        (lambda: mark("us", purposes=frozenset({Purpose.POLICY})), False, set()),
        (lambda: mark("us", communities=frozenset({"other"})), False, set()),
    ],
)
def test_a_note_goes_where_its_marking_and_the_law_let_it(
    nodes: Nodes, marking: Callable[[], Marking], personal: bool, reaches: set[str]
) -> None:
    nodes["us"].tell(opinion(), marking(), personal=personal)
    for name in ("eu", "jp"):
        counts = passed(nodes, "us", name)
        assert (counts["new"], counts["refused"]) == (int(name in reaches), 0)
        # everybody learns that something was told, nobody else learns what
        assert len(nodes[name].store.headers()) == 1
        assert nodes[name].breaches() == []
    logged = nodes["us"].log.read()
    assert {line["to"] for line in logged if line["what"] == "given"} == reaches


def test_taking_twice_changes_nothing_and_what_is_green_is_passed_on(nodes: Nodes) -> None:
    nodes["us"].tell(opinion(), mark("us"), personal=False)
    nodes["us"].tell(opinion("campaign:y"), mark("us", Tlp.AMBER), personal=False)
    assert passed(nodes, "us", "eu")["new"] == 2
    assert passed(nodes, "us", "eu") == {"new": 0, "known": 2, "refused": 0, "headers": 0}
    assert passed(nodes, "eu", "jp")["new"] == 1
    assert [h.note.body.about for h in nodes["jp"].store.held()] == ["campaign:x"]  # type: ignore[union-attr]
    assert passed(nodes, "jp", "us")["new"] == 0


def forged(nodes: Nodes, **changed: Any) -> dict[str, Any]:
    """A note in the name of ``us``, with something wrong."""
    told = Note(node="us", revision=1, made_us=changed.pop("made_us", now_us()), salt="0" * 32,
                marking=changed.pop("marking", mark("us")), body=opinion(),
                personal=False)  # fmt: skip
    key = nodes[changed.pop("by", "us")].key
    header = header_of(told).to_json() | changed.pop("header", {})
    return {"note": sign(told.to_json() | changed, NOTE, key),
            "header": sign(header, HEADER, key)}  # fmt: skip


def test_what_is_wrong_is_refused_and_the_good_beside_it_is_kept(nodes: Nodes) -> None:
    bad: list[Any] = [
        None, 7, "x", {}, {"note": {}}, {"note": {"signatures": [{"keyid": "us"}]}},
        forged(nodes, by="jp"), forged(nodes, personal="no"), forged(nodes, made_us=2**52),
        forged(nodes, header={"note": "note:" + "0" * 40}), forged(nodes, header={"revision": 2}),
        forged(nodes, marking=mark("us", Tlp.RED, partners=frozenset({"jp"}))),
        forged(nodes) | {"header": forged(nodes)["note"]},
        {"note": forged(nodes)["note"] | {"payload": "AAAA"}, "header": forged(nodes)["header"]},
        {"note": "x" * 200_000},
    ]  # fmt: skip
    counts = nodes["eu"].take({"notes": [*bad, forged(nodes)], "headers": [None, {}, "x"]}, "jp")
    assert (counts["new"], counts["refused"]) == (1, len(bad) + 3)
    assert len(nodes["eu"].store.held()) == 1
    for nonsense in ({}, {"notes": 5, "headers": "x"}, {"notes": {"a": 1}}):
        assert nodes["eu"].take(nonsense, "jp")["new"] == 0
    n_lines = len(nodes["eu"].log.read())
    nodes["eu"].take({"notes": [None] * 50}, "jp")
    assert len(nodes["eu"].log.read()) <= n_lines + 1


def test_a_forged_mark_in_somebody_elses_name_cannot_be_made(nodes: Nodes) -> None:
    with pytest.raises(BadInput, match="marked by the node"):
        nodes["us"].tell(opinion(), mark("eu"))


def test_pulls_are_answered_to_members_of_now_alone(nodes: Nodes) -> None:
    wish = {"from": "eu", "to": "us", "after": 0, "headers_after": 0, "made_us": now_us(),
            "nonce": "n"}  # fmt: skip
    us, eu = nodes["us"], nodes["eu"]
    told = opened(answer_pull(us, sign(wish, "ally-pull", eu.key)), GIVEN, "us",
                  us.key.public_pem)  # fmt: skip
    assert (told["to"], told["nonce"], told["notes"]) == ("eu", "n", [])
    for changed in (
        {"to": "jp"}, {"from": "jp"}, {"made_us": 1}, {"made_us": "now"}, {"after": -1},
        {"after": True}, {"after": 1.5}, {"headers_after": None},
    ):  # fmt: skip
        with pytest.raises(BadInput):
            answer_pull(us, sign(wish | changed, "ally-pull", eu.key))
    for envelope in (None, [], {}, sign(wish, GIVEN, eu.key), sign(wish, "ally-pull", us.key)):
        with pytest.raises(BadInput):
            answer_pull(us, envelope)


def test_expired_notes_are_deleted_and_never_numbered_again(nodes: Nodes) -> None:
    us = nodes["us"]
    us.tell(opinion(), mark("us", until_us=now_us() + 300_000), personal=False)
    assert len(us.store.held()) == 1
    while us.drop() == 0:
        pass
    assert us.store.held() == []
    assert not list((us.members.folder / "notes").glob("*.json"))
    us.tell(opinion("campaign:z"), mark("us"), personal=False)
    assert [h.nth for h in us.store.held()] == [2]


def test_who_left_tells_only_that_and_keeps_nothing_of_others(nodes: Nodes) -> None:
    nodes["eu"].tell(opinion(), mark("eu"), personal=False)
    nodes["eu"].tell(opinion("campaign:c"), mark("eu", Tlp.CLEAR), personal=False)
    assert passed(nodes, "eu", "us")["new"] == 2
    nodes["us"].tell(opinion("campaign:z"), mark("us"), personal=False)
    assert passed(nodes, "us", "jp")["new"] == 3
    nodes["us"].tell(Leaving(), mark("us"), personal=False)
    nodes["us"].drop()
    left = {h.note.body.about for h in nodes["us"].store.held() if isinstance(h.note.body, Opinion)}
    assert left == {"campaign:c", "campaign:z"}
    passed(nodes, "us", "jp")
    assert nodes["jp"].has_left("us")
    with pytest.raises(NotAllowed, match="given nothing"):
        nodes["jp"].give("us", 0, 0)
    with pytest.raises(NotAllowed, match="has left"):
        nodes["us"].tell(opinion(), mark("us"))


def served(node: Node, tmp_path: Path, port: int) -> subprocess.Popen[bytes]:
    words = ["ally", "serve", "--members", str(tmp_path / node.name / "ally.toml")]
    words += ["--listen", f"127.0.0.1:{port}", "--every", "0.5"]
    return subprocess.Popen([sys.executable, "-m", "stillwatch.cli.main", *words])


def test_two_served_nodes_pull_from_one_another_and_go_on_after_kill_9(
    nodes: Nodes, tmp_path: Path
) -> None:
    ports = {name: free_port() for name in ("us", "eu")}
    for name, other in (("us", "eu"), ("eu", "us")):
        path = tmp_path / name / "ally.toml"
        table = f'[[member]]\nname = "{other}"\n'
        url = f'{table}url = "http://127.0.0.1:{ports[other]}"\n'
        path.write_text(path.read_text("utf-8").replace(table, url), "utf-8")
    running = {name: served(nodes[name], tmp_path, ports[name]) for name in ports}
    try:
        nodes["us"].tell(opinion(), mark("us"), personal=False)
        waited(lambda: len(nodes["eu"].store.held()) == 1)
        running["eu"].kill()
        running["eu"].wait()
        nodes["us"].tell(opinion("campaign:y"), mark("us"), personal=False)
        running["eu"] = served(nodes["eu"], tmp_path, ports["eu"])
        nodes["eu"].tell(opinion("campaign:z"), mark("eu", jurisdictions=frozenset({"US"})),
                         personal=False)  # fmt: skip
        waited(lambda: all(len(nodes[name].store.held()) == 3 for name in ports))
        taken = httpx.post(f"http://127.0.0.1:{ports['us']}/ally/v1/pull", content=b"{}")
        assert taken.status_code == 400
        assert nodes["eu"].breaches() == nodes["us"].breaches() == []
    finally:
        for process in running.values():
            process.terminate()
            process.wait()


def waited(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not what():
        assert time.monotonic() < end
        time.sleep(0.2)


KILLED = """
import sys
from pathlib import Path
from stillwatch.adapters.ally.members import load_members
from stillwatch.adapters.ally.node import Node
from tests.rooms.adapters.test_ally import mark, opinion
node = Node(load_members(Path(sys.argv[1])))
for n in range(10_000):
    told = node.tell(opinion(f"campaign:{n}"), mark("us"), personal=False)
    print(told.id, flush=True)
"""


def test_what_was_said_to_be_told_is_there_after_kill_9(nodes: Nodes, tmp_path: Path) -> None:
    words = [sys.executable, "-c", KILLED, str(tmp_path / "us" / "ally.toml")]
    for _ in range(3):
        told = []
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told.append(line.strip())
                if len(told) == 4:
                    process.kill()
                    break
        node = Node(load_members(tmp_path / "us" / "ally.toml"))
        held = [h.note.id for h in node.store.held()]
        assert set(told) <= set(held) and len(held) == len(set(held))
        assert {h.note for h in node.store.held()} <= {h.note for h in node.store.held()}
        assert {h.note for h in node.store.held()} and node.caught() == []
        assert {header.note for header in node.store.headers()} >= set(held)


def test_two_processes_write_one_store_at_once(nodes: Nodes, tmp_path: Path) -> None:
    script = KILLED.replace("10_000", "15").replace("campaign:{n}", "campaign:{sys.argv[2]}.{n}")
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "us" / "ally.toml"), str(k)],
                         stdout=subprocess.PIPE)
        for k in range(2)
    ]  # fmt: skip
    ids = {line for one in running for line in one.communicate()[0].split()}
    assert [one.returncode for one in running] == [0, 0]
    held = nodes["us"].store.held()
    assert {h.note.id.encode() for h in held} == ids and len(ids) == 30
    assert [h.nth for h in held] == list(range(1, 31))


def test_bundles_are_whole_or_refused(nodes: Nodes) -> None:
    nodes["us"].tell(opinion(), mark("us"), personal=False)
    data = pack(nodes["us"], "eu")
    assert unpack(nodes["eu"], data)["new"] == 1
    assert unpack(nodes["eu"], data) == {"new": 0, "known": 1, "refused": 0, "headers": 0}
    for wrong in (b"", b"{}", b"\xff", data[:-9], data.replace(b'"payload":"ey', b'"payload":"eX'),
                  b"[" * 10_000):  # fmt: skip
        with pytest.raises(BadInput):
            unpack(nodes["eu"], wrong)
    with pytest.raises(BadInput, match="somebody else"):
        unpack(nodes["jp"], data)


def test_commands_compare_and_pool(tmp_path: Path, capsysbinary: Any) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"facts": {"account_data_of_persons": true, "automated_measure": true}}')
    assert run(["ally", "compare", str(case), "--in", "DE", "--in", "gb", "--json",
                "--day", "2026-11-25"]) == 0  # fmt: skip
    told = json.loads(capsysbinary.readouterr().out)
    assert set(told["packs"]) == {"EU", "UK"}
    assert run(["ally", "compare", str(case), "--language", "ja"]) == 0
    assert "禁止" in capsysbinary.readouterr().out.decode()
    assert run(["ally", "compare", str(case), "--in", "XX"]) == 2
    case.write_text('{"facts": {"weather": true}}')
    assert run(["ally", "compare", str(case)]) == 2
    for text in ("", "[]", '{"facts": 3}', "\x00"):
        case.write_text(text)
        assert run(["ally", "compare", str(case)]) == 2
    assert run(["ally", "packs", "--json"]) == 0
    capsysbinary.readouterr()
    found = {"schema": "stillwatch.campaigns/1", "watched": [], "campaigns": [
        {"id": f"campaign:{n}", "first_seen": "2026-05-01T00:00:00Z", "accounts": [],
         "techniques": ["SWT-A1"]} for n in range(4)]}  # fmt: skip
    (tmp_path / "found.json").write_bytes(orjson.dumps(found))
    assert run(["ally", "trends", str(tmp_path / "found.json")]) == 0
    pack_ = capsysbinary.readouterr().out
    for n in range(3):
        (tmp_path / f"{n}.json").write_bytes(pack_)
    files = [str(tmp_path / f"{n}.json") for n in range(3)]
    assert run(["ally", "trends", "--pool", *files]) == 0
    assert json.loads(capsysbinary.readouterr().out)["techniques"][0]["n"] == 15
    assert run(["ally", "trends", "--pool", *files[:2]]) == 2


def test_access_is_told_with_the_reasons_of_what_is_closed(
    nodes: Nodes, tmp_path: Path, capsysbinary: Any
) -> None:
    path = tmp_path / "us" / "ally.toml"
    tier = '[[tier]]\nname = "{}"\ngives = ["trend_packs"]\njurisdictions = ["{}"]\n'
    basis = '[tier.basis]\nname = "b"\nkind = "contract"\nsince = 2020-01-01\nuntil = 2090-01-01\n'
    tiers = tier.format("open", "JP") + basis + tier.format("shut", "GB") + basis
    path.write_text(path.read_text("utf-8") + tiers, "utf-8")
    assert run(["ally", "access", "jp", "--members", str(path), "--json"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert told["given"] == {"trend_packs": "open"}
    assert told["closed"] == {"shut": ["not for JP"]}
    assert run(["ally", "access", "nobody", "--members", str(path)]) == 2
    path.write_text(path.read_text("utf-8").replace("trend_packs", "weights"), "utf-8")
    assert run(["ally", "access", "jp", "--members", str(path)]) == 2


def whole(node: Node, told: Note) -> dict[str, Any]:
    """A note with its header, as its node gives it."""
    return {"note": sign(told.to_json(), NOTE, node.key),
            "header": sign(header_of(told).to_json(), HEADER, node.key)}  # fmt: skip


def made(owner: str, body: Opinion | Leaving, marking: Marking | None = None) -> Note:
    return Note(node=owner, revision=1, made_us=now_us(), salt=secrets.token_hex(16),
                marking=marking or mark(owner), body=body, personal=False)  # fmt: skip


def test_one_member_and_one_note_that_nobody_foresaw_stop_nobody(nodes: Nodes) -> None:
    us, said, stop = nodes["us"], list[str](), threading.Event()
    # an address that passes the file's check, and that no client can be made for
    others = tuple(one.model_copy(update={"url": "http://a:b"}) for one in us.members.others)
    us.members = us.members.model_copy(update={"others": others})

    def say(line: str) -> None:
        said.append(line.partition("(")[0])
        if len(said) == len(others):
            stop.set()

    thread = threading.Thread(target=pulling.keep_pulling, args=(us, stop, say, 0.01))
    thread.start()
    thread.join(20)
    assert said == [f"{one.name}: InvalidURL" for one in others]
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    told = {"notes": [{"note": deep}, whole(nodes["jp"], made("jp", opinion()))]}
    counts = nodes["eu"].take(told, "jp")
    assert (counts["new"], counts["refused"]) == (1, 1)


def test_a_flood_of_headers_hides_no_contradiction(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_HEADERS", 20)
    jp, eu = nodes["jp"], nodes["eu"]
    one, other, third = (made("jp", opinion(bits=n)) for n in (3.0, 5.0, 7.0))
    assert eu.take({"notes": [whole(jp, one)]}, "jp")["new"] == 1
    flood = [Header(node="jp", topic_mark=secrets.token_hex(20), revision=1,
                    note=f"note:{secrets.token_hex(20)}") for _ in range(30)]  # fmt: skip
    told = eu.take({"headers": [sign(h.to_json(), HEADER, jp.key) for h in flood]}, "jp")
    assert told["headers"] == 19
    assert eu.take({"headers": [whole(jp, other)["header"]]}, "us")["headers"] == 1
    assert [found.node for found in eu.caught()] == ["jp"]
    # one proof is enough, and a note whose header has no place is not held either
    assert eu.take({"headers": [whole(jp, third)["header"]]}, "us")["refused"] == 1
    notes = [whole(jp, made("jp", opinion(f"campaign:{n}"))) for n in range(3)]
    assert eu.take({"notes": notes}, "jp")["refused"] == 3
    assert (len(eu.store.held()), len(eu.store.headers())) == (1, 21)


SAME = KILLED.replace("10_000", "20").replace("campaign:{n}", "campaign:same")


def test_two_processes_that_tell_on_one_topic_contradict_nobody(
    nodes: Nodes, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", SAME, str(tmp_path / "us" / "ally.toml")]
    running = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait() for one in running] == [0, 0]
    assert nodes["us"].caught() == []
    assert sorted(h.note.revision for h in nodes["us"].store.held()) == list(range(1, 41))


def test_that_a_node_left_is_known_when_its_marking_is_over(nodes: Nodes) -> None:
    end_us = now_us() + 1_000_000
    told = whole(nodes["jp"], made("jp", Leaving(), mark("jp", until_us=end_us)))
    eu = nodes["eu"]
    assert eu.take({"notes": [told]}, "jp")["new"] == 1
    while now_us() <= end_us:
        time.sleep(0.05)
    assert eu.drop() == 0 and eu.has_left("jp") and eu.breaches() == []


def test_refusals_that_alternate_do_not_fill_the_log(nodes: Nodes, tmp_path: Path) -> None:
    bad = [{"note": {"signatures": [{"keyid": name * 60}]}} for name in "AB"]
    for _ in range(2):
        assert nodes["eu"].take({"notes": bad * 120}, "jp")["refused"] == 240
        assert len(nodes["eu"].log.read()) == MOST_REFUSALS
        nodes["eu"] = Node(load_members(tmp_path / "eu" / "ally.toml"))
    nodes["eu"].take({"notes": bad}, "us")
    assert len(nodes["eu"].log.read()) == MOST_REFUSALS + 2


def test_a_statement_holds_no_voice_that_was_not_given(nodes: Nodes) -> None:
    keys = {name: node.key.public_pem for name, node in nodes.items()}
    other = nodes["jp"].tell(opinion("campaign:other"), mark("jp"), personal=False)
    nodes["jp"].tell(opinion(), mark("jp"), personal=False)
    passed(nodes, "jp", "eu")
    eu = nodes["eu"]
    found = eu.quorum("campaign:x", "covert")
    assert read_statement(statement_of(eu, found), keys)["about"] == "campaign:x"
    jp = next(voice for voice in found.voices if voice.node == "jp")
    us = Voice(node="us", stance="supports", said_bits=8.0, counted_bits=8.0)
    for voices in ((jp, us), (jp, replace(us, stance="")), (replace(jp, note=other.id),), (jp, jp)):
        told = {**replace(found, voices=voices).to_json(), "seen_by": "eu"}
        told["headers"] = list(eu.store.headers().values())
        content = {k: v for k, v in told.items() if k not in ("schema", "id", "seen_by", "headers")}
        told["id"] = digest_of("quorum", content)
        with pytest.raises(BadInput, match="voice"):
            read_statement(orjson.dumps(sign(told, STATEMENT, eu.key)), keys)
    for junk in ({"headers": 5}, {"schema": SCHEMA, "headers": [], "id": digest_of("quorum", {})}):
        with pytest.raises(BadInput, match="no statement"):
            read_statement(orjson.dumps(sign(junk, STATEMENT, eu.key)), keys)
