"""Runners: what a review can examine by itself, one line an examination.

A runner is handed the tool's file, the inventory and the settings, and makes one part. What is not
in the table, or has no table in the tool's file where it needs one, is told as not examined,
unless a part is handed in. A review asks no model anything: asking costs money and is done by
the commands of each examination, whose folders are read here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

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

    @property
    def folder(self) -> Path:
        """Of the tool's files.

        Raises:
            BadInput: it has none.
        """
        if self.file.folder is None:
            raise BadInput("no files of the tool were handed in.", where=str(self.file.path))
        return self.file.folder

    def named(self, table: str, key: str, *, needed: bool = False) -> Path | None:
        """A path that a table of the tool's file names.

        Raises:
            BadInput: it is no text, or is needed and not there.
        """
        told = self.file.tables.get(table, {}).get(key)
        if told is None and not needed:
            return None
        if not isinstance(told, str) or not told:
            raise BadInput(f"{table}.{key} names no file.", where=str(self.file.path))
        return self.file.near(told)

    def place(self, table: str, key: str) -> Path:
        """A path that a table must name.

        Raises:
            BadInput: it does not.
        """
        found = self.named(table, key, needed=True)
        assert found is not None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Args:
        make: makes the part.
        keys: of its table in the tool's file.
        needs_table: whether it can do nothing without.
    """

    make: Callable[[Asked], Part]
    keys: frozenset[str] = frozenset()
    needs_table: bool = False


def _identity(asked: Asked) -> Part:
    return identity_of(asked.file.tool, asked.inventory)


def _signature(asked: Asked) -> Part:
    from stillwatch.adapters.reviewing.model_signing import signature_part

    file = asked.file
    if asked.inventory.not_read:
        path, why = asked.inventory.not_read[0]
        raise BadInput(f"no signature can cover what is no plain file: {path}: {why}.")
    return signature_part(
        asked.folder, asked.inventory.digest, file.signature, file.public_key, asked.settings.review
    )


def _files(asked: Asked) -> Part:
    from stillwatch.adapters.scanning.examining import examine
    from stillwatch.adapters.scanning.telling import part as told_part

    reference = asked.named("files", "reference")
    found = told_part(examine(asked.folder.absolute(), asked.settings.files, reference=reference))
    return replace(found, subject=asked.inventory.digest)


def _substitution(asked: Asked) -> Part:
    from stillwatch.adapters.substitution import Watch, load_plan

    plan = asked.place("substitution", "plan")
    state = asked.named("substitution", "state") or plan.with_name(f"{plan.name}.looks")
    if not state.is_dir():
        raise BadInput("no look was taken.", where=str(state),
                       remedy="Take one with `stillwatch vet substitution PLAN`.")  # fmt: skip
    return Watch(load_plan(plan), state).part()


def _behaviour(asked: Asked) -> Part:
    from stillwatch.adapters.behaving import load_job, load_packs, look
    from stillwatch.adapters.behaving.running import costs

    told = asked.settings.behaviour
    into, job = asked.place("behaviour", "into"), load_job(asked.place("behaviour", "plan"))
    packs = load_packs(told.packs)
    n_left = sum(cost.requests.best for _, cost in costs(job, packs, into))
    if n_left:
        raise BadInput(
            f"about {n_left:,.0f} requests were not asked yet.", where=str(into),
            remedy="Ask them with `stillwatch vet behaviour PLAN --into DIR`.",
        )  # fmt: skip
    return look(job, packs, into, python=told.python, may_ask=False)


def _data_flow(asked: Asked) -> Part:
    from stillwatch.adapters.data_flow import load_review, look

    return look(load_review(asked.place("data_flow", "file")))


def _lineage(asked: Asked) -> Part:
    from stillwatch.adapters.vetting.lineage_running import judge_case, open_case

    plan, suspect = asked.place("lineage", "plan"), asked.file.tables["lineage"].get("suspect")
    found = judge_case(open_case(plan), into=asked.named("lineage", "into"))
    if suspect is None and len(found) == 1:
        return next(iter(found.values()))
    if suspect not in found:
        raise BadInput(
            f"lineage.suspect is none of {', '.join(found)}.", where=str(asked.file.path)
        )
    return found[str(suspect)]


RUNNERS: Final[Mapping[str, Row]] = {
    "identity": Row(make=_identity),
    "signature": Row(make=_signature),
    "files": Row(make=_files, keys=frozenset({"reference"})),
    "substitution": Row(
        make=_substitution, keys=frozenset({"plan", "state"}), needs_table=True
    ),
    "behaviour": Row(make=_behaviour, keys=frozenset({"plan", "into"}), needs_table=True),
    "data_flow": Row(make=_data_flow, keys=frozenset({"file"}), needs_table=True),
    "lineage": Row(make=_lineage, keys=frozenset({"plan", "into", "suspect"}), needs_table=True),
}  # fmt: skip


def runners_for(asked: Asked) -> dict[str, Runner]:
    """The runners that apply to a tool, each ready to be called.

    Raises:
        BadInput: a table of the tool's file has a key that its runner does not know.
    """
    for name, table in asked.file.tables.items():
        if unknown := sorted(set(table) - RUNNERS[name].keys):
            raise BadInput(
                f"{name}.{unknown[0]}: no such key.", where=str(asked.file.path),
                remedy=f"It has {', '.join(sorted(RUNNERS[name].keys))}.",
            )  # fmt: skip
    needs = {one.name: one.needs for one in BAR}
    return {
        name: partial(row.make, asked)
        for name, row in RUNNERS.items()
        if name in asked.file.tables or (not row.needs_table and asked.file.tool.has(needs[name]))
    }
