"""Slots of a file: places in answers with equally good ways, written by people."""

from __future__ import annotations

import tomllib
from pathlib import Path

from stillwatch.defend.canaries import Slot
from stillwatch.model.errors import BadInput, OutsideFailed


def load_slots(path: Path) -> dict[str, Slot]:
    """Read ``[slot.NAME]`` tables with ``ways``, a list of strings.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it is no TOML, holds no slot, or one with fewer than two ways.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", where=str(path)) from None
    told = tree.get("slot")
    if not isinstance(told, dict) or not told or set(tree) != {"slot"}:
        raise BadInput("holds no [slot.NAME] tables, or others too.", where=str(path))
    found = {}
    for name, one in told.items():
        where = f"{path}, slot {name}"
        if not isinstance(one, dict) or set(one) != {"ways"} or not isinstance(one["ways"], list):
            raise BadInput("has one key, ways: a list.", where=where)
        if not all(isinstance(way, str) for way in one["ways"]):
            raise BadInput("every way is a string.", where=where)
        found[name] = Slot(name, tuple(one["ways"]))
    return found
