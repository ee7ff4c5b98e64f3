"""Every case: importing this fills the two lists."""

from __future__ import annotations

from tests.rooms.vet.files_made import (
    honest_files,
    hostile_containers,
    hostile_others,
    hostile_pickles,
)
from tests.rooms.vet.files_made.cases import HONEST, HOSTILE, made

__all__ = [
    "HONEST",
    "HOSTILE",
    "honest_files",
    "hostile_containers",
    "hostile_others",
    "hostile_pickles",
    "made",
]
