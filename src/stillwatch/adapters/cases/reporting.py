"""Reporting: one document, four forms, and the one door through which a name may leave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.cases.desk import CaseDesk
from stillwatch.adapters.cases.page import page_of
from stillwatch.adapters.cases.stix import bundle_of
from stillwatch.adapters.cases.tables import error_rates, likelihoods
from stillwatch.adapters.pages import pdf_of
from stillwatch.adapters.results import write_whole
from stillwatch.attribute.book import Case
from stillwatch.attribute.document import document_of
from stillwatch.attribute.naming import holds_name, name_to_show
from stillwatch.attribute.signoffs import plain
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed

NAMES = {"json": "report.json", "html": "report.html", "stix": "report.stix.json",
         "pdf": "report.pdf"}  # fmt: skip
DIGESTS = "report.sha256"


@dataclass(frozen=True, slots=True)
class Forms:
    """A report in its forms; ``pdf`` is None where it was not asked for."""

    document: dict[str, Any]
    html: str
    stix: str
    pdf: bytes | None

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """File names and what they hold."""
        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        yield NAMES["json"], orjson.dumps(self.document, option=option)
        yield NAMES["html"], self.html.encode()
        yield NAMES["stix"], self.stix.encode()
        if self.pdf is not None:
            yield NAMES["pdf"], self.pdf


def told(desk: CaseDesk, case: Case, *, enacted_us: int | None = None) -> dict[str, Any]:
    """The document of a case, without any name."""
    naming = desk.naming(case)
    return document_of(
        case, likelihoods(), naming, error_rates=error_rates(), enacted_us=enacted_us
    )  # fmt: skip


def forms_of(
    desk: CaseDesk,
    name: str,
    now_us: int,
    *,
    by: str = "",
    with_name: bool = False,
    pdf: bool = True,
    enacted_us: int | None = None,
) -> Forms:
    """A case's report in all its forms.

    Args:
        desk: of the casebook.
        name: enough of the case's id.
        now_us: the moment; recorded where a name is asked for, and nowhere else.
        by: the person who asks; needed for a name.
        with_name: show the organisation's name.
        pdf: make the PDF too.
        enacted_us: a day on which the bill is supposed to be enacted.

    Raises:
        NotAllowed: the name may not be shown; the message says what lacks.
    """
    case = desk.read(name)
    shown = ""
    if with_name:
        shown = name_to_show(case, desk.naming(case))
        proposed = case.proposed
        assert proposed is not None
        recorded = desk.record_naming(case.id, str(proposed.body["party"]), by, now_us)
        if recorded.covers != case.covers:
            raise NotAllowed("the case has changed meanwhile", by_rule="sign what you read")
    document = document_of(
        case, likelihoods(), desk.naming(case), error_rates=error_rates(), shown_name=shown,
        enacted_us=enacted_us,
    )  # fmt: skip
    hidden = [one for one in case.names if plain(one) != plain(shown)]
    if any(holds_name(text, hidden) for text in _texts(document)):
        raise NotAllowed("a text of the report holds a proposed name", by_rule="not named")
    page = page_of(document, case.record)
    made = pdf_of(page, case.head.id) if pdf else None
    return Forms(document, page, bundle_of(document), made)


def write_forms(forms: Forms, folder: Path) -> list[Path]:
    """Write a report; each file is there whole or not at all.

    Their digests are written last, in the form of ``sha256sum``: where that file is absent or
    does not agree, the others are not of one report.

    Raises:
        OutsideFailed: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from error
    _check_folder(folder, forms)
    sums = folder / DIGESTS
    sums.unlink(missing_ok=True)
    out, lines = [], []
    for name, content in forms.contents():
        write_whole(folder / name, content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        out.append(folder / name)
    write_whole(sums, "".join(lines).encode())
    return [*out, sums]


def _check_folder(folder: Path, forms: Forms) -> None:
    """Refuse a folder that holds the report of another case."""
    try:
        held = orjson.loads((folder / "report.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return
    other = held.get("case") if isinstance(held, dict) else None
    if isinstance(other, str) and other != forms.document["case"]:
        raise NotAllowed(
            f"{folder} holds the report of {other}; name another folder with --out",
            by_rule="a report is not overwritten by another case's",
        )


def day_us(day: str) -> int:
    """A day such as 2027-01-31 as microseconds since 1970.

    Raises:
        BadInput: it is none.
    """
    try:
        return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1e6)
    except ValueError as error:
        raise BadInput(f"{day!r} is no day such as 2027-01-31.", where="--if-enacted") from error


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
