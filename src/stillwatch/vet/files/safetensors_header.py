"""Safetensors: a header whose tensors cover the rest of the file, each byte once."""

from __future__ import annotations

import json
from math import prod
from typing import Any, BinaryIO, Final

from stillwatch.vet.files.verdicts import Sight, Verdict

LONGEST_HEADER: Final = 100_000_000
_BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


def examine(stream: BinaryIO, size: int, name: str = "stillwatch") -> Sight:
    """Say whether the header accounts for every byte of the file once.

    Args:
        stream: seekable, at its beginning; the header is read, tensors are not.
        size: bytes of the file.
        name: of the scanner, for the sight.
    """
    n = int.from_bytes(stream.read(8), "little")
    if n > min(size - 8, LONGEST_HEADER):
        return _sight(name, Verdict.NOT_EXAMINED, "its header is longer than the file")
    try:
        header = json.loads(stream.read(n), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        grave = Verdict.MALICIOUS if "twice" in str(error) else Verdict.NOT_EXAMINED
        return _sight(name, grave, f"its header is no plain JSON: {error}"[:200])
    try:
        spans = sorted(_span(key, one) for key, one in header.items() if key != "__metadata__")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return _sight(name, Verdict.NOT_EXAMINED, f"its header describes no tensors: {error}"[:200])
    return _covering(name, spans, size - 8 - n, header.get("__metadata__"))


def _covering(name: str, spans: list[tuple[int, int]], n_data: int, metadata: Any) -> Sight:
    at = 0
    for start, end in spans:
        if start < at:
            return _sight(name, Verdict.MALICIOUS, "tensors overlap: one byte is told to be two")
        if start > at:
            told = f"{start - at:,} bytes between tensors belong to none and can hold anything"
            return _sight(name, Verdict.MALICIOUS, told)
        at = end
    if at > n_data:
        return _sight(name, Verdict.NOT_EXAMINED, f"{at - n_data:,} bytes are missing at its end")
    if at < n_data:
        told = f"{n_data - at:,} bytes follow the last tensor and can hold anything"
        return _sight(name, Verdict.MALICIOUS, told)
    if metadata is not None and not (
        isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())
    ):
        return _sight(name, Verdict.NOT_EXAMINED, "its metadata are no plain text")
    return Sight(scanner=name, verdict=Verdict.CLEAN, read_all=True)


def _span(key: str, told: Any) -> tuple[int, int]:
    start, end = told["data_offsets"]
    shape = told["shape"]
    if any(type(one) is not int or one < 0 for one in (start, end, *shape)):
        raise ValueError(f"{key[:60]!r} has a size that is none")
    if (end - start) * 8 != prod(shape) * _BITS[told["dtype"]]:
        raise ValueError(f"{key[:60]!r} is not as long as its shape")
    return start, end


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name stands twice")
    return told


def _sight(name: str, verdict: Verdict, because: str) -> Sight:
    return Sight(scanner=name, verdict=verdict, because=(because,))
