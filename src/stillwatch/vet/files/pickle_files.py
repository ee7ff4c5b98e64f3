"""Files of pickles: one, several after one another, joblib's with arrays, torch's old layout."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO, Final

from stillwatch.vet.files.pickle_machine import Trace, names_something, walk
from stillwatch.vet.files.pickle_rules import Reason, rule_on
from stillwatch.vet.files.pickle_values import Const, Global, Group, Made, Mapped, Value
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
MOST_PICKLES: Final = 10_000
_OWN: Final = "stillwatch"
_OLD_TORCH: Final = 5
"""Pickles before the raw numbers in torch's layout before 1.6."""


@dataclass(slots=True)
class Walked:
    """All pickles of a file, and how far they reach.

    Args:
        traces: in the file's order.
        size: of the file in bytes.
        end: offset after what was accounted for.
        because: what was found on the way that no single pickle tells.
    """

    traces: list[Trace]
    size: int
    end: int
    because: list[Reason]

    @property
    def whole(self) -> bool:
        """Whether every byte belongs to a pickle, or to what a pickle says follows it."""
        return self.end == self.size and all(one.stopped for one in self.traces)


def examine(stream: BinaryIO, size: int, name: str = _OWN, *, at: int = 0) -> Sight:
    """Say what loading a file of pickles would do, without loading it.

    Args:
        stream: seekable.
        size: bytes in it.
        name: of the scanner, for the sight.
        at: offset of the first pickle.
    """
    found = walk_all(stream, size, at)
    reasons = [one for trace in found.traces for one in rule_on(trace)] + found.because
    verdict = gravest([Verdict.CLEAN, *(one for one, _ in reasons)])
    said = [text for _, text in reasons]
    if not found.whole:
        last = found.traces[-1]
        if last.fault and not last.stopped:
            said.append(f"cannot be walked on at byte {last.end:,}: {last.fault}")
        else:
            said.append(f"{size - found.end:,} bytes follow that no pickle accounts for")
        verdict = Verdict.NOT_EXAMINED if verdict is Verdict.CLEAN else verdict
    return Sight(
        scanner=name, verdict=verdict, because=tuple(dict.fromkeys(said)), read_all=found.whole
    )


def walk_all(stream: BinaryIO, size: int, at: int = 0) -> Walked:
    """Walk every pickle of a file from an offset on."""
    found = Walked([], size, at, [])
    while found.end < size and len(found.traces) < MOST_PICKLES:
        stream.seek(found.end)
        arrays = _Arrays(size)
        trace = walk(stream, skip=arrays)
        found.traces += arrays.inner
        if not trace.stopped and found.traces and not trace.imports:
            break  # what follows the last pickle is none
        found.traces.append(trace)
        found.end = trace.end
        if not trace.stopped:
            break
        if len(found.traces) == _OLD_TORCH and _is_old_torch(found.traces):
            found.end = _after_storages(stream, found)
            break
    if not found.traces:
        found.traces.append(Trace(fault="empty"))
    return found


def looks_like_pickle(stream: BinaryIO) -> bool:
    """Whether a stream without a pickle's first byte would still do something when loaded."""
    trace = walk(stream, most_ops=5_000)
    if trace.calls or trace.built_on:
        return names_something(trace)
    return trace.stopped and trace.n_ops > 2


class _Arrays:
    """Moves past what joblib writes after an array's wrapper: raw bytes, or a pickle of objects."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.inner: list[Trace] = []

    def __call__(self, made: Value, stream: BinaryIO) -> None:
        if not (isinstance(made, Made) and _wraps_array(made) and isinstance(made.state, Mapped)):
            return
        state = made.state.items
        shape, n_each = _shape(state.get("shape")), _item_size(state.get("dtype"))
        if shape is None or n_each is None:
            if len(self.inner) >= MOST_PICKLES:
                raise ValueError("holds too many arrays of objects")
            self.inner.append(walk(stream, skip=self))
            return
        aligned = state.get("numpy_array_alignment_bytes")
        if isinstance(aligned, Const) and aligned.value is not None:
            n_pad = stream.read(1)
            if not n_pad:
                raise ValueError("ends within an array")
            stream.seek(n_pad[0], 1)
        after = stream.tell() + n_each * prod(shape)
        if after > self.size:
            raise ValueError("says that an array is longer than the file")
        stream.seek(after)


def _wraps_array(made: Made) -> bool:
    callee: Any = made.callee
    if isinstance(callee, Global) and callee.name in ("_reconstructor", "__newobj__"):
        callee = made.arguments.items[0] if isinstance(made.arguments, Group) else None
    return isinstance(callee, Global) and (callee.module, callee.name) == (
        "joblib.numpy_pickle", "NumpyArrayWrapper",
    )  # fmt: skip


def _shape(value: Value | None) -> tuple[int, ...] | None:
    if not isinstance(value, Group) or value.n != len(value.items):
        return None
    sizes = [one.value for one in value.items if isinstance(one, Const)]
    if len(sizes) != value.n or any(type(one) is not int or one < 0 for one in sizes):
        return None
    return tuple(sizes)


def _item_size(value: Value | None) -> int | None:
    """Bytes of one item of a dtype; None where items are objects or it is not plain."""
    if not (isinstance(value, Made) and isinstance(value.arguments, Group)):
        return None
    first = value.arguments.items[0] if value.arguments.items else None
    text = first.value if isinstance(first, Const) else None
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if not isinstance(text, str) or len(text) < 2 or not text[1:].isdigit():
        return None
    kind, n = text[0], int(text[1:])
    return {"U": 4 * n, "O": None}.get(kind, n) if kind in "biufcSVUOmM" else None


def _is_old_torch(traces: list[Trace]) -> bool:
    top = traces[0].top
    return isinstance(top, Const) and top.value == TORCH_MAGIC


def _after_storages(stream: BinaryIO, found: Walked) -> int:
    """Offset after the raw numbers of torch's layout before 1.6: a count, then the items."""
    widths = dict(one for pid in found.traces[3].persistent if (one := _storage(pid)) is not None)
    keys, at = found.traces[4].top, found.end
    for key in keys.items if isinstance(keys, Group) else ():
        stream.seek(at)
        n_items = int.from_bytes(stream.read(8), "little", signed=True)
        width = widths.get(key.value) if isinstance(key, Const) else None
        if width is None or n_items < 0 or at + 8 + n_items * width > found.size:
            break
        at += 8 + n_items * width
    return at


def _storage(wanted: Value) -> tuple[Any, int] | None:
    """Key and bytes an item of a storage that the main pickle asks for."""
    if not (isinstance(wanted, Group) and len(wanted.items) > 2):
        return None
    kind, key = wanted.items[1:3]
    if not (isinstance(kind, Global) and isinstance(key, Const) and kind.name in _WIDTHS):
        return None
    return key.value, _WIDTHS[kind.name]


_WIDTHS: Final = {
    "DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2,
    "LongStorage": 8, "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1,
    "BoolStorage": 1, "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16,
}  # fmt: skip
