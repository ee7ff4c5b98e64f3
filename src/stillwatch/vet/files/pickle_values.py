"""Symbols that stand on the stack while a pickle is walked through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Const:
    """A constant of the stream: text, bytes (cut), number, truth value or None."""

    value: Any


@dataclass(frozen=True, slots=True)
class Global:
    """Something imported; None stands for a name that is only made at load time."""

    module: str | None
    name: str | None


@dataclass(slots=True)
class Group:
    """A tuple, list or set; the first items are kept."""

    items: list[Value] = field(default_factory=list)
    n: int = 0
    is_tuple: bool = False


@dataclass(slots=True)
class Mapped:
    """A dict; the first items with constant keys are kept."""

    items: dict[Any, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """What a call gives, and the state it was given later."""

    callee: Value
    arguments: Value
    state: Value | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that loading would make.

    Args:
        callee: what is called.
        arguments: with what, as far as known.
        how: name of the opcode.
    """

    callee: Value
    arguments: Value
    how: str


class _Named:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


MARK: Final = _Named("MARK")
OPAQUE: Final = _Named("...")

Value = Const | Global | Group | Mapped | Made | _Named


def constants(value: Value, depth: int = 4) -> Iterator[Any]:
    """Every constant in a value, to a depth."""
    if isinstance(value, Const):
        yield value.value
    elif depth:
        for one in _parts(value):
            yield from constants(one, depth - 1)


def _parts(value: Value) -> Iterator[Value]:
    if isinstance(value, Group):
        yield from value.items
    elif isinstance(value, Mapped):
        yield from value.items.values()
    elif isinstance(value, Made):
        yield value.arguments
        if value.state is not None:
            yield value.state
