"""Five nodes in five networks: one lies, one is cut off and comes back, one leaves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.ally.members import load_marking, load_members
from stillwatch.adapters.ally.node import HEADER, NOTE, Node, now_us
from stillwatch.adapters.ally.statements import read_statement
from stillwatch.adapters.signing import sign
from stillwatch.ally.equivocation import header_of
from stillwatch.ally.notes import Note, Opinion, Stance
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.marking import Marking
from stillwatch.model.quantity import exactly
from tests.allies.networks import PLACES, PROGRAM, Networks, can_lay

pytestmark = [
    pytest.mark.allies,
    pytest.mark.slow,
    pytest.mark.skipif(not can_lay(), reason="only root can lay networks, with iproute2"),
]

ABOUT = "campaign:pool-7"
HONEST = ("us-1", "eu-1", "uk-1", "jp-1")
BASIS = '[basis]\nname = "agreement of members"\nkind = "contract"\n'
BASIS += "since = 2026-01-01\nuntil = 2036-01-01\n"
SHARED = (
    'tlp = "TLP:GREEN"\nuntil = 2036-01-01\ncommunities = ["isac"]\n'
    'jurisdictions = ["US", "DE", "GB", "JP", "KR"]\n'
)
SECRET = 'tlp = "TLP:RED"\nuntil = 2036-01-01\npartners = ["eu-1"]\njurisdictions = ["DE"]\n'


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    with Networks(tmp_path_factory.mktemp("nodes")) as made:
        for name in PLACES:
            (made.folder / name / "shared.toml").write_text(SHARED + BASIS, "utf-8")
            (made.folder / name / "secret.toml").write_text(SECRET + BASIS, "utf-8")
            made.start(name)
        yield made


def campaigns(path: Path, name: str, bits: float) -> str:
    """What ``detect --json`` would print at a node of the campaign that it found."""
    number = sorted(PLACES).index(name)
    path.write_text(json.dumps({
        "schema": "stillwatch.campaigns/1",
        "campaigns": [{
            "id": f"campaign:{number:012x}",
            "first_seen": f"2026-10-0{number + 1}T00:00:00Z",
            "last_seen": f"2026-10-1{number}T00:00:00Z",
            "accounts": [{"account": f"secret-account-{n}"} for n in range(40 + number)],
            "families": {"network": bits, "timing": bits / 2}, "techniques": ["SWT-E2"],
        }], "watched": [],
    }), "utf-8")  # fmt: skip
    return f"campaign:{number:012x}"


def held(nodes: Networks, name: str) -> list[Any]:
    return Node(load_members(nodes.file(name))).store.held()


def quorum_at(nodes: Networks, name: str) -> dict[str, Any]:
    return Node(load_members(nodes.file(name))).quorum(ABOUT, "one_operator").to_json()


def voice(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["voices"] if one["node"] == name)


def liar(nodes: Networks) -> tuple[Node, Marking]:
    node = Node(load_members(nodes.file("liar")))
    return node, load_marking(nodes.folder / "liar" / "shared.toml", "liar")[0]


def test_the_honest_quorum_holds_although_one_is_cut_off(nodes: Networks) -> None:
    nodes.cut("jp-1", off=True)
    for name, bits in (("us-1", 5.0), ("eu-1", 4.0), ("uk-1", 6.0)):
        path = nodes.folder / name / "found.json"
        campaign = campaigns(path, name, bits)
        nodes.run(name, "tell", str(path), campaign, "--marking", "shared.toml", "--about", ABOUT)
    for name in ("us-1", "eu-1", "uk-1"):
        nodes.until(lambda name=name: quorum_at(nodes, name)["holds"])
        found = quorum_at(nodes, name)
        assert (found["needed"], found["n_members"]) == (3, 5)
        assert voice(found, "jp-1")["aside"] == voice(found, "liar")["aside"] == "says nothing"
    assert not quorum_at(nodes, "jp-1")["holds"]


def test_the_one_that_was_cut_off_comes_back_after_a_kill_and_knows_it_all(nodes: Networks) -> None:
    nodes.kill("us-1")
    nodes.kill("jp-1")
    nodes.cut("jp-1", off=False)
    nodes.start("jp-1")
    # us-1 is down: what it told comes by way of those whom its marking lets pass it on
    nodes.until(lambda: quorum_at(nodes, "jp-1")["holds"])
    assert {h.came_from for h in held(nodes, "jp-1") if h.note.node == "us-1"} <= {
        "eu-1", "uk-1", "liar",
    }  # fmt: skip
    nodes.start("us-1")
    path = nodes.folder / "jp-1" / "found.json"
    campaign = campaigns(path, "jp-1", -3.0)
    assert "nothing speaks" in _fails(nodes, "jp-1", "tell", str(path), campaign)
    nodes.run(
        "jp-1", "say", ABOUT, "dissents", "--bits", "-1.5", "--why", "a reseller, we think",
        "--marking", "shared.toml",
    )  # fmt: skip
    nodes.until(lambda: quorum_at(nodes, "us-1")["dissent"] == ["jp-1"])
    found = quorum_at(nodes, "us-1")
    assert voice(found, "jp-1")["why"] == "a reseller, we think"
    assert found["holds"]


def test_echoes_forged_weights_and_copies_add_nothing(nodes: Networks) -> None:
    before = quorum_at(nodes, "uk-1")
    node, mark = liar(nodes)
    copied = [h.note.body for h in node.store.held() if isinstance(h.note.body, Finding)]
    assert copied
    for finding in copied:
        node.tell(finding, mark)
    node.tell(
        Opinion(about=ABOUT, claim=Claim.ONE_OPERATOR, stance=Stance.SUPPORTS,
                weight=exactly(900.0, "bit"), rests_on=tuple(f.id for f in copied)), mark,
    )  # fmt: skip
    for name in HONEST:
        nodes.until(lambda name=name: voice(quorum_at(nodes, name), "liar")["said_bits"] == 900)
        found = quorum_at(nodes, name)
        assert voice(found, "liar")["counted_bits"] == 0.0
        assert "repeats" in voice(found, "liar")["aside"]
        for honest in HONEST:
            assert voice(found, honest) == voice(before, honest)
        assert (found["bits"], found["holds"]) == (before["bits"], before["holds"])


def test_a_made_up_finding_is_one_voice_under_the_ceiling(nodes: Networks) -> None:
    node, mark = liar(nodes)
    node.tell(
        Finding(about=ABOUT, claim=Claim.ONE_OPERATOR, value=exactly(-500.0, "bit"),
                family="payment", evidence=("campaign:made-up",), method="none", window=(1, 2)),
        mark,
    )  # fmt: skip
    node.tell(
        Opinion(about=ABOUT, claim=Claim.ONE_OPERATOR, stance=Stance.DISSENTS,
                weight=exactly(-500.0, "bit")), mark,
    )  # fmt: skip
    for name in HONEST:
        nodes.until(lambda name=name: voice(quorum_at(nodes, name), "liar")["said_bits"] == -500)
        found = quorum_at(nodes, name)
        assert voice(found, "liar")["counted_bits"] == -8.0
        assert found["holds"], found
        assert sorted(found["dissent"]) == ["jp-1", "liar"]


def test_who_tells_two_nodes_two_things_is_caught_by_a_third(nodes: Networks) -> None:
    node, mark = liar(nodes)
    only = {name: Marking(
        tlp=mark.tlp.RED, owner="liar", until_us=mark.until_us, basis=mark.basis,
        partners=frozenset({name}), jurisdictions=frozenset({PLACES[name]}),
    ) for name in ("us-1", "eu-1")}  # fmt: skip
    for name, bits, stance in (("us-1", 7.0, Stance.SUPPORTS), ("eu-1", -7.0, Stance.DISSENTS)):
        note = Note(
            node="liar", revision=9, made_us=now_us(), marking=only[name], salt="0" * 32,
            body=Opinion(about=ABOUT, claim=Claim.ONE_OPERATOR, stance=stance,
                         weight=exactly(bits, "bit")),
        )  # fmt: skip
        header = sign(header_of(note).to_json(), HEADER, node.key)
        node.store.put(note, sign(note.to_json(), NOTE, node.key), header, "liar", now_us())
    for name in HONEST:
        nodes.until(lambda name=name: bool(Node(load_members(nodes.file(name))).caught()))
        caught = nodes.told(name, "status")["contradicted_themselves"]
        assert [(one["node"], len(one["notes"])) for one in caught] == [("liar", 2)]
        assert voice(quorum_at(nodes, name), "liar")["aside"] == "contradicted itself"
        assert quorum_at(nodes, name)["holds"]
    # the third knows that it lied, and neither what it said to the one nor to the other
    assert not [h for h in held(nodes, "uk-1") if h.note.revision == 9]
    assert len([h for h in held(nodes, "us-1") if h.note.revision == 9]) == 1


def test_a_secret_reaches_the_one_it_is_for_and_nobody_else(nodes: Networks) -> None:
    secret = "campaign:secret-1"
    nodes.run("us-1", "say", secret, "supports", "--bits", "3", "--marking", "secret.toml")

    def knows(name: str) -> bool:
        return any(getattr(h.note.body, "about", "") == secret for h in held(nodes, name))

    nodes.until(lambda: knows("eu-1"))
    told = nodes.told("us-1", "say", "campaign:after", "abstains", "--marking", "shared.toml")
    for name in ("uk-1", "jp-1", "liar"):
        nodes.until(lambda name=name: any(h.note.id == told["notes"][0] for h in held(nodes, name)))
        assert not knows(name)


def test_what_a_peer_should_not_have_given_is_not_kept(nodes: Networks) -> None:
    secret = next(h for h in held(nodes, "us-1") if h.note.marking.tlp == "TLP:RED")
    uk = Node(load_members(nodes.file("uk-1")))
    counts = uk.take({"notes": [{"note": secret.envelope, "header": secret.header}]}, "liar")
    assert (counts["new"], counts["refused"]) == (0, 1)
    assert "may not be here" in nodes.told("uk-1", "status")["refused"][-1]["why"]


def test_a_statement_is_checked_by_whoever_was_not_there(nodes: Networks) -> None:
    nodes.run("uk-1", "quorum", ABOUT, "--statement", "q.json", ok=(1,))
    members = load_members(nodes.file("eu-1"))
    keys = {name: members.public_key(name) for name in PLACES}
    data = (nodes.folder / "uk-1" / "q.json").read_bytes()
    told = read_statement(data, keys)
    assert told["holds"] and told["seen_by"] == "uk-1"
    assert "secret-account" not in data.decode()


def test_an_air_gapped_member_is_told_by_bundle_twice_with_the_same_end(nodes: Networks) -> None:
    nodes.run("uk-1", "pack", "eu-1", "b.json")
    bundle = nodes.folder / "uk-1" / "b.json"
    first = nodes.told("eu-1", "unpack", str(bundle))["members"]["bundle"]
    again = nodes.told("eu-1", "unpack", str(bundle))["members"]["bundle"]
    assert again["new"] == 0 and again["known"] >= first["new"]
    assert "addressed to somebody else" in _fails(nodes, "jp-1", "unpack", str(bundle), code=2)
    bundle.write_bytes(bundle.read_bytes().replace(b'"sig":"', b'"sig":"A'))
    _fails(nodes, "eu-1", "unpack", str(bundle), code=2)


def test_one_leaves_and_the_rest_go_on(nodes: Networks) -> None:
    nodes.run("liar", "leave", "--marking", "shared.toml", "--yes")
    for name in HONEST:
        nodes.until(lambda name=name: Node(load_members(nodes.file(name))).has_left("liar"))
        found = quorum_at(nodes, name)
        assert (found["n_members"], found["needed"], found["holds"]) == (4, 3, True)
        nodes.until(
            lambda name=name: [h.note.body for h in held(nodes, name) if h.note.node == "liar"]
            == [h.note.body for h in held(nodes, name)
                if h.note.node == "liar" and not hasattr(h.note.body, "about")]
        )  # fmt: skip
    assert not [h for h in held(nodes, "liar") if h.note.node != "liar"]


def test_no_marking_was_breached_anywhere(nodes: Networks) -> None:
    n_looked = 0
    for name in PLACES:
        node = Node(load_members(nodes.file(name)))
        n_looked += len(node.store.held())
        assert node.breaches() == []
        for path in (nodes.folder / name / "node").rglob("*"):
            assert path.is_dir() or b"secret-account" not in path.read_bytes(), path
        given = [x for x in node.log.read() if x["what"] == "given"]
        assert all(x["bases"] and x["markings"] for x in given)
        assert all(orjson.dumps(x) for x in given)
    assert n_looked > 20


def _fails(nodes: Networks, name: str, *words: str, code: int = 3) -> str:
    more = ["--marking", "shared.toml"] if words[0] == "tell" else []
    done = subprocess.run(
        [*PROGRAM, *words, *more, "--members", str(nodes.file(name))], capture_output=True,
        text=True, check=False, cwd=nodes.folder / name,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr
