"""An examination as the part of a review that it is."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import stillwatch
from stillwatch.adapters.scanning.examining import Examined
from stillwatch.adapters.scanning.jail import SAYS
from stillwatch.adapters.scanning.subjects import readable
from stillwatch.vet.files.checks import OWN
from stillwatch.vet.files.reporting import part_of
from stillwatch.vet.part import Part


def part(told: Examined) -> Part:
    """The part that an examination makes."""
    tools = {OWN: stillwatch.__version__, **told.versions}
    date, evasions = known_evasions()
    return part_of(
        told.subjects,
        subject=readable(told.place.absolute().name or str(told.place)),
        unlooked=[(one.shown, one.why) for one in told.unlooked],
        isolation=SAYS[told.isolation],
        tools=tools,
        absent=told.absent,
        evasions={name: said for name, said in evasions.items() if name in tools},
        measured={
            "isolation": told.isolation.value,
            "cpu_s": {name: round(spent, 3) for name, spent in told.cpu_s.items()},
            "wall_s": round(told.wall_s, 2),
            "known_evasions_looked_up": date,
        },
        compared=told.references,
    )


def known_evasions() -> tuple[str, dict[str, tuple[str, ...]]]:
    """When they were looked up, and what is known to get past each tool."""
    place = resources.files("stillwatch.adapters.scanning") / "known_evasions.toml"
    told: dict[str, Any] = tomllib.loads(place.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for one in told["evasion"]:
        until = f"; closed in {one['until']}" if one["until"] else ""
        found.setdefault(one["tool"], []).append(f"{one['says']} ({one['source']}{until})")
    return str(told["looked_up"]), {name: tuple(said) for name, said in found.items()}
