"""GGUF: a header that stays within its file, and the chat templates that stand in it.

Read by hand, because the usual readers allocate what a length says before they ask whether the
file is that long.
"""

from __future__ import annotations

import struct
from math import prod
from typing import BinaryIO, Final

from stillwatch.vet.files.verdicts import Sight, Verdict

_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
#: of each type of tensor: numbers in a block, and bytes of a block.
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_ABSURD: Final = 2**48
_MOST_PAIRS: Final = 1_000_000
_LONGEST_KEY: Final = 65_535
_LONGEST_KEPT: Final = 4_000_000


class _Beyond(Exception):
    """The header says more than the file has; ``grave`` where no cut file explains it."""

    def __init__(self, what: str, *, grave: bool = False) -> None:
        super().__init__(what)
        self.grave = grave


def examine(stream: BinaryIO, size: int, name: str = "stillwatch") -> tuple[Sight, dict[str, str]]:
    """Say whether every count, length and offset of the header stays within the file.

    Args:
        stream: seekable, at its beginning; tensors are not read.
        size: bytes of the file.
        name: of the scanner, for the sight.

    Returns:
        The sight, and the chat templates by key. Templates are examined apart.
    """
    reader = _Reader(stream, size)
    try:
        end = reader.header()
    except _Beyond as error:
        verdict = Verdict.MALICIOUS if error.grave else Verdict.NOT_EXAMINED
        sight = Sight(scanner=name, verdict=verdict, because=(str(error),))
        return sight, reader.templates
    padded = -(-end // reader.alignment) * reader.alignment
    return _at_end(padded, size, name), reader.templates


def _at_end(end: int, size: int, name: str) -> Sight:
    if size > end:
        told = f"{size - end:,} bytes follow the last tensor and can hold anything"
        return Sight(scanner=name, verdict=Verdict.MALICIOUS, because=(told,))
    return Sight(scanner=name, verdict=Verdict.CLEAN, read_all=True)


class _Reader:
    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.size = size
        self.at = 0
        self.order = "<"
        self.templates: dict[str, str] = {}
        self.alignment = 32

    def header(self) -> int:
        """Walk it all; the offset after the last tensor."""
        self.bytes(4)
        version = self.number("I")
        if version > 0xFFFF:
            self.order, version = ">", version >> 24
        if version not in (2, 3):
            raise _Beyond(f"is of version {version}, which is not read here")
        n_tensors, n_pairs = self.number("Q"), self.number("Q")
        self.bounded(n_pairs, 13, "pairs of metadata")
        self.bounded(n_tensors, 24, "tensors")
        for _ in range(n_pairs):
            self.pair()
        return self.tensors(n_tensors)

    def pair(self) -> None:
        key = self.text(_LONGEST_KEY).decode("utf-8", "replace")
        kind = self.number("I")
        wanted = key.startswith("tokenizer.chat_template") and kind == _STRING
        if wanted:
            self.templates[key] = self.text(_LONGEST_KEPT).decode("utf-8", "replace")
        elif key == "general.alignment" and kind == 4:
            self.alignment = self.number("I")
            if not 0 < self.alignment <= 65_536:
                raise _Beyond(f"aligns tensors to {self.alignment:,} bytes", grave=True)
        else:
            self.skip(kind)

    def skip(self, kind: int, depth: int = 0) -> None:
        if kind in _SIZES:
            self.move(_SIZES[kind])
        elif kind == _STRING:
            self.move(self.bounded(self.number("Q"), 1, "bytes in a text"))
        elif kind == _ARRAY and depth < 4:
            inner, n = self.number("I"), self.number("Q")
            if inner in _SIZES:
                self.move(self.bounded(n, _SIZES[inner], "items of an array") * _SIZES[inner])
                return
            for _ in range(self.bounded(n, 8, "items of an array")):
                self.skip(inner, depth + 1)
        else:
            raise _Beyond(f"holds metadata of kind {kind}, which is none", grave=True)

    def tensors(self, n: int) -> int:
        found = []
        for _ in range(n):
            self.text(_LONGEST_KEY)
            n_dimensions = self.number("I")
            if n_dimensions > 8:
                raise _Beyond(f"has a tensor of {n_dimensions:,} dimensions", grave=True)
            shape = [self.number("Q") for _ in range(n_dimensions)]
            kind, offset = self.number("I"), self.number("Q")
            found.append((offset, _n_bytes(shape, kind)))
        begun = -(-self.at // self.alignment) * self.alignment if n else self.at
        end = begun
        for offset, n_bytes in found:
            if offset > _ABSURD or n_bytes > _ABSURD:
                raise _Beyond("has a tensor larger than any disk", grave=True)
            end = max(end, begun + offset + n_bytes)
        if end > self.size:
            raise _Beyond(f"{end - self.size:,} bytes are missing at its end")
        _no_overlap(found)
        return end

    def number(self, kind: str) -> int:
        form = self.order + kind
        return int(struct.unpack(form, self.bytes(struct.calcsize(form)))[0])

    def text(self, longest: int) -> bytes:
        n = self.bounded(self.number("Q"), 1, "bytes in a text")
        if n > longest:
            raise _Beyond(f"has a text of {n:,} bytes where {longest:,} are the most", grave=True)
        return self.bytes(n)

    def bounded(self, n: int, each: int, of_what: str) -> int:
        if n > _ABSURD:
            raise _Beyond(f"counts {n:,} {of_what}, more than any file has", grave=True)
        if n * each > self.size - self.at:
            raise _Beyond(f"counts {n:,} {of_what}, more than the file has room for")
        return n

    def bytes(self, n: int) -> bytes:
        data = self.stream.read(n)
        if len(data) != n:
            raise _Beyond("ends within its header")
        self.at += n
        return data

    def move(self, n: int) -> None:
        self.at += n
        if self.at > self.size:
            raise _Beyond("ends within its header")
        self.stream.seek(self.at)


def _n_bytes(shape: list[int], kind: int) -> int:
    if kind not in _BLOCKS:
        raise _Beyond(f"has a tensor of kind {kind}, which is not known here")
    n_block, n_bytes = _BLOCKS[kind]
    return -(-prod(shape) // n_block) * n_bytes


def _no_overlap(found: list[tuple[int, int]]) -> None:
    at = 0
    for offset, n_bytes in sorted(found):
        if offset < at:
            raise _Beyond("has tensors that overlap", grave=True)
        at = offset + n_bytes
