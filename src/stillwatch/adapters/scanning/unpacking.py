"""Archives and compressed files, unpacked within bounds into numbered files."""

from __future__ import annotations

import bz2
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from stillwatch.vet.files.archives import Entry, rule_on_entries, rule_on_entry
from stillwatch.vet.files.formats import Format
from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Verdict

_PIECE: Final = 2**20


class TooMuch(Exception):
    """More comes out than is allowed."""


@dataclass(slots=True)
class Unpacked:
    """What came out of a container.

    Args:
        members: number and name of each.
        reasons: what speaks against the container itself.
        whole: whether every byte of it was accounted for.
    """

    members: list[tuple[str, str]] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    whole: bool = True

    def note(self, verdict: Verdict, said: str) -> None:
        """Say something; what keeps it from being examined makes it not whole."""
        self.reasons.append((verdict, said))
        self.whole = self.whole and verdict is not Verdict.NOT_EXAMINED


class Bounds:
    """How much may come out, of one container and all it holds.

    Args:
        folder: where members are written.
        most_bytes: in all.
        most_members: in all.
    """

    def __init__(self, folder: Path, most_bytes: int, most_members: int) -> None:
        self.folder = folder
        self.left_bytes = most_bytes
        self.left_members = most_members
        self.n = 0

    def write(self, pieces: Iterator[bytes]) -> str:
        """Write a member; its number.

        Raises:
            TooMuch: a bound is reached.
        """
        if self.left_members <= 0:
            raise TooMuch("holds more members than are allowed")
        self.left_members -= 1
        number, self.n = str(self.n), self.n + 1
        with (self.folder / number).open("wb") as out:
            for piece in self.counted(pieces):
                out.write(piece)
        return number

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces, as long as they are within bounds."""
        for piece in pieces:
            if len(piece) > self.left_bytes:
                raise TooMuch("unpacks to more bytes than are allowed")
            self.left_bytes -= len(piece)
            yield piece


def unpack(kind: Format, stream: BinaryIO, size: int, name: str, bounds: Bounds) -> Unpacked:
    """Unpack one container; members are written as numbered files, whatever they are called.

    Args:
        kind: of container; 7z is unpacked elsewhere.
        stream: seekable, at its beginning.
        size: bytes of it.
        name: its file name, from which that of a compressed file is made.
        bounds: how much may come out.
    """
    found = Unpacked()
    try:
        _UNPACKERS[kind](stream, size, name, bounds, found)
    except TooMuch as error:
        found.note(Verdict.NOT_EXAMINED, str(error))
    except Exception as error:  # whatever the decoders raise
        found.note(
            Verdict.NOT_EXAMINED, f"cannot be unpacked: {type(error).__name__}: {error}"[:200]
        )
    return found


def _zip(stream: BinaryIO, size: int, _: str, bounds: Bounds, found: Unpacked) -> None:
    with zipfile.ZipFile(stream) as packed:
        entries = packed.infolist()
        torch = next(
            (one.filename[:-8] for one in entries if one.filename.endswith("data.pkl")), ""
        )
        spans = []
        seen = [Entry(one.filename, is_link=(one.external_attr >> 28) == 0xA) for one in entries]
        found.reasons += rule_on_entries(seen)
        for told in entries:
            local = _local_header(stream, told, found)
            if local is None:
                continue
            begun, named = local
            spans.append((told.header_offset, begun + told.compress_size))
            if named != told.filename:
                said = f"calls a member both {named[:80]!r} and {told.filename[:80]!r}"
                found.note(Verdict.MALICIOUS, said)
            if not told.is_dir():
                _member(stream, told, begun, torch, bounds, found)
        end = packed.start_dir
    _gaps(stream, spans, end, found)


def _local_header(
    stream: BinaryIO, told: zipfile.ZipInfo, found: Unpacked
) -> tuple[int, str] | None:
    stream.seek(told.header_offset)
    head = stream.read(30)
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        found.note(
            Verdict.NOT_EXAMINED, f"lists {told.filename[:80]!r}, which is not where it says"
        )
        return None
    (flags,) = struct.unpack("<H", head[6:8])
    n_name, n_extra = struct.unpack("<HH", head[26:30])
    name = stream.read(n_name).decode("utf-8" if flags & 0x800 else "cp437", "replace")
    return told.header_offset + 30 + n_name + n_extra, name.partition("\0")[0]


def _member(
    stream: BinaryIO, told: zipfile.ZipInfo, begun: int, torch: str, bounds: Bounds, found: Unpacked
) -> None:
    sums = [0, 0]

    def pieces() -> Iterator[bytes]:
        stream.seek(begun)
        for piece in _inflated(stream, told.compress_type, told.compress_size):
            sums[0], sums[1] = zlib.crc32(piece, sums[0]), sums[1] + len(piece)
            yield piece

    try:
        if torch and _is_numbers(told.filename, torch):
            for _ in pieces():
                pass
        else:
            found.members.append((bounds.write(pieces()), told.filename))
    except (zlib.error, ValueError, OSError, EOFError, lzma.LZMAError) as error:
        if told.flag_bits & 1:
            found.note(Verdict.NOT_EXAMINED, f"{told.filename[:80]!r} is encrypted")
        else:
            found.note(Verdict.NOT_EXAMINED, f"{told.filename[:80]!r} cannot be unpacked: {error}")
        return
    if told.flag_bits & 1:
        if sums[0] == told.CRC:
            said = (
                f"{told.filename[:80]!r} is marked as encrypted and is not: scanners pass it over"
            )
            found.note(Verdict.MALICIOUS, said)
        else:
            found.note(Verdict.NOT_EXAMINED, f"{told.filename[:80]!r} is encrypted")
    elif sums[0] != told.CRC:
        found.note(Verdict.CLEAN, f"{told.filename[:80]!r} has another checksum than is written")
    if sums[1] != told.file_size:
        found.note(Verdict.NOT_EXAMINED, f"{told.filename[:80]!r} has another size than is written")


def _is_numbers(name: str, torch: str) -> bool:
    """Whether torch reads a member as raw numbers or a word, and nothing else does."""
    rest = name.removeprefix(torch)
    return name.startswith(torch) and (
        (rest.startswith("data/") and rest[5:].isdigit())
        or rest in ("byteorder", "version", ".data/serialization_id", ".format_version",
                    ".storage_alignment")
    )  # fmt: skip


def _inflated(stream: BinaryIO, method: int, n_bytes: int) -> Iterator[bytes]:
    made: dict[int, Callable[[], Any]] = {
        zipfile.ZIP_DEFLATED: lambda: zlib.decompressobj(-15),
        zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
    }
    if method == zipfile.ZIP_STORED:
        while n_bytes > 0 and (piece := stream.read(min(_PIECE, n_bytes))):
            n_bytes -= len(piece)
            yield piece
        if n_bytes:
            raise EOFError("ends within a member")
        return
    if method not in made:
        raise ValueError(f"its method {method} is not unpacked here")
    yield from _streamed(made[method](), stream, n_bytes)


def _streamed(decoder: Any, stream: BinaryIO, n_bytes: int) -> Iterator[bytes]:
    """What a decoder gives, a piece at a time however much is packed in one."""
    left = n_bytes
    data = b""
    while not decoder.eof:
        if not data and getattr(decoder, "needs_input", True):
            data = stream.read(min(_PIECE, left))
            left -= len(data)
            if not data and not getattr(decoder, "unused_data", None):
                if not (piece := decoder.decompress(b"", _PIECE)):
                    raise EOFError("ends within the packed bytes")
                yield piece
                continue
        piece = decoder.decompress(data, _PIECE)
        data = getattr(decoder, "unconsumed_tail", b"")
        if piece:
            yield piece


def _gaps(stream: BinaryIO, spans: list[tuple[int, int]], last: int, found: Unpacked) -> None:
    """What stands beside members, up to their list: nothing but alignment and short records."""
    at = 0
    for begun, end in [*sorted(spans), (last, last)]:
        if begun < at:
            found.note(Verdict.MALICIOUS, "has members that overlap")
        elif begun - at:
            stream.seek(at)
            header, written = _between(stream, begun - at)
            if header:
                found.note(Verdict.MALICIOUS, "hides a member that its own list does not name")
            elif begun - at > 24 and written:
                said = f"{begun - at:,} bytes stand beside its members and belong to none"
                found.note(Verdict.NOT_EXAMINED, said)
        at = max(at, end)


def _between(stream: BinaryIO, n_bytes: int) -> tuple[bool, bool]:
    """Whether a member's header, and whether anything but zeros, stands in the next bytes."""
    header, written, tail = False, False, b""
    while n_bytes > 0 and (piece := stream.read(min(_PIECE, n_bytes))):
        n_bytes -= len(piece)
        header = header or b"PK\x03\x04" in tail + piece
        written = written or bool(piece.strip(b"\0"))
        tail = piece[-3:]
    return header, written


