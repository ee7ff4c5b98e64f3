"""Pull from every other member, again and again; what was pulled is pulled once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from stillwatch.adapters.ally.members import Member
from stillwatch.adapters.ally.node import Node, now_us, told_of
from stillwatch.adapters.settled import put_in_place
from stillwatch.adapters.signing import opened, sign, signer_of
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed

PULL, GIVEN, BUNDLE = "ally-pull", "ally-given", "ally-bundle"
FRESH_US: Final = 600_000_000
MOST_BYTES: Final = 64 * 2**20
MOST_ROUNDS: Final = 64
"""Of one pull; what is left comes with the next."""
_PATIENCE_S: Final = 20.0


def answer_pull(node: Node, envelope: Any) -> dict[str, Any]:
    """Give a member what it asks for, signed.

    Raises:
        BadInput: it is no member, not signed by it, not for this node or not of now.
        NotAllowed: it has left.
    """
    name = signer_of(envelope)
    told = opened(envelope, PULL, name, node.members.other(name).public_key)
    made_us = told.get("made_us")
    if told.get("to") != node.name or told.get("from") != name:
        raise BadInput("is addressed to somebody else.", where=name)
    if not isinstance(made_us, int) or abs(now_us() - made_us) > FRESH_US:
        raise BadInput("is not of now.", where=name, remedy="Check the clocks.")
    given = node.give(name, _number(told, "after"), _number(told, "headers_after"))
    return sign({**given, "to": name, "nonce": str(told.get("nonce"))[:64]}, GIVEN, node.key)


def pull(node: Node, member: Member) -> dict[str, int]:
    """Pull what is new from one member; once more from the start where its store is another.

    Raises:
        OutsideFailed: it cannot be reached.
        BadInput: its answer does not hold.
    """
    path = node.members.folder / "cursors" / f"{member.name}.json"
    cursor = _cursor(path)
    total: dict[str, int] = {}
    with _client(member) as client:
        for _ in range(MOST_ROUNDS):
            told = _asked(node, member, client, cursor)
            if cursor["store"] and told["store"] != cursor["store"]:
                cursor = {"store": "", "after": 0, "headers_after": 0}
                told = _asked(node, member, client, cursor)
            for name, n in node.take(told, member.name).items():
                total[name] = total.get(name, 0) + n
            moved = {
                "store": str(told["store"]), "after": _number(told, "last"),
                "headers_after": _number(told, "headers_last"),
            }  # fmt: skip
            if moved == cursor:
                return total
            cursor = moved
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_in_place(path, orjson.dumps(cursor))
    return total


def pull_all(node: Node, say: Callable[[str], None]) -> dict[str, str]:
    """Pull from every member; what became of each."""
    found = {}
    for member in node.members.others:
        if not member.url or node.has_left(member.name):
            continue
        try:
            counts = pull(node, member)
            found[member.name] = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
        except Exception as error:  # whatever one member tells, the others are pulled from
            found[member.name] = told_of(error)
            say(f"{member.name}: {told_of(error)}")
    return found


def keep_pulling(
    node: Node, stop: threading.Event, say: Callable[[str], None], every_s: float
) -> None:
    """Pull until told to stop; a member that is away is asked again."""
    quiet: dict[str, str] = {}

    def changed(line: str) -> None:
        name = line.partition(":")[0]
        if quiet.get(name) != line:
            quiet[name] = line
            say(line)

    while not stop.is_set():
        try:
            node.drop()
            if not node.has_left(node.name):
                pull_all(node, changed)
        except Exception as error:  # a thread that ends would never pull again
            changed(f"pulling: {told_of(error)}")
        stop.wait(every_s)


def pack(node: Node, to: str) -> bytes:
    """All that a member may have, signed, for a member that no network reaches."""
    given: dict[str, Any] = {"notes": [], "headers": []}
    after = headers_after = 0
    while True:
        part = node.give(to, after, headers_after)
        given["notes"] += part["notes"]
        given["headers"] += part["headers"]
        if (part["last"], part["headers_last"]) == (after, headers_after):
            break
        after, headers_after = part["last"], part["headers_last"]
    return orjson.dumps(sign({**given, "to": to, "made_us": now_us()}, BUNDLE, node.key))


def unpack(node: Node, data: bytes) -> dict[str, int]:
    """Take a bundle; taking it twice changes nothing.

    Raises:
        BadInput: it is no bundle, not signed by a member, too long, or not for this node.
    """
    if len(data) > MOST_BYTES:
        raise BadInput(f"is longer than {MOST_BYTES} bytes.")
    try:
        envelope = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadInput("is no JSON.") from None
    name = signer_of(envelope)
    told = opened(envelope, BUNDLE, name, node.members.other(name).public_key)
    if told.get("to") != node.name:
        raise BadInput("is addressed to somebody else.", where=name)
    total: dict[str, int] = {}
    notes, headers = _listed(told, "notes"), _listed(told, "headers")
    while notes or headers:
        part = {"notes": notes[:500], "headers": headers[:2_000]}
        notes, headers = notes[500:], headers[2_000:]
        for kind, n in node.take(part, name).items():
            total[kind] = total.get(kind, 0) + n
    return total


def _asked(
    node: Node, member: Member, client: httpx.Client, cursor: dict[str, Any]
) -> dict[str, Any]:
    nonce = secrets.token_hex(16)
    wish = {
        "from": node.name, "to": member.name, "after": cursor["after"],
        "headers_after": cursor["headers_after"], "made_us": now_us(), "nonce": nonce,
    }  # fmt: skip
    try:
        with client.stream(
            "POST", "/ally/v1/pull", content=orjson.dumps(sign(wish, PULL, node.key))
        ) as reply:
            data = bytearray()
            for part in reply.iter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise BadInput("answers with too much.", where=member.name)
            status = reply.status_code
    except httpx.HTTPError as error:
        raise OutsideFailed(f"{member.url}: {type(error).__name__}.") from None
    if status == 403:
        raise NotAllowed("it gives us nothing: one of us has left.", by_rule="leaving")
    if status != 200:
        raise OutsideFailed(f"{member.url}: HTTP {status}.")
    try:
        envelope = orjson.loads(bytes(data))
    except orjson.JSONDecodeError:
        raise BadInput("answers no JSON.", where=member.name) from None
    told = opened(envelope, GIVEN, member.name, member.public_key)
    if (told.get("to"), told.get("nonce")) != (node.name, nonce):
        raise BadInput("answers somebody else.", where=member.name)
    if not isinstance(told.get("store"), str):
        raise BadInput("does not name its store.", where=member.name)
    return told


def _client(member: Member) -> httpx.Client:
    # in the clear there is nothing to verify, and loading authorities costs more than a pull
    verify: Any = member.url.startswith("https:") and (str(member.authority or "") or True)
    return httpx.Client(base_url=member.url, timeout=_PATIENCE_S, verify=verify)


def _cursor(path: Path) -> dict[str, Any]:
    try:
        told = orjson.loads(path.read_bytes())
        return {
            "store": str(told["store"]), "after": int(told["after"]),
            "headers_after": int(told["headers_after"]),
        }  # fmt: skip
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return {"store": "", "after": 0, "headers_after": 0}


def _number(told: dict[str, Any], name: str) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadInput(f"{name} is no number.")
    return value


def _listed(told: dict[str, Any], name: str) -> list[Any]:
    value = told.get(name)
    return value if isinstance(value, list) else []
