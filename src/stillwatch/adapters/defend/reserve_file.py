"""The reserve on disk: one line an exchange, texts sealed, added to by the server alone."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.defend.reserve import Kept, Sampling
from stillwatch.model.errors import BadInput, OutsideFailed

SCHEMA: Final = "stillwatch.reserve/1"
_BYTES: Final = ("prompt_tag", "served", "drawn", "sealed")


def add_kept(path: Path, kept: Kept) -> None:
    """Add one exchange.

    Raises:
        OutsideFailed: it cannot be written.
    """
    told: dict[str, Any] = {
        "schema": SCHEMA, "exchange_id": kept.exchange_id, "key": kept.key,
        "served_us": kept.served_us, "model": kept.sampling.model,
        "temperature": kept.sampling.temperature, "settings": kept.sampling.settings,
    }  # fmt: skip
    told |= {name: base64.b64encode(getattr(kept, name)).decode() for name in _BYTES}
    data = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            whole = os.write(file, data) == len(data)
        finally:
            os.close(file)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
    if not whole:
        raise OutsideFailed(f"{path} was written in part: the disk is full.")


def read_kept(path: Path) -> Iterator[Kept]:
    """Every exchange in reserve, in the order in which they were served.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: a line is none of the reserve.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    for number, line in enumerate(lines, 1):
        try:
            told = orjson.loads(line)
            held = {name: base64.b64decode(told[name], validate=True) for name in _BYTES}
            how = Sampling(
                model=told["model"], temperature=told["temperature"], settings=told["settings"]
            )
            yield Kept(
                exchange_id=told["exchange_id"], key=told["key"], served_us=told["served_us"],
                sampling=how, **held,
            )  # fmt: skip
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            what = f"is no line of {SCHEMA}: {type(error).__name__}."
            raise BadInput(what, where=f"{path}, line {number}") from None
