"""The releases file: which model became available when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.sources import find_sources, unreadable
from stillwatch.adapters.readers.times import time_us
from stillwatch.model.errors import BadInput
from stillwatch.model.release import Release

_MAX_BYTES = 16 << 20
_SHAPE = '{"releases": [{"model": "m-1", "released_at": "2026-06-10T12:00:00Z"}]}'


def read_releases(path: str | Path) -> tuple[Release, ...]:
    """Read a releases file.

    Args:
        path: JSON of the form ``{"releases": [{"model": ..., "released_at": ...}]}``.

    Returns:
        The releases in the order of their time, then of their model.

    Raises:
        BadInput: no such file, not that shape, a time that is none, a model twice.
        OutsideFailed: the file may not be read.
    """
    found = find_sources([path])
    if len(found) != 1 or found[0].n_bytes > _MAX_BYTES:
        raise _wrong(str(path), "this is not one releases file.")
    file = found[0].path
    try:
        whole = loads(file.read_bytes())
    except OSError as error:
        raise unreadable(file) from error
    except BadJson as error:
        raise _wrong(str(file), f"{error}.") from error
    listed = whole.get("releases") if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        raise _wrong(str(file), "there is no list named releases.")
    releases = [_release(one, f"{file}, release {place}") for place, one in enumerate(listed, 1)]
    models = [one.model for one in releases]
    for model in models:
        if models.count(model) > 1:
            raise _wrong(str(file), f"model {model[:80]!r} is released twice.")
    return tuple(sorted(releases, key=lambda one: (one.released_at_us, one.model)))


def _release(given: Any, where: str) -> Release:
    if not isinstance(given, dict) or not isinstance(model := given.get("model"), str) or not model:
        raise _wrong(where, "the model is not named.")
    released_at_us = time_us(given.get("released_at"))
    if released_at_us is None:
        raise _wrong(where, "released_at is not a time.")
    return Release(model, released_at_us)


def _wrong(where: str, what: str) -> BadInput:
    return BadInput(what, where=where, remedy=f"Write it so: {_SHAPE}")
