"""Two organisations tell each other things, by files, with real keys and a real log."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.share import taking, telling
from stillwatch.adapters.share.home import Home, begin
from stillwatch.adapters.share.record import counted, unconfirmed
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from stillwatch.model.marking import Marking, Purpose, Tlp
from stillwatch.share.lists import Reason
from stillwatch.share.parsing import Limits
from tests.rooms.share.marked import DAY_US, NOW_US, marking
from tests.rooms.share.told import campaign

LIMITS = Limits()


def know(home: Home, other: Home, **more: Any) -> None:
    """Make one organisation a partner of another."""
    (home.folder / f"{other.me.name}.pem").write_text(other.me.public_key)
    table = {"name": other.me.name, "jurisdiction": other.me.jurisdiction,
             "communities": ["fmf"], "public_key": f"{other.me.name}.pem", **more}  # fmt: skip
    lines = ["[[partner]]", *(f"{k} = {orjson.dumps(v).decode()}" for k, v in table.items())]
    with (home.folder / "partners.toml").open("a") as file:
        file.write("\n".join(lines) + "\n")


@pytest.fixture
def omega(tmp_path: Path) -> Home:
    return begin(tmp_path / "omega", "omega", jurisdiction="US", roles=["model-provider"])


@pytest.fixture
def alpha(tmp_path: Path, omega: Home) -> Home:
    made = begin(tmp_path / "alpha", "alpha", jurisdiction="US", roles=["payment-firm"])
    know(omega, made)
    know(made, omega)
    return made


def told(home: Home, to: str, mark: Marking | None = None, **changes: Any) -> telling.Told:
    made = telling.make(home, campaign(**changes), mark or marking(), now_us=NOW_US, by="ann")
    (one,) = telling.tell(
        home, [made], [home.partner(to)], purpose=Purpose.DEFENCE, now_us=NOW_US, by="ann"
    ).told
    return one


def take(home: Home, file: Path, now_us: int = NOW_US) -> taking.Taken:
    return taking.take(home, taking.bytes_of(file, LIMITS), now_us=now_us, limits=LIMITS)


def test_from_told_to_taken_to_confirmed_to_taken_back(omega: Home, alpha: Home) -> None:
    one = told(omega, "alpha")
    done = take(alpha, one.file)
    assert done.refused == []
    assert [h.sender for h in taking.held(alpha, NOW_US)] == ["omega"]
    assert [e["to"] for e in unconfirmed(omega.log.read())] == ["alpha"]
    assert done.receipt is not None
    take(omega, done.receipt)
    take(omega, done.receipt)
    assert unconfirmed(omega.log.read()) == []
    made = telling.find(omega, one.bulletin)
    _, back = telling.retract(omega, made, Reason.FALSE_POSITIVE, now_us=NOW_US + 1, by="bob")
    (waiting,) = unconfirmed(omega.log.read())
    assert (waiting["what"], waiting["to"]) == ("retracted", "alpha")
    gone = take(alpha, back.told[0].file)
    assert all(o.get("revoked") for o in gone.objects if o["type"] == "campaign")
    assert taking.held(alpha, NOW_US) == []
    assert gone.receipt is not None
    take(omega, gone.receipt)
    assert unconfirmed(omega.log.read()) == []
    # The letter of before does not bring it back.
    with pytest.raises(BadInput, match="older version"):
        take(alpha, one.file)
    assert taking.held(alpha, NOW_US) == []


def test_a_retraction_goes_although_the_marking_has_lapsed(omega: Home, alpha: Home) -> None:
    one = told(omega, "alpha")
    take(alpha, one.file)
    late = NOW_US + 3 * DAY_US
    made = telling.find(omega, one.bulletin)
    _, back = telling.retract(omega, made, Reason.CORRECTED, now_us=late, by="bob")
    assert [t.to for t in back.told] == ["alpha"]
    assert take(alpha, back.told[0].file, late).objects
    assert taking.held(alpha, NOW_US) == []
    again = telling.make(omega, campaign(), marking(until_us=late + DAY_US), now_us=late, by="ann")
    assert again.name != made.name


def test_a_correction_is_a_later_version_that_takes_the_place(omega: Home, alpha: Home) -> None:
    take(alpha, told(omega, "alpha").file)
    take(alpha, told(omega, "alpha", weight_bits=12.0).file)
    (heard,) = taking.held(alpha, NOW_US)
    assert heard.notice.weight.best == 12.0


def test_what_has_expired_is_deleted(omega: Home, alpha: Home) -> None:
    take(alpha, told(omega, "alpha").file)
    assert taking.held(alpha, NOW_US + DAY_US) == []
    assert taking.drop(alpha, NOW_US) == 0
    assert taking.drop(alpha, NOW_US + DAY_US) > 0
    assert list((alpha.folder / "taken").glob("*/*")) == []


def test_every_disclosure_is_in_the_log_and_names_stay_out_of_the_counts(
    omega: Home, alpha: Home
) -> None:
    one = told(omega, "alpha")
    (entry,) = [e for e in omega.log.read() if e["kind"] == "disclosed"]
    assert (entry["to"], entry["by"], entry["purpose"]) == ("alpha", "ann", "defence")
    assert entry["basis"]["name"] == "contract 7"
    assert len(entry["ids"]) == one.n_objects
    (row,) = counted(omega.log.read())
    assert row == {"year": "2026", "what": "disclosed", "channel": "partner",
                   "jurisdiction": "US", "tlp": "TLP:AMBER", "n": 1}  # fmt: skip
    assert "contract 7" not in one.file.read_text()


def test_nothing_goes_by_default_to_a_government(omega: Home, tmp_path: Path) -> None:
    office = begin(tmp_path / "office", "office", jurisdiction="US", roles=["government"])
    know(omega, office, channel="government")
    made = telling.make(omega, campaign(), marking(Tlp.GREEN), now_us=NOW_US, by="ann")
    done = telling.tell(
        omega, [made], [omega.partner("office")], purpose=Purpose.DEFENCE, now_us=NOW_US, by="ann"
    )
    assert done.told == []
    assert "not opened to the government channel" in done.refused[0][2]
    assert [e for e in omega.log.read() if e["kind"] == "disclosed"] == []
    assert not (omega.folder / "out").exists()
    open_ = marking(Tlp.GREEN, government=True, partners=frozenset({"office"}))
    assert told(omega, "office", open_, id="campaign:2").n_objects > 0


def test_a_letter_for_one_does_not_pass_with_another(
    omega: Home, alpha: Home, tmp_path: Path
) -> None:
    beta = begin(tmp_path / "beta", "beta", jurisdiction="US", roles=[])
    know(beta, omega)
    with pytest.raises(BadInput, match="sealed for another"):
        take(beta, told(omega, "alpha").file)
    green = told(omega, "alpha", marking(Tlp.GREEN), id="campaign:2")
    assert take(beta, green.file).objects
    with pytest.raises(NotAllowed, match="our own"):
        take(omega, green.file)


def changed(file: Path, **values: Any) -> bytes:
    letter = orjson.loads(file.read_bytes())
    return orjson.dumps({**letter, **values})


def test_a_seal_that_does_not_hold_is_refused(omega: Home, alpha: Home, tmp_path: Path) -> None:
    one = told(omega, "alpha")
    letter = orjson.loads(one.file.read_bytes())
    other = begin(tmp_path / "mallory", "mallory", jurisdiction="US", roles=[])
    (signature,) = letter["signatures"]
    cases = {
        "seal is not theirs": changed(one.file, signatures=[{**signature, "sig": "A" * 86 + "=="}]),
        "sealed it": orjson.dumps({"type": "bundle", "objects": []}),
        "no sealed letter": changed(one.file, payloadType="text/plain"),
    }
    for why, data in cases.items():
        with pytest.raises((BadInput, NotAllowed), match=why):
            taking.take(alpha, data, now_us=NOW_US, limits=LIMITS)
    know(other, alpha)
    forged = told(other, "alpha", marking(owner="mallory"))
    with pytest.raises(NotAllowed, match="of whom no key is known"):
        take(alpha, forged.file)


@pytest.mark.parametrize("at", [30, 200, 900, -40])
def test_any_changed_byte_is_seen(omega: Home, alpha: Home, at: int) -> None:
    data = bytearray(told(omega, "alpha").file.read_bytes())
    data[at] ^= 1
    with pytest.raises((BadInput, NotAllowed)):
        taking.take(alpha, bytes(data), now_us=NOW_US, limits=LIMITS)
    assert taking.held(alpha, NOW_US) == []


def test_a_receipt_for_what_was_never_told_is_refused(
    omega: Home, alpha: Home, tmp_path: Path
) -> None:
    beta = begin(tmp_path / "beta", "beta", jurisdiction="US", roles=[])
    know(omega, beta)
    know(beta, omega)
    know(beta, alpha)
    know(alpha, beta)
    receipt = take(alpha, told(beta, "alpha", marking(owner="beta")).file).receipt
    assert receipt is not None
    with pytest.raises(BadInput, match="no receipt for us"):
        take(omega, receipt)


def test_archives_and_bombs_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(BadInput, match="when it is unpacked"):
        taking.bytes_of(bomb, LIMITS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(BadInput, match="archive"):
        taking.bytes_of(tmp_path / "a.zip", LIMITS)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(os.urandom(1000))[:500])
    with pytest.raises(BadInput, match="cut off"):
        taking.bytes_of(cut, LIMITS)
    whole = tmp_path / "whole.gz"
    whole.write_bytes(gzip.compress(b"{}"))
    assert taking.bytes_of(whole, LIMITS) == b"{}"
    with pytest.raises(OutsideFailed, match="cannot be read"):
        taking.bytes_of(tmp_path / "none", LIMITS)


def test_the_chain_sees_every_change_and_sets_a_torn_line_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    chain = Chained(path)
    for n in range(3):
        chain.append([{"kind": "x", "n": n}])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 3, "entr')
    assert len(Chained(path).read()) == len(chain.read()) == 3
    assert [line["nth"] for line in chain.append([{"n": 3}, {"n": 4}])] == [3, 4]
    assert [aside.read_bytes() for aside in tmp_path.glob("log.torn-*")] == [b'{"n": 3, "entr']
    lines = whole.splitlines(keepends=True)
    for broken in (lines[:1] + lines[2:], lines[1:], [lines[0], lines[2], lines[1]],
                   [whole.replace(b'"n":1', b'"n":7', 1)]):  # fmt: skip
        path.write_bytes(b"".join(broken))
        with pytest.raises(BadInput, match="chain is broken"):
            Chained(path).read()
        with pytest.raises(BadInput, match=r"shorter|chain is broken"):
            chain.append([{"n": 5}])


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    def add(n: int) -> None:
        Chained(tmp_path / "log").append([{"kind": "x", "n": n}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert sorted(e["n"] for e in Chained(tmp_path / "log").read()) == list(range(40))


_WRITER = """
import sys
from pathlib import Path
from stillwatch.adapters.chained import Chained
chain = Chained(Path(sys.argv[1]))
n = 0
while True:
    chain.append([{"kind": "x", "n": n, "fill": "y" * 5000}])
    print(n, flush=True)
    n += 1
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(5):
            last = int(process.stdout.readline())
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        last = int(rest[-1]) if rest else last
        known = [e["n"] for e in Chained(path).read()]
        assert last in known
        path.unlink()


