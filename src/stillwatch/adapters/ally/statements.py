"""A quorum as a signed statement, with what its voices signed, for whoever was not there."""

from __future__ import annotations

from typing import Any

import orjson

from stillwatch.adapters.ally.node import HEADER, Node
from stillwatch.adapters.signing import opened, sign, signer_of
from stillwatch.ally.equivocation import header_from
from stillwatch.ally.notes import opinion_mark
from stillwatch.ally.quorum import SCHEMA, Quorum
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput

STATEMENT = "ally-quorum"


def statement_of(node: Node, found: Quorum) -> bytes:
    """The quorum as this node saw it, signed by it, with the signed header of each voice's note.

    The headers show that each node signed what is counted, and nothing else of it.
    """
    wanted = {voice.note for voice in found.voices if voice.note}
    headers = [env for header, env in node.store.headers().items() if header.note in wanted]
    told = {**found.to_json(), "seen_by": node.name, "headers": headers}
    return orjson.dumps(sign(told, STATEMENT, node.key), option=orjson.OPT_APPEND_NEWLINE)


def read_statement(data: bytes, public_keys: dict[str, str]) -> dict[str, Any]:
    """A statement, checked: who saw it, its id, and that every voice signed a note on just this.

    Args:
        data: as :func:`statement_of` made it.
        public_keys: pinned keys by node.

    Raises:
        BadInput: it is no statement, a signature does not hold, a voice is not signed by its
            node, or a node has two.
    """
    try:
        envelope = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadInput("is no JSON.") from None
    name = signer_of(envelope)
    if name not in public_keys:
        raise BadInput("is signed by nobody who is known.", where=name[:64])
    told = opened(envelope, STATEMENT, name, public_keys[name])
    try:
        _check(told, name, public_keys)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"is no statement: {type(error).__name__}.", where=name) from None
    return told


def _check(told: dict[str, Any], name: str, public_keys: dict[str, str]) -> None:
    signed = set()
    for one in told["headers"]:
        by = signer_of(one)
        if by not in public_keys:
            raise BadInput("a voice is nobody's who is known.", where=by[:64])
        header = header_from(opened(one, HEADER, by, public_keys[by]))
        if header.node == by:
            signed.add((by, header.note, header.topic_mark))
    content = {k: v for k, v in told.items() if k not in ("schema", "id", "seen_by", "headers")}
    if told.get("schema") != SCHEMA or told.get("id") != digest_of("quorum", content):
        raise BadInput("the statement's id is not the digest of its content.", where=name)
    heard = set()
    for voice in told["voices"]:
        node = str(voice["node"])
        if node in heard:
            raise BadInput("a node has two voices.", where=node[:64])
        heard.add(node)
        speaks = voice["stance"] or voice["note"] or voice["said_bits"] or voice["counted_bits"]
        place = (node, voice["note"], opinion_mark(node, told["about"], told["claim"]))
        if speaks and place not in signed:
            raise BadInput("a voice is not signed by its node on this.", where=node[:64])
