"""From rows (JSON) to record batches of the contract.

A column whose values all have the right type takes a fast path. Otherwise each
value is taken as it can be: what cannot be is null and counted under its column.
A row whose required field cannot be had is set aside.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.adapters.readers.interface import Row
from stillwatch.adapters.readers.limits import LIMITS, TEMPERATURES
from stillwatch.adapters.readers.times import time_us
from stillwatch.model.exchange import EXCHANGES_SCHEMA, REQUIRED

_NONE = type(None)
_TIME = pa.timestamp("us", tz="UTC")
_UINT64 = (0, 2**64 - 1)


#: one row as a tuple in the order of ``EXCHANGES_SCHEMA``.
Values = tuple[Any, ...]

_NAMES = tuple(EXCHANGES_SCHEMA.names)


def as_values(row: Row) -> Values:
    """A row as a tuple; keys that are no column are dropped."""
    return tuple(map(row.get, _NAMES))


def to_batch(
    rows: Sequence[Values], n_nulled: Counter[str]
) -> tuple[pa.RecordBatch, list[tuple[int, str]]]:
    """Build a batch of the contract.

    Args:
        rows: (n,) rows from ``as_values``, n >= 1.
        n_nulled: grows by the optional values that could not be taken.

    Returns:
        The batch of the good rows, in order, and (position, reason) of the others.
    """
    arrays: list[pa.Array] = []
    faults: dict[int, str] = {}
    for field, values in zip(EXCHANGES_SCHEMA, zip(*rows, strict=True), strict=True):
        if field.name in REQUIRED:
            array = _required(field.name, values, faults)
        else:
            array = _optional(field.name, field.type, values, n_nulled)
        arrays.append(array)
    batch = pa.RecordBatch.from_arrays(arrays, schema=EXCHANGES_SCHEMA)
    if faults:
        good = pa.array([position not in faults for position in range(len(rows))], pa.bool_())
        batch = batch.filter(good)
    return batch, sorted(faults.items())


def _required(name: str, values: Sequence[Any], faults: dict[int, str]) -> pa.Array:
    if name == "sent_at":
        taken: Sequence[Any] = _times(values)
        kind: pa.DataType = _TIME
    else:
        kinds = set(map(type, values))
        taken = values if kinds == {str} else [_text(value) for value in values]
        kind = pa.string()
    if None in taken or (name != "sent_at" and "" in taken):
        for position, value in enumerate(taken):
            if value is None or value == "":
                absent = values[position] is None or values[position] == ""
                why = "is missing" if absent else "cannot be read"
                faults.setdefault(position, f"{name} {why}")
    return pa.array(taken, kind)


def _times(values: Sequence[Any]) -> list[int | None]:
    return [time_us(value) for value in values]


def _optional(
    name: str, kind: pa.DataType, values: Sequence[Any], n_nulled: Counter[str]
) -> pa.Array:
    kinds = set(map(type, values)) - {_NONE}
    if not kinds:
        return pa.nulls(len(values), kind)
    if name in _EXPECTED and kinds == {_EXPECTED[name]}:
        try:
            array = pa.array(values, kind)
        except (pa.ArrowException, OverflowError, ValueError):
            pass
        else:
            if _within(name, array):
                return array
    take = _taker(name, kind)
    taken = [None if value is None else take(value) for value in values]
    n_lost = taken.count(None) - values.count(None)
    if n_lost:
        n_nulled[name] += n_lost
    return pa.array(taken, kind)


def _within(name: str, array: pa.Array) -> bool:
    if pa.types.is_list(array.type):
        return bool(array.values.null_count == 0)
    low, high = TEMPERATURES if name == "temperature" else LIMITS.get(name, (None, None))
    if low is None:
        return True
    ends = pc.min_max(array)
    return bool(ends["min"].as_py() >= low and ends["max"].as_py() <= high)


def _taker(name: str, kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_string(kind):
        return _text
    if pa.types.is_boolean(kind):
        return _truth
    if pa.types.is_floating(kind):
        return _temperature
    if pa.types.is_list(kind):
        return _texts if pa.types.is_string(kind.value_type) else _hashes
    low, high = LIMITS[name]
    return lambda value: _whole(value, low, high)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and 0 <= value <= 100:
        return value != 0
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return None


def _number(value: Any) -> int | float | None:
    """A finite number, also from short decimal text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value) if not value.isdecimal() else int(value)
        except ValueError:
            return None
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return None


def _temperature(value: Any) -> float | None:
    found = _number(value)
    low, high = TEMPERATURES
    return float(found) if found is not None and low <= found <= high else None


def _whole(value: Any, low: int, high: int) -> int | None:
    found = _number(value)
    if found is None or found != int(found) or not low <= found <= high:
        return None
    whole = int(found)
    return whole if whole <= high else None


def _texts(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [item for item in value if isinstance(item, str)]


def _hashes(value: Any) -> list[int] | None:
    if not isinstance(value, list):
        return None
    taken = [_whole(item, *_UINT64) for item in value]
    return None if None in taken else [item for item in taken if item is not None]


def _expected(kind: pa.DataType) -> type:
    if pa.types.is_string(kind):
        return str
    if pa.types.is_boolean(kind):
        return bool
    if pa.types.is_floating(kind):
        return float
    return list if pa.types.is_list(kind) else int


_EXPECTED: dict[str, type] = {field.name: _expected(field.type) for field in EXCHANGES_SCHEMA}