def test_the_same_letter_is_not_written_twice(omega: Home, alpha: Home) -> None:
    told(omega, "alpha")
    made = telling.find(omega, telling.bulletins(omega)[0].name[:8])
    to = [omega.partner("alpha")]
    done = telling.tell(omega, [made], to, purpose=Purpose.DEFENCE, now_us=NOW_US, by="x")
    assert (done.told, done.refused[0][2]) == ([], "it was told already")
    done = telling.tell(
        omega, [made], to, purpose=Purpose.DEFENCE, now_us=NOW_US, by="x", again=True
    )
    assert len(done.told) == 1


def test_what_was_taken_back_is_not_told_to_whom_it_never_was(
    omega: Home, alpha: Home, tmp_path: Path
) -> None:
    beta = begin(tmp_path / "beta", "beta", jurisdiction="US", roles=[])
    know(omega, beta)
    one = told(omega, "alpha")
    made = telling.find(omega, one.bulletin)
    gone, _ = telling.retract(omega, made, Reason.DUPLICATE, now_us=NOW_US + 1, by="bob")
    done = telling.tell(omega, [gone], [omega.partner("beta")], purpose=Purpose.DEFENCE,
                        now_us=NOW_US, by="ann", again=True)  # fmt: skip
    assert (done.told, done.refused[0][2]) == ([], "it was taken back already")
    assert not (omega.folder / "out" / "beta").exists()


def test_keys_that_others_may_read_are_not_used(omega: Home) -> None:
    (omega.folder / "signing.pem").chmod(0o644)
    with pytest.raises(BadInput, match="others may read it"):
        _ = omega.key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[partner]]\nname = '../x'", "no name of a partner"),
        ("[[partner]]\nname = 'omega'", "no name of a partner"),
        ("[[partner]]\nname = 'a'\n[[partner]]\nname = 'a'", "there twice"),
        ("[[partner]]\nname = 'a'\nrole = ['spy']", "a role is one of"),
        ("[[partner]]\nname = 'a'\nprice = 3", "is no party"),
        ("[[partner]]\nname = 'a'\npublic_key = 'BEGIN x'", "no public key"),
        ("x = 1", "unknown key"),
        ("[[", "no TOML"),
    ],
)
def test_a_list_of_partners_that_is_none_is_refused(omega: Home, text: str, why: str) -> None:
    (omega.folder / "partners.toml").write_text(text)
    with pytest.raises(BadInput, match=why):
        omega.partners()
