"""Requests of Anthropic's and OpenAI's shapes as items of a history, in canonical bytes.

Two spellings of one history give the same items: text as a string or as a part, keys in any
order, hints about caching. Whatever is not known counts as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from stillwatch.defend.context import Item

#: keys that say how to serve, not what was said; clients move and drop them.
_UNSAID: Final = frozenset({"cache_control", "id", "status", "annotations"})
#: whose id says which result belongs to which call.
_NAMED: Final = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_TEXT: Final = frozenset({"text", "input_text", "output_text"})


def items_of(body: Mapping[str, Any]) -> list[Item]:
    """The history of a request: tools, system text, then every message in order.

    >>> one = {"messages": [{"role": "user", "content": "hi"}]}
    >>> two = {"messages": [{"content": [{"text": "hi", "type": "text"}], "role": "user"}]}
    >>> items_of(one) == items_of(two)
    True
    """
    return list(_items(body))


def conversation_of(body: Mapping[str, Any], named: str = "") -> str:
    """The id of a conversation: the one that was named, or a digest of how it opened.

    A provider without ids of conversations has the opening: tools, system text and everything
    up to the first answer.
    """
    if named:
        return named
    digest = hashlib.sha256(b"stillwatch.opening/1")
    for item in _items(body):
        if item.role == "assistant":
            break
        for part in (item.role.encode(), item.kind.encode(), item.body):
            digest.update(len(part).to_bytes(8, "big") + part)
    return "opening:" + digest.hexdigest()[:32]


def _items(body: Mapping[str, Any]) -> Iterator[Item]:
    for tool in body.get("tools") or ():
        yield Item("system", "tool", _canonical(tool))
    system = body.get("system") or body.get("instructions")
    if system:
        yield from _parts("system", system)
    turns = body.get("messages")
    if turns is None:
        turns = body.get("input")
    if isinstance(turns, str):
        yield Item("user", "text", turns.encode("utf-8", "replace"))
        return
    for turn in turns if isinstance(turns, list) else ():
        yield from _turn(turn)


def _turn(turn: Any) -> Iterator[Item]:
    if not isinstance(turn, Mapping):
        yield Item("user", "unknown", _canonical(turn))
        return
    role = turn.get("role")
    if not isinstance(role, str):
        kind = str(turn.get("type", "unknown"))
        yield _part("tool" if kind.endswith("_output") else "assistant", turn)
        return
    content = turn.get("content")
    if content is not None:
        yield from _parts(role, content)
    rest = {k: v for k, v in turn.items() if k not in ("role", "content", "type") and v}
    if said := {k: v for k, v in rest.items() if k not in _UNSAID}:
        yield Item(role, "rest", _canonical(said))


def _parts(role: str, content: Any) -> Iterator[Item]:
    if isinstance(content, list):
        for part in content:
            yield _part(role, part)
    else:
        yield _part(role, content)


def _part(role: str, part: Any) -> Item:
    if isinstance(part, str):
        return Item(role, "text", part.encode("utf-8", "replace"))
    if not isinstance(part, Mapping):
        return Item(role, "unknown", _canonical(part))
    kind = str(part.get("type", "unknown"))
    if token := _token(kind, part):
        return Item("assistant", "reasoning", token=token)
    text = part.get("text")
    if kind in _TEXT and isinstance(text, str):
        return Item(role, "text", text.encode("utf-8", "replace"))
    return Item(role, kind, _canonical(part))


def _token(kind: str, part: Mapping[str, Any]) -> str:
    """Sealed reasoning in a part, under the names that providers give it."""
    found: Any = None
    if kind == "thinking":
        found = part.get("signature") or "absent"
    elif kind == "redacted_thinking":
        found = part.get("data") or "absent"
    elif kind == "reasoning":
        found = part.get("encrypted_content") or part.get("signature") or "absent"
    return "" if found is None else str(found)


def _canonical(value: Any) -> bytes:
    if isinstance(value, Mapping):
        keeps_id = value.get("type") in _NAMED if isinstance(value.get("type"), str) else False
        value = {k: v for k, v in value.items() if k not in _UNSAID or (k == "id" and keeps_id)}
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers of more than 64 bits, halves of surrogate pairs
        return json.dumps(value, sort_keys=True).encode()
