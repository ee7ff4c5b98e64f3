"""Weights in torch's two layouts, written without torch."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import Any

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


def torch_zip(data: bytes, *, pickle_name: str = "archive/data.pkl", n: int = 6) -> bytes:
    """A file as ``torch.save`` writes it since 1.6."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr(pickle_name, data)
        made.writestr("archive/byteorder", "little")
        made.writestr("archive/data/0", struct.pack(f"<{n}f", *range(n)))
        made.writestr("archive/version", "3\n")
    return out.getvalue()


def old_torch(main: bytes, *, keys: tuple[str, ...] = (), raw: bytes = b"") -> bytes:
    """A file as ``torch.save`` wrote it before 1.6."""
    system = {"protocol_version": 1001, "little_endian": True,
              "type_sizes": {"short": 2, "int": 4, "long": 4}}  # fmt: skip
    heads = b"".join(pickle.dumps(one, 2) for one in (TORCH_MAGIC, 1001, system))
    return heads + main + pickle.dumps(list(keys), 2) + raw


def state_dict(shape: tuple[int, ...] = (2, 3), *, old: bool = False) -> bytes:
    """The pickle of a state dict with one tensor, as torch spells it."""
    n = 1
    for one in shape:
        n *= one
    out = [b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01"]
    out.append(_text("weight") + b"ctorch._utils\n_rebuild_tensor_v2\nq\x02(")
    out.append(b"(" + _text("storage") + b"ctorch\nFloatStorage\nq\x03" + _text("0") + _text("cpu"))
    out.append(_number(n) + (b"N" if old else b"") + b"tQ")
    out.append(_number(0) + _tuple(shape) + _tuple(_strides(shape)) + b"\x89")
    out.append(b"ccollections\nOrderedDict\n)RtRs.")
    return b"".join(out)


def _strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    found = [1]
    for one in reversed(shape[1:]):
        found.insert(0, found[0] * one)
    return tuple(found)


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(n: int) -> bytes:
    return b"J" + struct.pack("<i", n)


def _tuple(items: tuple[Any, ...]) -> bytes:
    return b"(" + b"".join(map(_number, items)) + b"t"


def floats(n: int) -> bytes:
    """Raw numbers of one storage in the old layout."""
    return struct.pack("<q", n) + struct.pack(f"<{n}f", *range(n))
