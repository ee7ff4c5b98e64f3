"""Harness: has questions asked by Inspect, in a process and an environment of its own.

Replies are content: they stand in the folder of the run, its owner's alone, and nowhere else. A
run that was cut off goes on; what has a reply is not asked again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.asking import Endpoint
from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from stillwatch.vet.behaviour.questions import Question, Reply, reply_from

ASKED: Final = "asked.json"
KEPT: Final = "answers.jsonl"
SAID: Final = "said.txt"
PACKAGES: Final = ("inspect_ai", "openai", "anthropic", "bandit")
_WORKER: Final = Path(__file__).with_name("inspect_worker.py")
_OUT_OF_MONEY: Final = 7
_INSTALL: Final = (
    "`make behaviour` makes .venv-behaviour; name its bin/python in behaviour.python "
    "(STILLWATCH_BEHAVIOUR__PYTHON)."
)
_VERSIONS: Final = (
    "import json,importlib.metadata as m,sys;"
    "print(json.dumps({n:m.version(n) for n in sys.argv[1:]}))"
)
Say = Callable[[int, int], None]


def interpreter(python: Path | None) -> str:
    """Path of the interpreter, good from any folder; its links are the environment and stay."""
    return os.path.abspath(python or sys.executable)


def versions(python: Path | None) -> dict[str, str]:
    """What the environment has.

    Raises:
        OutsideFailed: it has not what is needed.
    """
    words = [interpreter(python), "-I", "-c", _VERSIONS, *PACKAGES]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutsideFailed(f"{words[0]} cannot be run: {error}.", remedy=_INSTALL) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise OutsideFailed(f"{words[0]} has no harness: {last}.", remedy=_INSTALL)
    told: dict[str, str] = orjson.loads(done.stdout)
    return told


def ask(
    questions: Sequence[Question],
    endpoint: Endpoint,
    folder: Path,
    *,
    python: Path | None,
    seed: int,
    grows: bool = False,
    may_ask: bool = True,
    say: Say = lambda done, wanted: None,
) -> list[Reply]:
    """Have every question asked that has no reply yet, and return all replies.

    Args:
        questions: in the order in which they are asked.
        endpoint: who is asked, how fast, for how much at most.
        folder: of this run and this endpoint.
        python: interpreter of the environment; this one where none is named.
        seed: sent to endpoints that take one.
        grows: more may be asked later in the same folder; names follow from what is asked.
        may_ask: whether anything may be sent; where not, every reply must be there.
        say: told of progress.

    Raises:
        BadInput: the folder holds another run, or replies are missing and nothing may be asked.
        NotAllowed: the money that was allowed is spent.
        OutsideFailed: the environment lacks what is needed, or another process asks here.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hold = hold_folder(folder, "run", "Wait for it; it asks the same.")
    with closing(os.fdopen(hold)):
        told = _told(questions, endpoint, seed)
        _keep_plan(folder, told, grows=grows)
        wanted = sum(one.probe.n_samples for one in questions)
        names = {one.probe.name for one in questions}
        if sum(name in names for name, _ in kept(folder)) < wanted:
            if not may_ask:
                raise BadInput(
                    "replies are missing, and nothing is asked here.", where=str(folder),
                    remedy="Ask with `stillwatch vet behaviour PLAN --into DIR`.",
                )  # fmt: skip
            _run(folder, endpoint, python, wanted, say)
        return _replies(folder, questions)


def kept(folder: Path) -> list[tuple[str, int]]:
    """Question and sample of the replies that are there."""
    return [(str(one["probe"]), int(one["sample"])) for one in _lines(folder)]


