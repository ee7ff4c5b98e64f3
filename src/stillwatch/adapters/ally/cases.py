"""Read a case to compare jurisdictions on, and other small JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.small_json import read_small_json
from stillwatch.model.errors import BadInput

MOST_BYTES: Final = 4 * 2**20


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a file.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is too long, no JSON or no object.
    """
    told, _ = read_small_json(path, MOST_BYTES)
    if not isinstance(told, dict):
        raise BadInput("is no JSON object.", where=str(path))
    return told


def read_case(path: Path) -> dict[str, Any]:
    """The facts of a case.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it has no facts.
    """
    facts = read_json(path).get("facts")
    if not isinstance(facts, dict):
        raise BadInput(
            "has no facts.", where=str(path), remedy='Write {"facts": {"crosses_border": true}}.'
        )
    return facts
