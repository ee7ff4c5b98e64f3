"""Two providers in two real processes match over HTTP, are cut off, and cannot ask too much."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import orjson
import pytest

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.matching.asking import MOST_ANSWER_BYTES, Asking, Question
from stillwatch.adapters.matching.door import PIECE_BYTES, Door
from stillwatch.adapters.matching.terms import load_terms
from stillwatch.adapters.matching.workers import POINT, Workers
from stillwatch.adapters.signing import SigningKey, load_key, new_key, opened, sign
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import Mode
from stillwatch.share.matching_names import RULES, Kind
from tests.house.tree import ROOT
from tests.ports import free_port

PYTHON = Path(os.environ.get("STILLWATCH_MATCH__PYTHON", ROOT / ".venv-match/bin/python"))
PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]
UNTIL = 4_000_000_000_000_000
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no environment with openmined-psi")


def mail(*numbers: int) -> list[str]:
    return [f"user{n}@mail.example" for n in numbers]


class Pair:
    """Two providers: ``alpha`` answers, ``beta`` asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        keys = {n: new_key(folder / f"{n}.pem", n).public_pem for n in ("alpha", "beta")}
        held = "\n".join(mail(*range(3_000)))
        (folder / "held.txt").write_text(f"# ours\n{held}\nbroken line\n", encoding="utf-8")
        (folder / "pool.txt").write_text("\n".join(mail(*range(200))), encoding="utf-8")
        (folder / "alpha.toml").write_text(
            f'name = "alpha"\nkey = "alpha.pem"\nfolder = "a"\n'
            '[[set]]\nkind = "email"\nfile = "held.txt"\n'
            '[[set]]\nname = "pool"\nkind = "email"\nfile = "pool.txt"\n'
            f'[[partner]]\nname = "beta"\npublic_key = """{keys["beta"]}"""\n'
            '[partner.may]\nkinds = ["email", "phone"]\nmodes = ["items", "size"]\n'
            f'sets = ["all", "pool"]\nsessions_a_day = 12\nuntil_us = {UNTIL}\n',
            encoding="utf-8",
        )
        (folder / "beta.toml").write_text(
            'name = "beta"\nkey = "beta.pem"\nfolder = "b"\n'
            f'[[partner]]\nname = "alpha"\npublic_key = """{keys["alpha"]}"""\n'
            f'url = "http://127.0.0.1:{self.port}"\n',
            encoding="utf-8",
        )
        self.env = os.environ | {"STILLWATCH_MATCH__PYTHON": str(PYTHON)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        words = [*PROGRAM, "share", "match", "serve", "--terms", str(self.folder / "alpha.toml")]
        words += ["--listen", f"127.0.0.1:{self.port}"]
        with (self.folder / "said.txt").open("ab") as said:
            self.process = subprocess.Popen(words, env=self.env, stderr=said, cwd=self.folder)
        while wait and not self.ready():
            assert self.process.poll() is None, (self.folder / "said.txt").read_text()
            time.sleep(0.05)

    def ready(self) -> bool:
        try:
            told = httpx.get(f"http://127.0.0.1:{self.port}/match/v1/state").json()
        except httpx.HTTPError:
            return False
        # anybody may ask: no name and no size of a set
        assert set(told) == {"rules", "ready"}
        return bool(told["ready"])

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(with_signal)
            self.process.wait()

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        more = ["--terms", str(self.folder / "beta.toml")]
        return subprocess.run(
            [*PROGRAM, "share", "match", *words, *more], env=self.env, capture_output=True,
            text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("pair"))
    made.start()
    yield made
    made.stop()


def test_what_both_hold_is_found_and_the_log_holds_counts_only(pair: Pair) -> None:
    mine = pair.folder / "mine.txt"
    mine.write_text("\n".join(["USER7+x@mail.example", *mail(*range(2_900, 3_200))]), "utf-8")
    done = pair.ask("ask", "alpha", "email", str(mine), "--which", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert told["shared"] == ["USER7+x@mail.example", *mail(*range(2_900, 3_000))]
    assert (told["n_ours"], told["n_theirs_padded"]) == (301, 3_072)
    sized = pair.ask("ask", "alpha", "email", str(mine), "--json")
    assert json.loads(sized.stdout)["n_shared"] == 101
    logged = (pair.folder / "a" / "matching.log").read_bytes()
    assert b"mail.example" not in logged and b"shared" not in logged
    lines = Chained(pair.folder / "a" / "matching.log").read()
    assert [one["what"] for one in lines].count("answered") == 2
    assert next(one for one in lines if one["what"] == "opened")["sets"] == [1_024]
    for path in (pair.folder / "a").rglob("*"):
        assert path.is_dir() or b"user2900" not in path.read_bytes(), path


def test_a_set_that_differs_by_one_item_is_refused(pair: Pair) -> None:
    mine = pair.folder / "near.txt"
    mine.write_text("\n".join(mail(*range(5_000, 5_400))), "utf-8")
    assert pair.ask("ask", "alpha", "email", str(mine)).returncode == 0
    mine.write_text("\n".join(mail(*range(5_000, 5_401))), "utf-8")
    done = pair.ask("ask", "alpha", "email", str(mine))
    assert done.returncode == 3
    assert "differs from an earlier set by fewer than 100" in done.stderr


def test_what_is_not_agreed_is_refused_with_the_reason(pair: Pair) -> None:
    mine = pair.folder / "few.txt"
    mine.write_text("\n".join(mail(*range(9))), "utf-8")
    done = pair.ask("ask", "alpha", "email", str(mine))
    assert (done.returncode, "needed 10, had 9" in done.stderr) == (2, True)
    mine.write_text("\n".join(f"+1650253{n:04}" for n in range(200)), "utf-8")
    done = pair.ask("ask", "alpha", "phone", str(mine))
    assert done.returncode == 3 and "there is no such set" in done.stderr
    mine.write_text("\n".join(mail(*range(200))), "utf-8")
    done = pair.ask("ask", "alpha", "email", str(mine), "--purpose", "policy")
    assert done.returncode == 3 and "purpose policy is not in the agreement" in done.stderr


def test_a_cluster_of_one_pool_is_told_from_another(pair: Pair) -> None:
    people = pair.folder / "people.csv"
    rows = [f"acct{n},user{n}@mail.example" for n in range(1_000, 9_000)]
    people.write_text("\n".join(["account,key", *rows]), "utf-8")
    mine = pair.folder / "cluster.txt"
    mine.write_text("\n".join(mail(*range(100, 250))), "utf-8")
    words = ["cluster", "alpha", "email", str(mine), str(people), "--about", "pool", "--seed", "1"]
    done = pair.ask(*words, "--decoys", "39", "--json")
    told = json.loads(done.stdout)
    assert (told["n_shared"], told["n_keys"], told["p_rank"]) == (100, 150, 1 / 40)
    assert told["p_tail"] < 1e-50


def test_a_match_that_was_cut_off_goes_on(pair: Pair, tmp_path: Path) -> None:
    mine = mail(*range(2_000, 2_300), *range(20_000, 20_300))
    terms = load_terms(pair.folder / "beta.toml")
    question = Question(partner="alpha", kind=Kind.EMAIL, purpose=Purpose.DEFENCE, mode=Mode.ITEMS)

    class Cut(Exception):
        pass

    said: list[str] = []

    def cut(line: str) -> None:
        said.append(line)
        if line == "waiting for the answer":
            raise Cut

    with Workers(1, PYTHON) as workers:
        with pytest.raises(Cut):
            Asking(terms, workers, cut).ask(question, [mine])
        pair.stop(signal.SIGKILL)
        with pytest.raises(OutsideFailed, match="goes on"):
            Asking(terms, workers).ask(question, [mine])
        before = (pair.folder / "a/sets/all/defence-email/terms.json").read_bytes()
        pair.start()
        assert (pair.folder / "a/sets/all/defence-email/terms.json").read_bytes() == before
        again: list[str] = []
        found = Asking(terms, workers, again.append).ask(question, [mine])
    assert found.positions == tuple(range(300))
    assert again[0] == "going on with a match that was cut off"
    lines = [x for x in Chained(pair.folder / "a/matching.log").read() if "session" in x]
    mine_lines = [x["what"] for x in lines if x["session"] == found.session]
    assert mine_lines == ["opened", "answered"]


def test_a_set_that_was_made_anew_while_a_match_was_cut_off_is_asked_anew(pair: Pair) -> None:
    mine = mail(*range(1_000, 1_200), *range(30_000, 30_200))
    terms = load_terms(pair.folder / "beta.toml")
    question = Question(partner="alpha", kind=Kind.EMAIL, purpose=Purpose.DEFENCE, mode=Mode.ITEMS)

    class Cut(Exception):
        pass

    def cut(line: str) -> None:
        if line == "waiting for the answer":
            raise Cut

    with Workers(1, PYTHON) as workers:
        with pytest.raises(Cut):
            Asking(terms, workers, cut).ask(question, [mine])
        pair.stop()
        shutil.rmtree(pair.folder / "a/sets/all")
        pair.start()
        assert Asking(terms, workers).ask(question, [mine]).positions == tuple(range(200))


def test_two_services_and_two_equal_questions_at_once_do_not_meet(pair: Pair) -> None:
    done = subprocess.run(
        [*PROGRAM, "share", "match", "serve", "--terms", str(pair.folder / "alpha.toml")],
        env=pair.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "another service" in done.stderr) == (2, True)
    mine = pair.folder / "both.txt"
    mine.write_text("\n".join(mail(*range(2_500, 2_700))), "utf-8")
    words = [*PROGRAM, "share", "match", "ask", "alpha", "email", str(mine), "--json"]
    words += ["--which", "--terms", str(pair.folder / "beta.toml")]
    both = [subprocess.Popen(words, env=pair.env, stdout=subprocess.PIPE) for _ in range(2)]
    told = [(one.communicate()[0], one.returncode) for one in both]
    good = [json.loads(out)["n_shared"] for out, code in told if code == 0]
    assert good and set(good) == {200}
    assert all(code in (0, 2) for _, code in told)


def test_strangers_forgers_and_nonsense_get_nothing(pair: Pair, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{pair.port}/match/v1"
    stranger = new_key(tmp_path / "k.pem", "beta")
    wish = {
        "session": "0" * 32, "to": "alpha", "rules": RULES, "kind": "email",
        "purpose": "defence", "mode": "size", "set": "all", "sets": [1_024],
        "made_us": time.time_ns() // 1000,
    }  # fmt: skip
    beta = load_key(pair.folder / "beta.pem", "beta")
    for body in (
        b"", b"[]", b"{}", b'{"signatures": [{"keyid": "beta"}]}', b"\xff", b"[" * 60_000,
        orjson.dumps(sign(wish, "match-wish", stranger)),
        orjson.dumps(sign(wish | {"to": "gamma"}, "match-wish", beta)),
        orjson.dumps(sign(wish | {"made_us": 1}, "match-wish", beta)),
        orjson.dumps(sign(wish | {"session": "../../x"}, "match-wish", beta)),
        orjson.dumps(sign(wish | {"sets": [-5]}, "match-wish", beta)),
        orjson.dumps(sign(wish | {"sets": [1.5]}, "match-wish", beta)),
        orjson.dumps(sign(wish, "match-ask", beta)),
    ):  # fmt: skip
        assert httpx.post(f"{url}/open", content=body).status_code == 400, body[:80]
    assert httpx.get(f"{url}/sets/{'0' * 32}/0").status_code == 403
    assert httpx.get(f"{url}/sets/..%2f..%2falpha.pem/0").status_code in (403, 404)
    told = sign(wish, "match-wish", beta)
    opening = httpx.post(f"{url}/open", content=orjson.dumps(told)).json()
    alpha = load_terms(pair.folder / "beta.toml").partner("alpha").public_key
    assert "digest" in opened(opening, "match-answer", "alpha", alpha)
    for elements in (b"\0" * POINT * 1_024, b"x", b""):
        asked = wish | {"elements": [base64.b64encode(elements).decode()]}
        body = orjson.dumps(sign(asked, "match-ask", beta))
        assert httpx.post(f"{url}/ask", content=body).status_code == 400
    assert pair.ready()


def test_a_session_is_answered_once_and_the_same_again(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    terms = (tmp_path / "alpha.toml").read_text("utf-8")
    pool = terms.replace('[[set]]\nkind = "email"\nfile = "held.txt"\n', "")
    (tmp_path / "alpha.toml").write_text(pool, "utf-8")
    beta = load_key(tmp_path / "beta.pem", "beta")

    def told(session: str, **more: object) -> dict[str, object]:
        return {"session": session, "to": "alpha", "made_us": time.time_ns() // 1000, **more}

    def opening(door: Door, session: str) -> None:
        wish = told(session, rules=RULES, kind="email", purpose="defence", mode="size",
                    set="pool", sets=[200])  # fmt: skip
        door.open_session(sign(wish, "match-wish", beta))

    def asking(door: Door, session: str, elements: bytes) -> dict[str, object]:
        asked = told(session, elements=[base64.b64encode(elements).decode()])
        return door.answer(sign(asked, "match-ask", beta))

    one, two = "1" * 32, "2" * 32
    with Workers(1, PYTHON) as workers:
        door = Door(load_terms(tmp_path / "alpha.toml"), workers)
        door.make_ready()
        key = workers.drawn_key()
        first, other = (
            workers.ask(key, mail(*range(at, at + 200)), size_only=True) for at in (0, 900)
        )
        opening(door, one)
        opening(door, two)
        answer = asking(door, one, first)
        # equal but for nothing: refused, and noted once however often it is asked
        log = tmp_path / "a" / "matching.log"
        n_before = len(Chained(log).read())
        for _ in range(3):
            with pytest.raises(NotAllowed, match="differs from an earlier set"):
                asking(door, two, first)
        assert len(Chained(log).read()) == n_before + 1
        # cut off after the marks were kept, before the line was written
        cut = tmp_path.with_name(f"{tmp_path.name}-cut")
        shutil.copytree(tmp_path, cut)
        lines = log.read_bytes().splitlines(keepends=True)
        (cut / "a" / "matching.log").write_bytes(b"".join(lines[: n_before - 1]))
        shutil.rmtree(cut / "a" / "answers")
        after = Door(load_terms(cut / "alpha.toml"), workers)
        after.make_ready()
        with pytest.raises(NotAllowed, match="asks once"):
            asking(after, one, other)
        assert asking(after, one, first) == answer
    # nothing is left that could compute it
    assert asking(door, one, first) == answer
    assert pair.process is None


def test_a_worker_that_speaks_nonsense_has_died(tmp_path: Path) -> None:
    script = tmp_path / "speaks"
    script.write_text(
        f"#!{sys.executable}\nimport struct, sys\n"
        "sys.stdout.buffer.write(struct.pack('>QQ', 3, 0) + b'xxx')\n"
        "sys.stdout.flush()\nsys.stdin.read()\n",
        "utf-8",
    )
    script.chmod(0o700)
    with pytest.raises(OutsideFailed, match="died"), Workers(1, script):
        pass


class Liar(BaseHTTPRequestHandler):
    """A partner that signs what it likes, and sends more than was asked for."""

    key: SigningKey
    told: bytes | dict[str, object] = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        told = self.told
        self.say(told if isinstance(told, bytes) else
                 orjson.dumps(sign(told, "match-answer", self.key)))  # fmt: skip

    def do_GET(self) -> None:
        self.say(bytes(2 * PIECE_BYTES))

    def say(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def test_a_partner_that_answers_nonsense_is_not_believed(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    Liar.key = load_key(tmp_path / "alpha.pem", "alpha")
    good = {"n": 1, "piece_bytes": PIECE_BYTES, "digest": "0" * 64}
    question = Question(partner="alpha", kind=Kind.EMAIL, purpose=Purpose.DEFENCE, mode=Mode.ITEMS)
    with HTTPServer(("127.0.0.1", pair.port), Liar) as server, Workers(1, PYTHON) as workers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asking = Asking(load_terms(tmp_path / "beta.toml"), workers)
        for told, why in (
            (b"no json", "no JSON"), (b" " * (MOST_ANSWER_BYTES + 1), "answers with more"),
            ({}, "no size"), (good | {"n": "x"}, "no size"), (good | {"n": 0}, "no size"),
            (good | {"n": 2**40}, "no size"), (good | {"n": True}, "no size"),
            (good | {"piece_bytes": 0}, "other pieces"), (good | {"piece_bytes": 33}, "other p"),
            (good | {"digest": "a/b"}, "no digest"), (good, "more than 33 bytes"),
        ):  # fmt: skip
            Liar.told = told
            with pytest.raises(BadInput, match=why):
                asking.ask(question, [mail(*range(100))])
        assert not list((tmp_path / "b").rglob("piece-*"))
        server.shutdown()


def test_files_that_do_not_hold_say_so(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('name = "a"\nkey = "k"\nfolder = "f"\nother = 1\n', "utf-8")
    with pytest.raises(BadInput, match="other"):
        load_terms(tmp_path / "m.toml")
    key = new_key(tmp_path / "k.pem", "a")
    (tmp_path / "k.pem").chmod(0o644)
    with pytest.raises(BadInput, match="others may read"):
        load_key(tmp_path / "k.pem", "a")
    told = sign({"n": 1}, "match-wish", key)
    assert opened(told, "match-wish", "a", key.public_pem) == {"n": 1}
    with pytest.raises(BadInput, match="kind"):
        opened(told, "match-ask", "a", key.public_pem)


def test_a_log_whose_line_was_changed_is_not_read(tmp_path: Path) -> None:
    log = Chained(tmp_path / "log")
    for n in range(3):
        log.add({"what": "x", "m": n})
    whole = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(whole + b'{"nth": 3, "half')
    assert [x["m"] for x in Chained(tmp_path / "log").read()] == [0, 1, 2]
    Chained(tmp_path / "log").add({"what": "x", "m": 3})
    assert [x["m"] for x in log.read()] == [0, 1, 2, 3]
    (tmp_path / "log").write_bytes(whole.replace(b'"m":1', b'"m":7'))
    with pytest.raises(BadInput, match="chain is broken"):
        Chained(tmp_path / "log").read()