def _told(questions: Sequence[Question], endpoint: Endpoint, seed: int) -> dict[str, Any]:
    return {
        "endpoint": {
            **endpoint.identity(),
            "headers": endpoint.headers,
            "retries": endpoint.tries - 1,
            "timeout_s": round(endpoint.timeout_s),
            "connections": endpoint.concurrency,
            "requests_per_minute": endpoint.requests_per_minute,
            "usd_per_million_in": endpoint.usd_per_million_input or 0.0,
            "usd_per_million_out": endpoint.usd_per_million_output or 0.0,
            "most_usd": endpoint.most_usd,
        },
        "seed": seed,
        "questions": [one.to_json() for one in questions],
    }


def _keep_plan(folder: Path, told: Mapping[str, Any], *, grows: bool) -> None:
    path = folder / ASKED
    if path.exists():
        before = orjson.loads(path.read_bytes())
        who = ("url", "kind", "model", "headers")
        other = not grows and before["questions"] != told["questions"]
        if other or any(before["endpoint"][name] != told["endpoint"][name] for name in who):
            raise BadInput(
                "holds replies to other questions, or of another endpoint.", where=str(folder),
                remedy="Name another folder, or the plan that was begun here.",
            )  # fmt: skip
    try:
        put_in_place(path, orjson.dumps(told))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def _run(folder: Path, endpoint: Endpoint, python: Path | None, wanted: int, say: Say) -> None:
    home = folder / "home"
    home.mkdir(exist_ok=True, mode=0o700)
    # nothing of ours is inherited: no other keys, no settings of the harness, no telemetry
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "XDG_DATA_HOME": str(home),
           "XDG_CACHE_HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1",
           "INSPECT_LOG_LEVEL": "error", "OMP_NUM_THREADS": "1"}  # fmt: skip
    secret = endpoint.secret()
    if secret:
        env["ASKED_KEY"] = secret
    if endpoint.ca_file:
        env["SSL_CERT_FILE"] = str(endpoint.ca_file.resolve())
    if endpoint.proxy:
        env["HTTPS_PROXY"] = env["HTTP_PROXY"] = endpoint.proxy
    words = [interpreter(python), "-I", str(_WORKER), str(folder.resolve())]
    faults: list[str] = []
    with (folder / SAID).open("wb") as said:
        os.chmod(said.fileno(), 0o600)
        try:
            process = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL, env=env,
                cwd=folder,
            )  # fmt: skip
        except OSError as error:
            raise OutsideFailed(f"{words[0]} cannot be run: {error.strerror}.", remedy=_INSTALL) \
                from None  # fmt: skip
        with process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    told = _line(line)
                    if "done" in told:
                        say(int(told["done"]), wanted)
                    faults += [str(one) for one in told.get("faults", ())]
            except BaseException:
                process.terminate()
                raise
    if process.returncode == _OUT_OF_MONEY:
        raise NotAllowed(
            f"the allowed {endpoint.most_usd:g} USD are spent with {_n_kept(folder)} of {wanted} "
            "replies; raise most_usd and run it again, it goes on",
            by_rule="most_usd",
        )
    if process.returncode not in (0, 1):
        last = (folder / SAID).read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise OutsideFailed(
            f"the harness ended with {process.returncode}: {_without(secret, ''.join(last))}",
            remedy=_INSTALL,
        )
    if faults and not _n_kept(folder):
        raise OutsideFailed(
            f"{endpoint.url} gave no reply: {_without(secret, faults[0])}",
            remedy="Mend it and run it again; it goes on.",
        )


def _without(secret: str, text: str) -> str:
    """Words of others, short and without the key."""
    return (text.replace(secret, "[key]") if secret else text)[:300]


def _line(line: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / KEPT
    if not path.exists():
        return []
    whole = path.read_bytes()
    lines = [_line(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]
    return [one for one in lines if one]


def _n_kept(folder: Path) -> int:
    return len(_lines(folder))


def _replies(folder: Path, questions: Sequence[Question]) -> list[Reply]:
    tags = {one.probe.name: one.probe.tags for one in questions}
    found = [one for one in _lines(folder) if one.get("probe") in tags]
    return [reply_from(one, tags[one["probe"]]) for one in found]
