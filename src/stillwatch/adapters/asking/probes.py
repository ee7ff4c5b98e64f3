"""Probes of a file: one JSON object a line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.asked import Probe, probe_from


def read_probes(path: Path) -> list[Probe]:
    """Read a file of probes.

    Raises:
        BadInput: a line is no probe, a name stands twice, or there is none.
        OutsideFailed: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    found: dict[str, Probe] = {}
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            told = orjson.loads(line)
            if not isinstance(told, dict):
                raise BadInput("is no object.", where=where)
            probe = probe_from(told)
        except orjson.JSONDecodeError as error:
            raise BadInput(f"is no JSON: {error}.", where=where) from None
        except BadInput as error:
            raise BadInput(error.what, where=where) from None
        if probe.name in found:
            raise BadInput(f"the name {probe.name!r} stands twice.", where=where)
        found[probe.name] = probe
    if not found:
        raise BadInput("holds no probe.", where=str(path))
    return list(found.values())


def write_probes(probes: Iterable[Probe], path: Path) -> None:
    """Write probes to a file that its owner alone may read.

    Raises:
        OutsideFailed: the disk refuses.
    """
    lines = (orjson.dumps(one.to_json(), option=orjson.OPT_APPEND_NEWLINE) for one in probes)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file:
            file.writelines(lines)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
