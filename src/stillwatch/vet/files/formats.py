"""What a file is, by its bytes. Its name may add a candidate and never takes one away."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from stillwatch.vet.files.pickle_files import looks_like_pickle

HEAD_BYTES: Final = 65_536
TAIL_BYTES: Final = 66_000
"""A zip's last record stands within these."""


class Format(StrEnum):
    """Formats that are told apart."""

    PICKLE = "pickle"
    ZIP = "zip"
    TAR = "tar"
    SEVEN_ZIP = "7z"
    GZIP = "gzip"
    XZ = "xz"
    BZ2 = "bzip2"
    ZLIB = "zlib"
    NPY = "npy"
    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    HDF5 = "hdf5"
    ONNX = "onnx"
    PYTHON = "python"
    TEMPLATE = "chat template"
    JSON = "json"
    TEXT = "text"
    PICTURE = "picture"
    NATIVE = "native code"
    UNKNOWN = "unknown"


#: looked into, and their members examined as files of their own.
CONTAINERS: Final = frozenset(
    {Format.ZIP, Format.TAR, Format.SEVEN_ZIP, Format.GZIP, Format.XZ, Format.BZ2, Format.ZLIB}
)

_MAGIC: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (b"\x1f\x8b\x08", Format.GZIP),
    (b"\xfd7zXZ\x00", Format.XZ),
    (b"]\x00\x00", Format.XZ),
    (b"BZh", Format.BZ2),
    (b"x\x01", Format.ZLIB),
    (b"x\x5e", Format.ZLIB),
    (b"x\x9c", Format.ZLIB),
    (b"x\xda", Format.ZLIB),
    (b"ZF0x", Format.ZLIB),
    (b"\x93NUMPY", Format.NPY),
    (b"GGUF", Format.GGUF),
    (b"\x89HDF\r\n\x1a\n", Format.HDF5),
    (b"\x89PNG\r\n\x1a\n", Format.PICTURE),
    (b"\xff\xd8\xff", Format.PICTURE),
    (b"GIF8", Format.PICTURE),
    (b"\x7fELF", Format.NATIVE),
    (b"MZ", Format.NATIVE),
    (b"\xcf\xfa\xed\xfe", Format.NATIVE),
    (b"\x00asm", Format.NATIVE),
)
_BY_NAME: Final = {
    "py": Format.PYTHON, "pyi": Format.PYTHON, "jinja": Format.TEMPLATE, "jinja2": Format.TEMPLATE,
    "j2": Format.TEMPLATE, "json": Format.JSON, "ipynb": Format.JSON, "onnx": Format.ONNX,
    "safetensors": Format.SAFETENSORS, "gguf": Format.GGUF,
}  # fmt: skip
_TEMPLATE: Final = re.compile(rb"\{%-?\s*(?:for|if|set|macro)\b.*?%\}", re.DOTALL)
_PYTHON: Final = re.compile(
    rb"^(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[(:]|#!.*python)", re.MULTILINE
)


def sniff(
    head: bytes, tail: bytes, size: int, name: str, opened: Callable[[], object]
) -> tuple[Format, ...]:
    """Every format that a file can be taken for by something that loads it.

    Args:
        head: the first :data:`HEAD_BYTES` bytes.
        tail: the last :data:`TAIL_BYTES` bytes; all where it is shorter.
        size: bytes in it.
        name: its file name.
        opened: gives a stream over ``head``, for walking a pickle that has no first byte.

    Returns:
        At least one; more than one where loaders could disagree about the file.
    """
    found = [kind for magic, kind in _MAGIC if head.startswith(magic)]
    if Format.ZIP not in found and b"PK\x05\x06" in tail:
        found.append(Format.ZIP)
    if _is_tar(head):
        found.append(Format.TAR)
    if _is_safetensors(head, size):
        found.append(Format.SAFETENSORS)
    if _is_pickle(head, opened):
        found.append(Format.PICKLE)
    if len(head) > 2 and head[:1] == b"\x08" and _is_onnx(head):
        found.append(Format.ONNX)
    for at in (512, 1024, 2048, 4096):
        if head[at : at + 8] == b"\x89HDF\r\n\x1a\n":
            found.append(Format.HDF5)
    if not found or (found == [Format.PICKLE] and head[:1] != b"\x80"):
        found += _as_text(head, size, name)
    by_name = _BY_NAME.get(name.rpartition(".")[2].lower())
    if by_name is not None and not found:
        found.append(by_name)
    return tuple(dict.fromkeys(found)) or (Format.UNKNOWN,)


def _is_pickle(head: bytes, opened: Callable[[], object]) -> bool:
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        return True
    stream = opened()
    return looks_like_pickle(stream)  # type: ignore[arg-type]


def _is_tar(head: bytes) -> bool:
    """By the sum that stands in the first header, which is there even without a magic."""
    block = head[:512]
    if len(block) < 512 or not block[:1].strip(b"\0"):
        return False
    try:
        told = int(block[148:156].strip(b" \0") or b"-1", 8)
    except ValueError:
        return False
    return told == sum(block[:148]) + 8 * 32 + sum(block[156:])


def _is_safetensors(head: bytes, size: int) -> bool:
    n = int.from_bytes(head[:8], "little")
    return len(head) > 9 and head[8:9] == b"{" and 2 <= n <= min(size - 8, 100_000_000)


def _is_onnx(head: bytes) -> bool:
    """A version of the format, then a producer, a graph or operator sets, as protobuf spells it."""
    return 1 <= head[1] <= 30 and head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x3a", b"\x42")


def _as_text(head: bytes, size: int, name: str) -> list[Format]:
    text = head[: 4 * (len(head) // 4)] if size > len(head) else head
    for cut in range(4):
        try:
            text[: len(text) - cut].decode("utf-8")
            break
        except UnicodeDecodeError:
            continue
    else:
        return []
    if b"\0" in text:
        return []
    ending = name.rpartition(".")[2].lower()
    if ending in ("jinja", "jinja2", "j2"):
        return [Format.TEMPLATE]
    if ending in ("py", "pyi", "pyw"):
        return [Format.PYTHON]
    if text.lstrip()[:1] in (b"{", b"[") and not _TEMPLATE.match(text.lstrip()):
        return [Format.JSON]
    if ending in ("md", "rst", "txt", "csv", "tsv", "yaml", "yml", "toml", "cfg", "ini", "html"):
        return [Format.TEXT]
    if _TEMPLATE.search(text):
        return [Format.TEMPLATE]
    return [Format.PYTHON] if _PYTHON.search(text) else [Format.TEXT]
