"""Parsing: objects out of hostile bytes, one at a time, within bounds.

A bundle is read as a stream, so that one object that is too large, too deep or told twice is set
aside and the others are kept. What is not JSON at all ends the reading; the objects before it stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import ijson
from ijson.common import IncompleteJSONError, JSONError

#: what is fed at a time: the lexer reads a string anew that a piece has cut, so that small pieces
#: make long strings dear, and large ones hold many events at once.
_CHUNK: Final = 1 << 18
_LOST: Final = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a bundle may be at most.

    Args:
        n_bytes: of the whole, after decompression.
        n_objects: that are taken.
        depth: of lists and tables in one another.
        n_values: in one object.
        n_chars: in one string.
        n_refused: refusals that are told one by one; the rest are counted.
    """

    n_bytes: int = 32 << 20
    n_objects: int = 20_000
    depth: int = 24
    n_values: int = 4_000
    n_chars: int = 16_384
    n_refused: int = 200


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not taken.

    Args:
        where: id of the object, or its place in the bundle.
        why: a sentence.
    """

    where: str
    why: str

    def to_json(self) -> dict[str, str]:
        """Plain values."""
        return {"where": self.where, "why": self.why}


def objects_in(data: bytes, limits: Limits) -> Iterator[dict[str, Any] | Refused]:
    """The objects of a bundle or of an envelope of TAXII, in order, and what was refused."""
    if len(data) > limits.n_bytes:
        yield Refused("the bundle", f"is {len(data)} bytes; at most {limits.n_bytes} are read")
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        yield Refused("the bundle", f"is not UTF-8 at byte {error.start}; what holds it is refused")
        data = data.decode(errors="replace").encode()
    reader = _Reader(limits)
    events = ijson.sendable_list()
    feed = ijson.basic_parse_coro(events, use_float=True)
    n_read = 0
    try:
        for at in range(0, len(data), _CHUNK):
            feed.send(data[at : at + _CHUNK])
            n_read = min(at + _CHUNK, len(data))
            yield from reader.take(events)
            del events[:]
            if reader.ended:
                return
        feed.close()
        yield from reader.take(events)
    except (JSONError, IncompleteJSONError, ValueError, OverflowError, RecursionError) as error:
        yield from reader.take(events)
        said = str(error).strip().splitlines()
        yield Refused(
            "the bundle",
            f"is no JSON near byte {n_read}: {(said[0] if said else 'it ends too soon')[:120]}; "
            f"{reader.n_taken} objects before were read",
        )
        return
    yield from reader.done()


class _Reader:
    """Builds the objects of the list ``objects`` from events."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ended = False
        self.n_taken = 0
        self._depth = 0
        self._key = ""
        self._in_list = False
        self._seen_list = False
        self._n = 0
        self._why = ""
        self._stack: list[Any] = []
        self._keys: list[str] = []
        self._n_values = 0

    def take(self, events: list[tuple[str, Any]]) -> Iterator[dict[str, Any] | Refused]:
        """Go on with some events."""
        for event, value in events:
            if self.ended:
                return
            if self._stack or self._why:
                yield from self._inside(event, value)
            else:
                yield from self._outside(event, value)

    def done(self) -> Iterator[Refused]:
        """Say what was missing, at the end."""
        if not self._seen_list and not self.ended:
            yield Refused("the bundle", "holds no list of objects")

    def _outside(self, event: str, value: Any) -> Iterator[dict[str, Any] | Refused]:
        starts, ends = event.startswith("start_"), event.startswith("end_")
        if self._in_list and self._depth == 2:
            if event == "end_array":
                self._in_list, self._depth = False, 1
            elif event == "start_map":
                yield from self._begin()
            else:
                yield Refused(f"object {self._n}", "is no table")
                self._n += 1
                if starts:
                    self._why, self._depth = "-", 3
            return
        if event == "map_key" and self._depth == 1:
            self._key = value
        if event == "start_array" and self._depth == 1 and self._key == "objects":
            if self._seen_list:
                self.ended = True
                yield Refused("the bundle", "has two lists of objects")
                return
            self._in_list = self._seen_list = True
        self._depth += starts - ends
        if self._depth > self.limits.depth:
            self.ended = True
            yield Refused("the bundle", f"is nested more than {self.limits.depth} deep")

    def _begin(self) -> Iterator[Refused]:
        if self._n >= self.limits.n_objects:
            self.ended = True
            yield Refused("the bundle", f"holds more than {self.limits.n_objects} objects")
            return
        self._depth, self._n_values, self._why = 3, 0, ""
        self._stack, self._keys = [{}], [""]

    def _inside(self, event: str, value: Any) -> Iterator[dict[str, Any] | Refused]:
        if event.startswith("end_"):
            self._depth -= 1
            if self._depth == 2:
                yield from self._finish()
            elif not self._why:
                self._stack.pop()
                self._keys.pop()
            return
        if event.startswith("start_"):
            self._depth += 1
        if self._why:
            return
        self._why = self._refusal(event, value)
        if self._why:
            self._stack = self._stack[:1]
        elif event == "map_key":
            self._keys[-1] = value
        else:
            self._put(event, value)

    def _refusal(self, event: str, value: Any) -> str:
        limits = self.limits
        self._n_values += event != "map_key"
        if self._depth - 2 > limits.depth:
            return f"is nested more than {limits.depth} deep"
        if self._n_values > limits.n_values:
            return f"holds more than {limits.n_values} values"
        if isinstance(value, str) and event in ("string", "map_key"):
            if len(value) > limits.n_chars:
                return f"holds a string of {len(value)} characters; at most {limits.n_chars}"
            if _LOST in value:
                return "holds bytes that are no UTF-8"
            if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
                return "holds half a character"
            if event == "map_key" and value in self._stack[-1]:
                return "holds one key twice"
        elif isinstance(value, int) and abs(value) > (1 << 53):
            return "holds a number that JSON cannot carry"
        return ""

    def _put(self, event: str, value: Any) -> None:
        made: Any = {} if event == "start_map" else [] if event == "start_array" else value
        top = self._stack[-1]
        if isinstance(top, dict):
            top[self._keys[-1]] = made
        else:
            top.append(made)
        if event.startswith("start_"):
            self._stack.append(made)
            self._keys.append("")

    def _finish(self) -> Iterator[dict[str, Any] | Refused]:
        place = f"object {self._n}"
        self._n += 1
        if self._why and self._why != "-":
            named = self._stack[0].get("id") if self._stack else None
            plain = isinstance(named, str) and named.isascii() and named.isprintable()
            shown = str(named) if plain and 0 < len(str(named)) < 90 else place
            yield Refused(shown, self._why)
        elif not self._why:
            self.n_taken += 1
            yield self._stack[0]
        self._stack, self._keys, self._why = [], [], ""
