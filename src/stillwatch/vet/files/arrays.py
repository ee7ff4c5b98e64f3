"""NumPy's own files: numbers behind a header, or a pickle where the items are objects."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from stillwatch.vet.files import pickle_files
from stillwatch.vet.files.verdicts import Sight, Verdict


def examine(stream: BinaryIO, size: int, name: str = "stillwatch") -> Sight:
    """Say what loading an ``.npy`` file would do.

    Args:
        stream: seekable, at its beginning; numbers are not read.
        size: bytes of the file.
        name: of the scanner, for the sight.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(stream)
    except Exception as error:  # the parser of literals raises what it likes
        told = f"its header cannot be read: {error}"[:200]
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=(told,))
    if dtype.hasobject:
        return pickle_files.examine(stream, size, name, at=stream.tell())
    n_bytes = dtype.itemsize
    for one in shape:
        n_bytes *= int(one)
    end = stream.tell() + n_bytes
    if end < size:
        told = f"{size - end:,} bytes follow the last number and can hold anything"
        return Sight(scanner=name, verdict=Verdict.MALICIOUS, because=(told,))
    if end > size:
        told = f"{end - size:,} bytes are missing at its end"
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=(told,))
    return Sight(scanner=name, verdict=Verdict.CLEAN, read_all=True)
