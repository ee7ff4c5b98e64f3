"""Envoy's configuration on disk: the bootstrap once, the route table whenever it changes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.envoy.bootstrap import Place, bootstrap, route_table
from stillwatch.model.errors import OutsideFailed


def write_files(place: Place, folder: Path) -> None:
    """Write ``envoy.json``, which its owner alone may read, and an empty ``routes.json``.

    Raises:
        OutsideFailed: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None
    put(folder / "envoy.json", bootstrap(place), mode=0o600)
    put(Path(place.routes), route_table({}, place.account_header), mode=0o644)


def put(path: Path, value: Any, *, mode: int) -> bool:
    """Put a value in a file, whole; whether it was not there before.

    Raises:
        OutsideFailed: it cannot be written.
    """
    body = orjson.dumps(value)
    try:
        if path.exists() and path.read_bytes() == body:
            return False
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(body)
        os.chmod(file.name, mode)
        os.replace(file.name, path)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
    return True
