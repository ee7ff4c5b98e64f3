"""Making: from a tool's file to a report in all its forms, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from stillwatch import __version__
from stillwatch.adapters.pages import pdf_of
from stillwatch.adapters.reviewing.hashing import inventory_of
from stillwatch.adapters.reviewing.manifest import (
    Earlier,
    check_inputs,
    kept_parts,
    manifest_of,
)
from stillwatch.adapters.reviewing.names import BOM, MANIFEST, PAGE, PARTS, PDF, REPORT
from stillwatch.adapters.reviewing.page import page_of
from stillwatch.adapters.reviewing.part_files import GivenPart, load_parts, spelled
from stillwatch.adapters.reviewing.runners import Asked, runners_for
from stillwatch.adapters.reviewing.toolfile import ToolFile
from stillwatch.adapters.reviewing.validating import bom_fault, is_spdx
from stillwatch.adapters.settings import Settings
from stillwatch.attribute.redaction.redactor import Sort
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.playbooks.reviewing import examine
from stillwatch.vet.part import Part
from stillwatch.vet.review.bom import bom_of
from stillwatch.vet.review.document import Review, document_of
from stillwatch.vet.review.hearing import Override
from stillwatch.vet.review.inventory import Inventory
from stillwatch.vet.review.modes import Mode

_OPTION: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
#: branches of a report in which others' words stand; addresses for a reply are none of them.
_LOOKED_THROUGH: Final = (
    "answer", "examinations", "not_examined", "parts", "contradictions",
    "loose_ends", "limits", "dissents",
)  # fmt: skip


def _quiet(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a report is made from.

    Args:
        file: the tool's file.
        inventory: of its files.
        parts: in the order of the report, each with the bytes it is kept as.
        earlier: the report that is made again; None for a new one.
    """

    file: ToolFile
    inventory: Inventory
    parts: tuple[GivenPart, ...]
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """A report in its forms.

    Args:
        document: plain values.
        contents: bytes by file name; parts stand below ``parts/``.
        notes: what a person should be told, beside the report.
    """

    document: dict[str, Any]
    contents: Mapping[str, bytes]
    notes: tuple[str, ...] = field(default=())


def gather(
    file: ToolFile,
    settings: Settings,
    earlier: Earlier | None = None,
    say: Callable[[str], None] = _quiet,
    *,
    now_us: int = 0,
) -> Gathered:
    """Hash the files, read the parts that were made before, and make those that can be made.

    Args:
        file: the tool's file.
        settings: in force.
        earlier: a report to be made again; its parts are taken, and none is made.
        say: told what is being done.
        now_us: the moment, microseconds since 1970-01-01 UTC; for a report that is made again.

    Raises:
        BadInput: an input is not what it should be.
        OutsideFailed: something cannot be read.
    """
    for named in (file.signature, file.public_key):
        if named is not None and not named.is_file():
            raise BadInput("there is no such file.", where=str(named))
    inventory = Inventory()
    if file.folder is not None:
        say("Hashing the files")
        inventory = inventory_of(file.folder)
    if earlier is not None:
        check_inputs(earlier, file, inventory.digest, now_us)
        return Gathered(file=file, inventory=inventory, parts=kept_parts(earlier), earlier=earlier)
    given = load_parts(file.parts)
    runners = runners_for(Asked(file, inventory, settings))
    made = examine([one.part for one in given], runners, say)
    return Gathered(file=file, inventory=inventory, parts=_kept(made))


def make(
    gathered: Gathered,
    settings: Settings,
    *,
    mode: Mode,
    made_us: int,
    override: Override | None = None,
    pdf: bool = True,
) -> Forms:
    """A report in all its forms.

    Args:
        gathered: what it is made from.
        settings: in force.
        mode: for whom.
        made_us: moment, microseconds since 1970-01-01 UTC.
        override: a person's word that it is published early.
        pdf: make the PDF too.

    Raises:
        NotAllowed: a public report may not be made yet.
        BadInput: the re-test is not after the report.
        OutsideFailed: Pango is missing, or the bill of materials breaks its schema.
    """
    file = gathered.file
    day = datetime.fromtimestamp(made_us / 1e6, UTC).date()
    review = Review(
        tool=file.tool, inventory=gathered.inventory,
        parts=tuple(one.part for one in gathered.parts), hearing=file.hearing,
        dissents=file.dissents, by=file.by, retest_on=file.retest(day), limits=file.limits,
        versions={"stillwatch": __version__},
    )  # fmt: skip
    document = document_of(review, mode=mode, made_us=made_us, override=override)
    if mode is Mode.PUBLIC:
        document = looked_through(document)
    bom = bom_of(document, spdx=is_spdx(file.tool.licence))
    fault = bom_fault(bom)
    notes: list[str] = []
    if fault.startswith("not checked"):
        notes.append(f"the bill of materials was {fault}.")
    elif fault:
        raise OutsideFailed(f"the bill of materials breaks its schema: {fault}")
    report = orjson.dumps(document, option=_OPTION)
    page = page_of(document)
    contents = {REPORT: report, PAGE: page.encode(), BOM: orjson.dumps(bom, option=_OPTION)}
    if pdf:
        contents[PDF] = pdf_of(page, bom["serialNumber"])
    manifest = manifest_of(
        file, gathered.inventory.digest, gathered.parts, document, report, made_us=made_us,
        settings={"signing_timeout_s": settings.review.signing_timeout_s},
    )  # fmt: skip
    contents[MANIFEST] = orjson.dumps(manifest, option=_OPTION)
    if mode is Mode.PRIVATE:
        contents |= {f"{PARTS}/{one.name}": one.content for one in gathered.parts}
    return Forms(document=document, contents=contents, notes=tuple(notes))


def looked_through(document: Mapping[str, Any]) -> dict[str, Any]:
    """A public report without personal data and keys in others' words.

    What was taken out is counted in ``withheld.redacted``.
    """
    from stillwatch.adapters.custody.detectors import redactor

    told = {name: document[name] for name in _LOOKED_THROUGH}
    clean = redactor().redact(orjson.dumps(told), Sort.RECORD)
    withheld = {**document["withheld"], "redacted": clean.counts}
    return {**document, **orjson.loads(clean.content), "withheld": withheld}


def _kept(parts: Sequence[Part]) -> tuple[GivenPart, ...]:
    """Parts under file names of their own, in the report's order."""
    found: list[GivenPart] = []
    for part in parts:
        n = sum(one.part.name == part.name for one in found)
        name = f"{part.name}{f'-{n + 1}' if n else ''}.json"
        found.append(GivenPart(part, name, spelled(part)))
    return tuple(found)
