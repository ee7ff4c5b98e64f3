"""The tool's file: what is under review, in TOML that a person writes.

Unknown keys are refused, and so is any that says where a vendor or a person is from: the bar is
the same for all, so there is nothing to do with it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillwatch.adapters.small_json import read_small
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.vet.review.bar import NAMES
from stillwatch.vet.review.hearing import LEAST_DAYS, Dissent, Hearing
from stillwatch.vet.review.tool import Dataset, Endpoint, Tool

MOST_BYTES: Final = 1 << 20
#: words of a key that would say where somebody is from.
ORIGIN: Final = frozenset(
    "country countries nationality nation citizenship jurisdiction region continent ethnicity "
    "origin locale headquarters hq flag government".split()
)
#: tables that go to the one who makes that part; their keys are his.
HANDED_ON: Final = frozenset({"lineage", "substitution", "behaviour", "data_flow", "files"})
_Line = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(max_length=20_000)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Tool(_Strict):
    name: _Name
    version: _Line = ""
    vendor: _Line = ""
    licence: _Line = ""
    purpose: _Text = ""
    files: _Line = ""
    files_digest: _Line = ""
    built_on: tuple[_Line, ...] = ()
    limits: tuple[_Text, ...] = ()


class _Endpoint(_Strict):
    name: _Name
    address: Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=500)]
    model: _Line = ""
    operator: _Line = ""


class _Dataset(_Strict):
    name: _Name
    source: _Line = ""
    licence: _Line = ""
    outputs_of: tuple[_Line, ...] = ()


class _Signature(_Strict):
    file: _Line = ""
    public_key: _Line = ""


class _Reply(_Strict):
    on: date
    says: Annotated[str, Field(min_length=1, max_length=20_000)]


class _Vendor(_Strict):
    contact: _Line = ""
    asked_on: date | None = None
    days_to_reply: int = LEAST_DAYS
    appeal_to: _Line = ""
    appeal_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    reply: _Reply | None = None


class _Dissent(_Strict):
    by: _Name
    on: date
    says: Annotated[str, Field(min_length=1, max_length=20_000)]
    about: _Line = ""


class _Review(_Strict):
    by: _Name
    retest_on: date | None = None
    valid_days: Annotated[int, Field(ge=1, le=1_100)] = 180
    limits: tuple[_Text, ...] = ()


class _File(_Strict):
    tool: _Tool
    review: _Review
    vendor: _Vendor = _Vendor()
    endpoint: tuple[_Endpoint, ...] = ()
    dataset: tuple[_Dataset, ...] | None = None
    signature: _Signature = _Signature()
    dissent: tuple[_Dissent, ...] = ()
    parts: dict[str, _Line | tuple[_Line, ...]] = {}
    lineage: dict[str, Any] = {}
    substitution: dict[str, Any] = {}
    behaviour: dict[str, Any] = {}
    data_flow: dict[str, Any] = {}
    files: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFile:
    """A tool's file as it was read.

    Args:
        path: of the file.
        content: its bytes.
        tool: under review.
        hearing: what the vendor was asked and said.
        dissents: who does not agree.
        by: who answers for the review.
        retest_on: day of the re-test as it is named; None for a number of days after the report.
        valid_days: that number.
        limits: the reviewers' own sentences.
        folder: of the tool's files; None where it has none.
        signature: of the model; None where none is named.
        public_key: of whoever signed it; None where none is named.
        parts: files of parts that were made before, by name.
        tables: of those who make parts, by name; their keys are theirs.
    """

    path: Path
    content: bytes
    tool: Tool
    hearing: Hearing
    dissents: tuple[Dissent, ...]
    by: str
    retest_on: date | None
    valid_days: int
    limits: tuple[str, ...]
    folder: Path | None
    signature: Path | None
    public_key: Path | None
    parts: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def retest(self, day: date) -> date:
        """Day of the re-test of a report that is made on a day."""
        return self.retest_on or day + timedelta(days=self.valid_days)

    def near(self, name: str) -> Path:
        """A path as the file names it: from the folder that the file stands in."""
        return self.path.parent / name


def load_tool(path: Path) -> ToolFile:
    """Read a tool's file.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no such file; the message names the key.
        NotAllowed: it says where somebody is from.
    """
    content = read_small(path, MOST_BYTES)
    try:
        tree = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"is no TOML: {error}.", where=str(path)) from None
    for key in _keys(tree):
        if ORIGIN & set(re.split(r"[^a-z]+", key.rpartition(".")[2].lower())):
            raise NotAllowed(
                f"{path} has a key {key!r}; take it out",
                by_rule="the bar is the same whoever the vendor is, and wherever",
            )
    try:
        read = _File(**tree)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{key}: {first['msg']}.", where=str(path)) from None
    return _made(path, content, read)


def _made(path: Path, content: bytes, read: _File) -> ToolFile:
    near = path.parent
    vendor, reply = read.vendor, read.vendor.reply
    named = {name: getattr(read, name) for name in sorted(HANDED_ON)}
    unknown = sorted(set(read.parts) - set(NAMES))
    if unknown:
        raise BadInput(
            f"parts.{unknown[0]}: the bar has no such examination.", where=str(path),
            remedy=f"It has {', '.join(NAMES)}.",
        )  # fmt: skip
    _check_names(path, [one.name for one in read.endpoint], "endpoint")
    return ToolFile(
        path=path,
        content=content,
        tool=Tool(
            name=read.tool.name, version=read.tool.version, vendor=read.tool.vendor,
            licence=read.tool.licence, purpose=read.tool.purpose, built_on=read.tool.built_on,
            datasets=(
                None if read.dataset is None
                else tuple(Dataset(**dict(one)) for one in read.dataset)
            ),
            endpoints=tuple(Endpoint(**dict(one)) for one in read.endpoint),
            has_files=bool(read.tool.files), files_digest=read.tool.files_digest,
            limits=read.tool.limits,
        ),
        hearing=Hearing(
            contact=vendor.contact, asked_on=vendor.asked_on, days_to_reply=vendor.days_to_reply,
            replied_on=reply.on if reply else None, reply=reply.says if reply else "",
            appeal_to=vendor.appeal_to, appeal_days=vendor.appeal_days,
        ),
        dissents=tuple(
            Dissent(by=one.by, said_on=one.on, says=one.says, about=one.about)
            for one in read.dissent
        ),
        by=read.review.by,
        retest_on=read.review.retest_on,
        valid_days=read.review.valid_days,
        limits=read.review.limits,
        folder=near / read.tool.files if read.tool.files else None,
        signature=near / read.signature.file if read.signature.file else None,
        public_key=near / read.signature.public_key if read.signature.public_key else None,
        parts={
            name: tuple(near / one for one in ((told,) if isinstance(told, str) else told))
            for name, told in read.parts.items()
        },
        tables={name: table for name, table in named.items() if table},
    )  # fmt: skip


def _check_names(path: Path, names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"two of {what} are called {twice[0]!r}.", where=str(path))


def _keys(tree: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Dotted keys, those of tables that are handed on left out."""
    for name, value in tree.items():
        if not before and name in HANDED_ON:
            continue
        yield f"{before}{name}"
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, dict):
                yield from _keys(one, f"{before}{name}.")
