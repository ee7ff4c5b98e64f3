"""Container: the one file that a bundle is.

A plain tar file (POSIX ustar) that any tar opens, without compression: it cannot grow when it is
read. There is one way to write given files; whatever is written in another way is refused, so
that no byte of padding or header is free. Nothing is ever laid out on a disk.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Mapping
from typing import Final

from stillwatch.model.errors import BadInput

_BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = bytes(2 * _BLOCK)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)?")
_LONGEST_NAME: Final = 80
MOST_FILES: Final = 5_000_000
#: largest file inside; ustar writes sizes in 11 octal digits.
LARGEST: Final = 8**11 - 1


def packed(files: Mapping[str, bytes]) -> Iterable[bytes]:
    """The bytes of the one file, in pieces; files in the order given.

    Raises:
        BadInput: a name or a size cannot stand in a bundle.

    >>> len(b"".join(packed({"a": b"x"})))
    2048
    """
    for name, content in files.items():
        yield _header(name, len(content))
        yield content
        yield bytes(-len(content) % _BLOCK)
    yield _END


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files, in order.

    Raises:
        BadInput: a byte stands otherwise than :func:`packed` would have written it; ``where``
            says at which file and byte.
    """
    files: dict[str, bytes] = {}
    at, view, last = 0, memoryview(data), "its beginning"
    while True:
        head = bytes(view[at : at + _BLOCK])
        where = f"bundle, byte {at}"
        if head == bytes(_BLOCK):
            break
        name, size = _read_header(head, where, last)
        if name in files:
            raise BadInput(f"holds {name} twice.", where=where)
        start, end = at + _BLOCK, at + _BLOCK + size
        after = end + -size % _BLOCK
        if after > len(data):
            raise BadInput(f"ends in the middle of {name}.", where=where)
        if any(view[end:after]):
            raise BadInput(f"has bytes between {name} and the next file.", where=where)
        files[name] = bytes(view[start:end])
        if len(files) > MOST_FILES:
            raise BadInput(f"holds more than {MOST_FILES} files.", where=where)
        at, last = after, name
    if bytes(view[at:]) != _END:
        raise BadInput(
            f"goes on after its end, or ends early: {len(data) - at} bytes follow {last}, "
            f"want {len(_END)}.", where=f"bundle, byte {at}",
        )  # fmt: skip
    return files


def _header(name: str, size: int) -> bytes:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise BadInput(f"{name[:100]!r} cannot be the name of a file in a bundle.")
    if size > LARGEST:
        raise BadInput(f"is larger than {LARGEST} bytes.", where=name)
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o444
    return info.tobuf(tarfile.USTAR_FORMAT)


def _read_header(head: bytes, where: str, last: str) -> tuple[str, int]:
    try:
        info = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
        right = info.isreg() and _header(info.name, info.size) == head
    except (tarfile.HeaderError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"has no header of a file after {last}: {error}.", where=where) from None
    except BadInput as error:
        raise BadInput(f"after {last}: {error}", where=where) from None
    if not right:
        raise BadInput(
            "a header is not written as in a bundle: a link, a folder or a foreign tool.",
            where=f"{where}, {info.name[:100]!r}",
        )
    return info.name, info.size
