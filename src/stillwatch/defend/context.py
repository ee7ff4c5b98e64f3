"""What stood before a block of reasoning, and what was made of it afterwards, as digests.

A history is a list of items: system text, tools, what either side said, results of tools, and
sealed reasoning. Reasoning itself does not count as context, because clients may leave older
blocks out; everything else does, in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

START: Final = hashlib.sha256(b"stillwatch.context/1").digest()
MODEL_ROLES: Final = frozenset({"assistant", "model"})


class Item(NamedTuple):
    """One item of a history.

    Args:
        role: whose it is: ``system``, ``user``, ``assistant``, ``tool``.
        kind: what it is: ``text``, ``tool_use`` and so on.
        body: its content in canonical bytes.
        token: sealed reasoning, if it is that; then ``body`` is not read.
    """

    role: str
    kind: str
    body: bytes = b""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Presented:
    """A token where it stands in a history.

    Args:
        token: as it was sent.
        before: digest of the context before it.
        after: digest of what was made of it: the rest of the answer and what was said to it.
    """

    token: str
    before: bytes
    after: bytes


def extended(digest: bytes, item: Item) -> bytes:
    """Digest of a context and one item more. Lengths are told, so that no two lists are one."""
    grown = hashlib.sha256(digest)
    for part in (item.role.encode(), item.kind.encode(), item.body):
        grown.update(len(part).to_bytes(8, "big"))
        grown.update(part)
    return grown.digest()


def context_digest(items: Iterable[Item]) -> bytes:
    """Digest of a whole context; reasoning does not count.

    >>> said = Item("user", "text", b"2 + 2?")
    >>> context_digest([said]) == context_digest([Item("assistant", "reasoning", token="t"), said])
    True
    >>> context_digest([said]) == context_digest([Item("user", "text", b"2 + 3?")])
    False
    """
    digest = START
    for item in items:
        if not item.token:
            digest = extended(digest, item)
    return digest


def presented(items: Sequence[Item]) -> list[Presented]:
    """Every token of a history with the digests around it; time and memory grow with its length.

    What was made of a token is the rest of the model's turn and the first turn of the other
    side after it. It stays the same while the conversation goes on, and changes when somebody
    tries another question on the same reasoning.
    """
    after = _afterwards(items)
    found = []
    digest = START
    for place, item in enumerate(items):
        if item.token:
            found.append(Presented(item.token, digest, after[place]))
        else:
            digest = extended(digest, item)
    return found


def _afterwards(items: Sequence[Item]) -> dict[int, bytes]:
    """What follows each token, by its place, read from the end so that nothing is read twice."""
    found: dict[int, bytes] = {}
    digest, follows_model = START, True
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        if item.token:
            found[place] = digest
            continue
        is_model = item.role in MODEL_ROLES
        if not is_model and follows_model:
            digest = START
        digest = extended(digest, item)
        follows_model = is_model
    return found