def _tar(stream: BinaryIO, size: int, _: str, bounds: Bounds, found: Unpacked) -> None:
    entries, end = [], 0
    with tarfile.open(fileobj=stream, mode="r:", ignore_zeros=False) as packed:
        for info in packed:
            end = (
                info.offset_data + -(-info.size // 512) * 512 if info.isreg() else info.offset_data
            )
            entries.append(Entry(info.name, is_link=info.issym() or info.islnk()))
            if info.issym() or info.islnk():
                found.reasons += rule_on_entry(Entry(info.linkname, is_link=True))
            elif info.isreg():
                source = packed.extractfile(info)
                if source is not None:
                    pieces = iter(partial(source.read, _PIECE), b"")
                    found.members.append((bounds.write(pieces), info.name))
            elif not info.isdir():
                found.note(Verdict.MALICIOUS, f"would make a device or pipe {info.name[:80]!r}")
    found.reasons += rule_on_entries(entries)
    stream.seek(end)
    while rest := stream.read(_PIECE):
        if rest.strip(b"\0"):
            found.note(Verdict.NOT_EXAMINED, "bytes follow its last member")
            break


def _gzip(stream: BinaryIO, size: int, name: str, bounds: Bounds, found: Unpacked) -> None:
    _several(lambda: zlib.decompressobj(31), stream, size, name, bounds, found)


def _xz(stream: BinaryIO, size: int, name: str, bounds: Bounds, found: Unpacked) -> None:
    _several(lambda: lzma.LZMADecompressor(memlimit=2**30), stream, size, name, bounds, found)


def _bz2(stream: BinaryIO, size: int, name: str, bounds: Bounds, found: Unpacked) -> None:
    _several(bz2.BZ2Decompressor, stream, size, name, bounds, found)


def _zlib(stream: BinaryIO, size: int, name: str, bounds: Bounds, found: Unpacked) -> None:
    if stream.read(2) == b"ZF":
        stream.seek(21)  # joblib before 0.10: the length in hexadecimal
    else:
        stream.seek(0)
    _several(zlib.decompressobj, stream, size, name, bounds, found, once=True)


def _several(
    make: Callable[[], Any], stream: BinaryIO, size: int, name: str, bounds: Bounds,
    found: Unpacked, *, once: bool = False,
) -> None:  # fmt: skip
    """One packed stream after another, as the programs that unpack them read on."""

    def pieces() -> Iterator[bytes]:
        while stream.tell() < size:
            at = stream.tell()
            decoder = make()
            try:
                yield from _streamed(decoder, stream, size - at)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                if at == 0 or isinstance(error, EOFError):
                    raise
                found.note(Verdict.NOT_EXAMINED, "bytes follow the packed stream")
                return
            stream.seek(stream.tell() - len(decoder.unused_data))
            if once and stream.tell() < size:
                found.note(Verdict.NOT_EXAMINED, "bytes follow the packed stream")
                return

    inner = name.rpartition(".")[0] or "content"
    try:
        number = str(bounds.n)
        bounds.write(pieces())
    except EOFError as error:
        found.note(Verdict.NOT_EXAMINED, f"is cut off: {error}")
    found.members.append((number, inner if "." in inner else f"{inner}.content"))


_UNPACKERS: Final[dict[Format, Callable[[BinaryIO, int, str, Bounds, Unpacked], None]]] = {
    Format.ZIP: _zip, Format.TAR: _tar, Format.GZIP: _gzip, Format.XZ: _xz, Format.BZ2: _bz2,
    Format.ZLIB: _zlib,
}  # fmt: skip
