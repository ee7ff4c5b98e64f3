"""A case: files made at run time, whose payload, if it ever ran, would leave a marker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Make = Callable[[Path, Path], None]
#: name of a case, and what writes its files into a folder; the second path is the marker.
HOSTILE: dict[str, Make] = {}
HONEST: dict[str, Make] = {}


def hostile(name: str) -> Callable[[Make], Make]:
    """List what writes a hostile case."""

    def listed(make: Make) -> Make:
        assert name not in HOSTILE
        HOSTILE[name] = make
        return make

    return listed


def honest(name: str) -> Callable[[Make], Make]:
    """List what writes an honest case."""

    def listed(make: Make) -> Make:
        assert name not in HONEST
        HONEST[name] = make
        return make

    return listed


def made(cases: dict[str, Make], folder: Path, marker: Path) -> dict[str, Path]:
    """Write the files of cases, a folder a case."""
    found = {}
    for name, make in cases.items():
        found[name] = folder / name
        found[name].mkdir(parents=True)
        make(found[name], marker)
    return found
