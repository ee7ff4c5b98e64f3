"""From Arrow arrays of any castable type to the types of the contract."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.adapters.readers.limits import LIMITS, TEMPERATURES
from stillwatch.adapters.readers.times import LATEST_US, time_us

_US = pa.timestamp("us")
_TIME = pa.timestamp("us", tz="UTC")


def castable(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether values of a type can ever stand in a column of the contract."""
    if pa.types.is_dictionary(found):
        return castable(found.value_type, wanted)
    if pa.types.is_null(found):
        return True
    if pa.types.is_timestamp(wanted):
        return (
            pa.types.is_timestamp(found)
            or pa.types.is_date(found)
            or _is_text(found)
            or _is_number(found)
        )
    if pa.types.is_string(wanted):
        return _is_text(found) or _is_bytes(found) or pa.types.is_integer(found)
    if pa.types.is_list(wanted):
        return _is_list(found) and castable(found.value_type, wanted.value_type)
    if pa.types.is_boolean(wanted):
        return pa.types.is_boolean(found) or pa.types.is_integer(found) or _is_text(found)
    return _is_number(found) or _is_text(found)


def to_contract(name: str, array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Cast a castable array; a value that cannot be taken becomes null.

    Args:
        name: the column, for the range its numbers must lie in.
        array: (n,) values of a type for which ``castable`` holds.
        wanted: type of the contract.

    Returns:
        (n,) array of type ``wanted``.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), wanted)
    if pa.types.is_timestamp(wanted):
        return _times(array)
    if pa.types.is_string(wanted):
        return _texts(array)
    if pa.types.is_list(wanted):
        return _lists(array, wanted)
    if pa.types.is_boolean(wanted):
        return _truths(array)
    if _is_text(array.type):
        array = _numbers_from_text(array)
    return _numbers(name, array, wanted)


def _texts(array: pa.Array) -> pa.Array:
    if pa.types.is_integer(array.type):
        return array.cast(pa.string())
    try:
        found = array.cast(pa.string())
        found.validate(full=True)
    except pa.ArrowInvalid:
        values = array.cast(pa.large_binary()).to_pylist()
        return pa.array([_decoded(value) for value in values], pa.string())
    return found


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _times(array: pa.Array) -> pa.Array:
    kind = array.type
    if _is_text(kind) or _is_number(kind):
        found = pa.array([time_us(value) for value in array.to_pylist()], _TIME)
        return found
    if pa.types.is_date(kind):
        array = array.cast(_US)
    found = array.cast(pa.timestamp("us", tz=array.type.tz), safe=False).cast(pa.int64())
    return _clipped(found, 0, LATEST_US - 1).cast(_TIME)


def _lists(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    inner = array.type.value_type
    is_same = inner == wanted.value_type
    plain = pa.large_list(inner if not pa.types.is_dictionary(inner) else inner.value_type)
    found = array.cast(plain)
    values = found.values
    if pa.types.is_string(wanted.value_type):
        taken = values if is_same else _texts(values)
        if is_same:
            taken.validate(full=True)
    else:
        taken = _clipped(values, 0, 2**64 - 1).cast(pa.uint64())
    offsets = found.offsets.cast(pa.int32())
    mask = found.is_null() if found.null_count else None
    rebuilt = pa.ListArray.from_arrays(offsets, taken, mask=mask)
    if taken.null_count:
        rebuilt = pa.array(
            [
                None if row is None else [one for one in row if one is not None]
                for row in rebuilt.to_pylist()
            ],
            wanted,
        )
    return rebuilt.cast(wanted)


def _truths(array: pa.Array) -> pa.Array:
    if _is_text(array.type):
        lowered = pc.utf8_lower(array.cast(pa.string()))
        is_true = pc.equal(lowered, "true")
        known = pc.or_(is_true, pc.equal(lowered, "false"))
        return pc.if_else(known, is_true, pa.scalar(None, pa.bool_()))
    return array.cast(pa.bool_())


def _numbers_from_text(array: pa.Array) -> pa.Array:
    pattern = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$"
    plain = array.cast(pa.string())
    known = pc.match_substring_regex(plain, pattern)
    return pc.if_else(known, plain, pa.scalar(None, pa.string())).cast(pa.float64())


def _numbers(name: str, array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(array.type) or pa.types.is_float16(array.type):
        array = array.cast(pa.float64())
    if pa.types.is_floating(wanted):
        low, high = TEMPERATURES if name == "temperature" else (float("-inf"), float("inf"))
        return _clipped(array.cast(pa.float64()), low, high)
    low, high = LIMITS.get(name, (-(2**63), 2**63 - 1))
    if pa.types.is_floating(array.type):
        whole = pc.equal(pc.floor(array), array)
        array = pc.if_else(whole, array, pa.scalar(None, array.type))
        # the largest floats below 2**63 and 2**64 are the last that can be cast
        array = _clipped(array, float(low), min(float(high), 2.0**63 - 1024))
        array = array.cast(pa.int64(), safe=False)
    return _clipped(array, low, high).cast(wanted)


def _clipped(array: pa.Array, low: float, high: float) -> pa.Array:
    """Null what lies outside [low, high]; NaN lies outside."""
    if len(array) == array.null_count:
        return array
    ends = pc.min_max(array)
    lowest, highest = ends["min"].as_py(), ends["max"].as_py()
    is_float = pa.types.is_floating(array.type)
    has_nan = is_float and bool(pc.any(pc.is_nan(array)).as_py())
    if low <= lowest and highest <= high and not has_nan:
        return array
    kept = [
        value if value is not None and low <= value <= high else None for value in array.to_pylist()
    ]
    return pa.array(kept, array.type)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )
