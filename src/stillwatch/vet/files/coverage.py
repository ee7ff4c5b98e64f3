"""THE LIST: which scanner reads which format, and which are asked.

What stands here was looked up in each scanner's source and tried on files of the format. A scanner
whose *clean* counts for a format must read all of it; one that only peeks is asked, and its finds
count, but not its silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stillwatch.vet.files.checks import OWN, READS
from stillwatch.vet.files.formats import CONTAINERS, Format


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scanner reads.

    Args:
        asked: formats that it is given.
        able: those of which its *clean* counts, where it says that it read every byte.
    """

    asked: frozenset[Format]
    able: frozenset[Format]


_ARCHIVES: Final = frozenset({Format.ZIP, Format.SEVEN_ZIP})
SCANNERS: Final[Mapping[str, Reach]] = {
    OWN: Reach(READS | CONTAINERS, READS | CONTAINERS - {Format.SEVEN_ZIP}),
    "picklescan": Reach(
        frozenset({Format.PICKLE, Format.NPY}) | _ARCHIVES, frozenset({Format.PICKLE})
    ),
    "fickling": Reach(frozenset({Format.PICKLE, Format.ZIP}), frozenset({Format.PICKLE})),
    "modelscan": Reach(
        frozenset({Format.PICKLE, Format.NPY, Format.ZIP, Format.HDF5}), frozenset()
    ),
    "modelaudit": Reach(
        frozenset(Format) - {Format.PICTURE},
        frozenset({Format.PICKLE, Format.NPY, Format.SAFETENSORS, Format.GGUF, Format.ONNX}),
    ),
}


def able(formats: tuple[Format, ...]) -> frozenset[str]:
    """Scanners whose *clean* counts for a file: they read every format that it can be taken for."""
    return frozenset(name for name, reach in SCANNERS.items() if set(formats) <= reach.able)


def asked(scanner: str, formats: tuple[Format, ...]) -> tuple[Format, ...]:
    """As which of a file's formats a scanner is given it."""
    return tuple(one for one in formats if one in SCANNERS[scanner].asked)
