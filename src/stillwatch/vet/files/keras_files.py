"""Keras before its third version: a description in JSON, kept as an attribute of an HDF5 file."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import h5py

from stillwatch.vet.files import keras
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

_MOST = 100_000


def examine(stream: BinaryIO, size: int, name: str = "stillwatch") -> Sight:
    """Say whether a model carries code, and whether its data stand in other files.

    Args:
        stream: seekable.
        size: bytes of the file.
        name: of the scanner, for the sight.
    """
    try:
        with h5py.File(stream, "r") as file:
            reasons = [*_of_description(file), *_of_links(file)]
    except Exception as error:  # h5py raises what its C library tells
        told = f"cannot be read as HDF5: {error}"[:200]
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=(told,))
    return Sight(
        scanner=name,
        verdict=gravest([Verdict.CLEAN, *(one for one, _ in reasons)]),
        because=tuple(dict.fromkeys(text for _, text in reasons)),
        read_all=True,
    )


def _of_description(file: Any) -> list[tuple[Verdict, str]]:
    told = file.attrs.get("model_config")
    if told is None:
        return []
    text = told.decode("utf-8") if isinstance(told, bytes) else str(told)
    described = json.loads(text)
    return keras.rule_on(described) if isinstance(described, dict) else []


def _of_links(file: Any) -> list[tuple[Verdict, str]]:
    found: list[tuple[Verdict, str]] = []
    open_, n = [file], 0
    while open_ and n < _MOST:
        group = open_.pop()
        for key in group:
            n += 1
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                told = f"takes data from another file: {link.filename[:100]!r}"
                found.append((Verdict.MALICIOUS, told))
            elif isinstance(link, h5py.HardLink):
                one = group.get(key)
                if isinstance(one, h5py.Group):
                    open_.append(one)
                elif getattr(one, "external", None):
                    said = f"takes numbers from another file: {one.external[0][0][:100]!r}"
                    found.append((Verdict.MALICIOUS, said))
    if n >= _MOST:
        found.append((Verdict.NOT_EXAMINED, f"has more than {_MOST:,} parts"))
    return found
