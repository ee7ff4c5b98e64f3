"""Files of parts: what a command of the room printed with ``--json``, read with care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.small_json import read_small_json
from stillwatch.model.errors import BadInput
from stillwatch.vet.part import Part, part_from

MOST_BYTES: Final = 16 * 2**20
#: points of one part; more than anybody reads, and less than chokes a page.
MOST_POINTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class GivenPart:
    """A part that was made before.

    Args:
        part: what it says.
        name: of its file.
        content: the file's bytes.
    """

    part: Part
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the file."""
        return sha256(self.content).hexdigest()


def load_parts(named: Mapping[str, Sequence[Path]]) -> tuple[GivenPart, ...]:
    """Read every part that a tool's file names.

    Args:
        named: paths, by the name that the part must have.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: a file is no part, or one of another name.
    """
    found = []
    for name, paths in named.items():
        for path in paths:
            one = load_part(path)
            if one.part.name != name:
                raise BadInput(
                    f"is a part called {one.part.name!r}, and was named for {name!r}.",
                    where=str(path),
                )
            found.append(one)
    return tuple(found)


def load_part(path: Path) -> GivenPart:
    """Read one part.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it is no part.
    """
    told, content = read_small_json(path, MOST_BYTES)
    if not isinstance(told, dict):
        raise BadInput("is no part of a vetting: it is no object.", where=str(path))
    try:
        part = part_from(told)
        _check(part)
    except BadInput as error:
        raise BadInput(error.what, where=str(path)) from None
    return GivenPart(part, path.name, content)


def spelled(part: Part) -> bytes:
    """A part as its file holds it."""
    return orjson.dumps(part.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _check(part: Part) -> None:
    """Refuse words of the wrong kind, which a part's reader lets through."""
    if len(part.points) > MOST_POINTS:
        raise BadInput(f"a part has more than {MOST_POINTS:,} points.", where=part.name)
    words: list[Any] = [part.name, part.subject, part.because, *part.limits]
    words += [*part.covered, *part.not_covered, *part.tools, *part.tools.values()]
    words += [*part.known_evasions, *(one for told in part.known_evasions.values() for one in told)]
    for point in part.points:
        words += [point.title, point.observed, point.where, point.method]
        _number(point.log2_e)
    for word in words:
        if not isinstance(word, str):
            raise BadInput(f"{str(word)[:60]!r} is no text.", where="vetting")


def _number(value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadInput(f"{str(value)[:60]!r} is no number.", where="vetting")
