"""A pickle walked through, never loaded: what it imports, what it calls, where it ends.

Opcodes are decoded by :mod:`pickletools`; a stack and a memo of symbols follow them as the real
unpickler's would, so that a name that is put together by way of the memo is seen as it will be
used. Nothing is imported and nothing is called.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from stillwatch.vet.files.pickle_values import (
    MARK,
    OPAQUE,
    Call,
    Const,
    Global,
    Group,
    Made,
    Mapped,
    Value,
)

MOST_OPS: Final = 20_000_000
"""Opcodes that are walked in one pickle at most."""
_CONSTANTS = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 STRING BINSTRING SHORT_BINSTRING BINBYTES "
    "SHORT_BINBYTES BINBYTES8 BYTEARRAY8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 FLOAT "
    "BINFLOAT".split()
)
_FIXED: dict[str, bool | None] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_HIGHEST_PROTOCOL = 5
_NOTHING = frozenset({"FRAME", "READONLY_BUFFER", "STOP"})
_LONGEST_CONSTANT = 4096
_MOST_KEPT = 4096
_MOST_PERSISTENT = 100_000

Skip = Callable[[Value, BinaryIO], None]
"""Called with what BUILD made; moves the stream past raw bytes that belong to it."""


@dataclass(slots=True)
class Trace:
    """What one pickle of a stream does when it is loaded.

    Args:
        start: offset of its first byte.
        end: offset after the last byte that was walked.
        imports: module and name of each, in order, once; None for what only loading tells.
        calls: what it calls, in order, the first thousand.
        built_on: imported things whose attributes it sets.
        stopped: whether it ended as a pickle ends.
        fault: why it could not be walked on; empty where it could.
        persistent: ids of objects that it asks its loader for, the first ones.
        top: what the pickle gives, as far as it is known.
        n_ops: opcodes walked.
    """

    start: int = 0
    end: int = 0
    imports: dict[tuple[str | None, str | None], None] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    built_on: list[Global] = field(default_factory=list)
    stopped: bool = False
    fault: str = ""
    persistent: list[Value] = field(default_factory=list)
    top: Value = OPAQUE
    n_ops: int = 0


def names_something(trace: Trace) -> bool:
    """Whether a pickle imports something by a name that could be one.

    Raw numbers decode to a few opcodes now and then; a name that could be one does not come of it.
    """
    return any(
        module and name and all(part.isidentifier() for part in f"{module}.{name}".split("."))
        for module, name in trace.imports
    )


def walk(stream: BinaryIO, *, skip: Skip | None = None, most_ops: int = MOST_OPS) -> Trace:
    """Walk one pickle from where the stream stands.

    Args:
        stream: seekable, open for reading bytes; left after the last byte walked.
        skip: see :data:`Skip`; joblib's arrays stand between opcodes.
        most_ops: opcodes to walk at most, >= 1.

    Returns:
        The trace; a stream that is no pickle has a ``fault`` and nothing else.

    >>> from io import BytesIO
    >>> list(walk(BytesIO(b"cos\\nsystem\\n(S'true'\\ntR.")).imports)
    [('os', 'system')]
    """
    with warnings.catch_warnings():
        return _Machine(stream, skip).run(most_ops)


class _Machine:
    def __init__(self, stream: BinaryIO, skip: Skip | None) -> None:
        self.stream = stream
        self.skip = skip
        self.stack: list[Value] = []
        self.memo: dict[int, Value] = {}
        self.trace = Trace(start=stream.tell())

    def run(self, most_ops: int) -> Trace:
        trace = self.trace
        try:
            warnings.simplefilter("ignore")  # what a decoder warns of is no concern of whoever asks
            for code, argument, _ in pickletools.genops(self.stream):
                trace.n_ops += 1
                self.step(code, argument)
                if trace.n_ops >= most_ops:
                    trace.fault = f"more than {most_ops:,} opcodes"
                    break
        except Exception as error:
            # Whatever decoding gives: ValueError, struct.error, UnicodeDecodeError, IndexError ...
            trace.fault = f"{type(error).__name__}: {error}"[:200]
        trace.end = self.stream.tell()
        return trace

    def step(self, code: pickletools.OpcodeInfo, argument: Any) -> None:
        name = code.name
        if name in _CONSTANTS:
            self.stack.append(Const(_short(argument)))
        elif name in _FIXED:
            self.stack.append(Const(_FIXED[name]))
        elif special := getattr(self, f"op_{name.lower()}", None):
            special(argument)
        elif name not in _NOTHING:
            self.generic(code)

    def generic(self, code: pickletools.OpcodeInfo) -> None:
        before = list(code.stack_before)
        if pickletools.markobject in before:
            self.to_mark()
            before = before[: before.index(pickletools.markobject)]
        for _ in before:
            self.stack.pop()
        self.stack.extend(OPAQUE for _ in code.stack_after)

    def to_mark(self) -> list[Value]:
        items: list[Value] = []
        while (value := self.stack.pop()) is not MARK:
            items.append(value)
        items.reverse()
        return items

    # -- the end, marks and the memo

    def op_stop(self, _: Any) -> None:
        self.trace.top = self.stack.pop()
        self.trace.stopped = True

    def op_proto(self, argument: Any) -> None:
        if argument > _HIGHEST_PROTOCOL:
            raise ValueError(f"protocol {argument}, which no unpickler takes")

    def op_mark(self, _: Any) -> None:
        self.stack.append(MARK)

    def op_pop(self, _: Any) -> None:
        self.stack.pop()

    def op_pop_mark(self, _: Any) -> None:
        self.to_mark()

    def op_dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def op_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def op_put(self, at: Any) -> None:
        self.memo[int(at)] = self.stack[-1]

    op_binput = op_put
    op_long_binput = op_put

    def op_get(self, at: Any) -> None:
        self.stack.append(self.memo[int(at)])

    op_binget = op_get
    op_long_binget = op_get

    # -- imports

    def imported(self, module: Any, name: Any) -> Global:
        known = (
            module if isinstance(module, str) else None,
            name if isinstance(name, str) else None,
        )
        self.trace.imports[known] = None
        return Global(*known)

    def op_global(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        self.stack.append(self.imported(module, name))

    def op_stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(
            self.imported(getattr(module, "value", None), getattr(name, "value", None))
        )

    def op_ext1(self, _: Any) -> None:
        self.stack.append(self.imported(None, None))

    op_ext2 = op_ext1
    op_ext4 = op_ext1

    def asked_for(self, wanted: Value) -> None:
        if len(self.trace.persistent) < _MOST_PERSISTENT:
            self.trace.persistent.append(wanted)
        self.stack.append(OPAQUE)

    def op_persid(self, argument: Any) -> None:
        self.asked_for(Const(argument))

    def op_binpersid(self, _: Any) -> None:
        self.asked_for(self.stack.pop())

    # -- calls

    def called(self, callee: Value, arguments: Value, how: str) -> None:
        if len(self.trace.calls) < 1000:
            self.trace.calls.append(Call(callee, arguments, how))
        self.stack.append(Made(callee, arguments))

    def op_reduce(self, _: Any) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        self.called(callee, arguments, "REDUCE")

    def op_newobj(self, _: Any) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        self.called(callee, arguments, "NEWOBJ")

    def op_newobj_ex(self, _: Any) -> None:
        named, arguments, callee = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.called(callee, Group([arguments, named], 2, True), "NEWOBJ_EX")

    def op_inst(self, argument: Any) -> None:
        module, _, name = str(argument).partition(" ")
        arguments = _group(self.to_mark(), is_tuple=True)
        self.called(self.imported(module, name), arguments, "INST")

    def op_obj(self, _: Any) -> None:
        items = self.to_mark()
        self.called(items[0], _group(items[1:], is_tuple=True), "OBJ")

    def op_build(self, _: Any) -> None:
        state = self.stack.pop()
        made = self.stack[-1]
        if isinstance(made, Global):
            self.trace.built_on.append(made)
        elif isinstance(made, Made):
            made.state = state
            if self.skip is not None:
                self.skip(made, self.stream)

    # -- containers

    def op_empty_tuple(self, _: Any) -> None:
        self.stack.append(Group(is_tuple=True))

    def op_empty_list(self, _: Any) -> None:
        self.stack.append(Group())

    op_empty_set = op_empty_list

    def op_empty_dict(self, _: Any) -> None:
        self.stack.append(Mapped())

    def op_tuple(self, _: Any) -> None:
        self.stack.append(_group(self.to_mark(), is_tuple=True))

    def op_list(self, _: Any) -> None:
        self.stack.append(_group(self.to_mark()))

    op_frozenset = op_list

    def op_dict(self, _: Any) -> None:
        made = Mapped()
        _put(made, self.to_mark())
        self.stack.append(made)

    def op_tuple1(self, _: Any) -> None:
        self.tuple_of(1)

    def op_tuple2(self, _: Any) -> None:
        self.tuple_of(2)

    def op_tuple3(self, _: Any) -> None:
        self.tuple_of(3)

    def tuple_of(self, n: int) -> None:
        items = [self.stack.pop() for _ in range(n)]
        self.stack.append(_group(items[::-1], is_tuple=True))

    def op_append(self, _: Any) -> None:
        item = self.stack.pop()
        _extend(self.stack[-1], [item])

    def op_appends(self, _: Any) -> None:
        items = self.to_mark()
        _extend(self.stack[-1], items)

    op_additems = op_appends

    def op_setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _put(self.stack[-1], [key, value])

    def op_setitems(self, _: Any) -> None:
        items = self.to_mark()
        _put(self.stack[-1], items)


def _short(value: Any) -> Any:
    if isinstance(value, (str, bytes, bytearray)) and len(value) > _LONGEST_CONSTANT:
        return value[:_LONGEST_CONSTANT]
    return value


def _group(items: list[Value], *, is_tuple: bool = False) -> Group:
    return Group(items[:_MOST_KEPT], len(items), is_tuple)


def _extend(into: Value, items: list[Value]) -> None:
    if isinstance(into, Group):
        into.items.extend(items[: max(0, _MOST_KEPT - len(into.items))])
        into.n += len(items)


def _put(into: Value, items: list[Value]) -> None:
    if isinstance(into, Mapped):
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, Const) and len(into.items) < _MOST_KEPT:
                into.items[_key(key.value)] = value


def _key(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray) else value
