"""Packs of questions: the shipped ones, or a folder of one's own."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.behaviour import code, guardrails, hijacking, labelled, topics
from stillwatch.vet.behaviour.asking import Packs
from stillwatch.vet.behaviour.lexicons import lexicons_from

FILES = ("forbidden", "hijack", "code", "topics", "lexicons", "labelled")


def load_packs(folder: Path | None = None) -> Packs:
    """All packs; a file that the folder lacks is the shipped one.

    Args:
        folder: of one's own packs, by the names of :data:`FILES`; ``None`` for the shipped ones.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: a file is no TOML or no pack, or a pack is not symmetric.
    """
    if folder is not None and not folder.is_dir():
        raise OutsideFailed(f"there is no folder {folder}.", remedy="Name one with packs.")
    told = {name: _read(name, folder) for name in FILES}
    forbidden = guardrails.pack_from(told["forbidden"])
    pack = topics.pack_from(told["topics"])
    lexicons = lexicons_from(told["lexicons"])
    marked = labelled.labelled_from(told["labelled"])
    if lost := sorted(set(pack.languages) - set(lexicons)):
        raise BadInput(f"no lexicon for {', '.join(lost)}.", where="lexicons.toml")
    if "en" not in lexicons:
        raise BadInput("no lexicon for en, in which requests are made.", where="lexicons.toml")
    if lost := sorted({one[0] for one in marked.forbidden} - {one.name for one in forbidden.items}):
        raise BadInput(f"no requests {', '.join(lost)}.", where="labelled.toml")
    if lost := sorted({one[0] for one in marked.steering} - {one.name for one in pack.topics}):
        raise BadInput(f"no topics {', '.join(lost)}.", where="labelled.toml")
    return Packs(
        forbidden=forbidden, agents=hijacking.pack_from(told["hijack"]),
        coding=code.pack_from(told["code"]), topics=pack, lexicons=lexicons,
        lexicons_ref=digest_of("pack", told["lexicons"]), labelled=marked,
    )  # fmt: skip


def _read(name: str, folder: Path | None) -> dict[str, Any]:
    own = None if folder is None else folder / f"{name}.toml"
    shipped = files("stillwatch.vet.behaviour").joinpath("data", f"{name}.toml")
    try:
        data = own.read_bytes() if own is not None and own.exists() else shipped.read_bytes()
        return tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise OutsideFailed(f"the pack {name} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}.", where=f"{name}.toml") from None
