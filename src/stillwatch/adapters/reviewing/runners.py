"""Runners: what a review can examine by itself, one line an examination.

A runner is handed the tool's file, the inventory and the settings, and makes one part. The table
is read in the order of the bar; what it lacks is told as not examined, unless a part is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from stillwatch.adapters.reviewing.model_signing import signature_part
from stillwatch.adapters.reviewing.toolfile import ToolFile
from stillwatch.adapters.settings import Settings
from stillwatch.model.errors import BadInput
from stillwatch.playbooks.reviewing import Runner
from stillwatch.vet.part import Part
from stillwatch.vet.review.bar import BAR
from stillwatch.vet.review.identity import identity_of
from stillwatch.vet.review.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Asked:
    """What every runner is handed."""

    file: ToolFile
    inventory: Inventory
    settings: Settings


def _identity(asked: Asked) -> Part:
    return identity_of(asked.file.tool, asked.inventory)


def _signature(asked: Asked) -> Part:
    file = asked.file
    if file.folder is None:
        raise BadInput("no files of the tool were handed in.", where="signature")
    if asked.inventory.not_read:
        path, why = asked.inventory.not_read[0]
        raise BadInput(f"no signature can cover what is no plain file: {path}: {why}.")
    return signature_part(
        file.folder, asked.inventory.digest, file.signature, file.public_key, asked.settings.review
    )


RUNNERS: Final[Mapping[str, Callable[[Asked], Part]]] = {
    "identity": _identity,
    "signature": _signature,
}


def runners_for(asked: Asked) -> dict[str, Runner]:
    """The runners that apply to a tool, each ready to be called."""
    needs = {one.name: one.needs for one in BAR}
    return {
        name: partial(runner, asked)
        for name, runner in RUNNERS.items()
        if asked.file.tool.has(needs[name])
    }


def unheard(file: ToolFile) -> tuple[str, ...]:
    """Tables of a tool's file that nothing here can run."""
    return tuple(sorted(set(file.tables) - set(RUNNERS)))
