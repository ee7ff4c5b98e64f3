"""Manifest: what a report was made from, so that anybody who has it can make it again.

A public manifest names its inputs without their digests: who has the digest of a short text can
try texts until one fits.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch import __version__
from stillwatch.adapters.reviewing.part_files import GivenPart, load_part
from stillwatch.adapters.reviewing.toolfile import ToolFile
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.review.hearing import Override
from stillwatch.vet.review.modes import Mode

SCHEMA: Final = "stillwatch.review-manifest/1"
_MOST_BYTES: Final = 16 * 2**20
#: what the bytes of the forms depend on.
_PACKAGES: Final = ("cyclonedx-python-lib", "jinja2", "orjson", "rfc8785", "weasyprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A report that is to be made again.

    Args:
        folder: where its manifest stands.
        made_us: its moment.
        mode: of the report.
        override: a person's word, where it was published early.
        tool_file: digest of the tool's file.
        files: digest of the tool's files.
        parts: file and digest of every part.
        report: digest of ``report.json``.
        versions: of the programs that made it.
    """

    folder: Path
    made_us: int
    mode: Mode
    override: Override | None
    tool_file: str
    files: str
    parts: tuple[tuple[str, str], ...]
    report: str
    versions: Mapping[str, str]


def versions_here() -> dict[str, str]:
    """Versions of what makes a report."""
    told = {"stillwatch": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            told[name] = version(name)
        except PackageNotFoundError:
            told[name] = "not installed"
    return told


def manifest_of(
    file: ToolFile,
    files_digest: str,
    parts: Sequence[GivenPart],
    document: Mapping[str, Any],
    report: bytes,
    *,
    made_us: int,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest of a report.

    Args:
        file: the tool's file.
        files_digest: of the tool's files.
        parts: as they are kept beside the report, in its order.
        document: the report.
        report: its bytes.
        made_us: its moment.
        settings: those that decide something.
    """
    private = document["mode"] == Mode.PRIVATE.value
    named = [
        {"role": "tool file", "name": file.path.name, "sha256": sha256(file.content).hexdigest()},
        *({"role": "part", "name": f"parts/{one.name}", "sha256": one.digest} for one in parts),
    ]
    inputs = [{**one, "sha256": one["sha256"] if private else None} for one in named]
    return {
        "schema": SCHEMA,
        "made_us": made_us,
        "mode": document["mode"],
        "override": document["vendor"]["published_early"],
        "inputs": inputs,
        "files_digest": files_digest,
        "seeds": {
            one.part.name: one.part.measured["seed"]
            for one in parts
            if isinstance(one.part.measured.get("seed"), int)
        },
        "settings": dict(settings),
        "versions": versions_here(),
        "report_sha256": sha256(report).hexdigest(),
        "again": "stillwatch vet review TOOL.toml --manifest manifest.json --out NEW",
    }


def load_manifest(path: Path) -> Earlier:
    """Read the manifest of a private report.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no manifest, or that of a public report.
    """
    told = _read(path)
    try:
        if told["schema"] != SCHEMA:
            raise BadInput(f"the schema is {told['schema']!r}, not {SCHEMA!r}.", where=str(path))
        inputs = told["inputs"]
        if any(one["sha256"] is None for one in inputs):
            raise BadInput(
                "is that of a public report, which names no digests of its inputs.",
                where=str(path),
                remedy="Give the manifest of the private one.",
            )
        (tool_file,) = (one["sha256"] for one in inputs if one["role"] == "tool file")
        override = told["override"]
        return Earlier(
            folder=path.parent,
            made_us=int(told["made_us"]),
            mode=Mode(told["mode"]),
            override=Override(**override) if override else None,
            tool_file=str(tool_file),
            files=str(told["files_digest"]),
            parts=tuple((str(o["name"]), str(o["sha256"])) for o in inputs if o["role"] == "part"),
            report=str(told["report_sha256"]),
            versions={str(name): str(said) for name, said in told["versions"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no manifest of a review: {error}.", where=str(path)) from None


def check_inputs(earlier: Earlier, file: ToolFile, files_digest: str, now_us: int) -> None:
    """See that a report would be made from what it was made from.

    Args:
        earlier: the report.
        file: the tool's file as it is now.
        files_digest: of the tool's files as they are now.
        now_us: the moment; a report of later would be out of date later than it may be.

    Raises:
        BadInput: an input is another one, or the moment lies ahead; the message names it.
    """
    if earlier.made_us > now_us:
        raise BadInput("is of a moment that lies ahead.", where=str(earlier.folder))
    if sha256(file.content).hexdigest() != earlier.tool_file:
        raise BadInput("is not the tool's file of the manifest.", where=str(file.path))
    if files_digest != earlier.files:
        raise BadInput(
            f"are not the files of the manifest: {files_digest or 'none'}, not "
            f"{earlier.files or 'none'}.",
            where=str(file.folder or file.path),
        )


def kept_parts(earlier: Earlier) -> tuple[GivenPart, ...]:
    """The parts that stand beside a manifest, as they were.

    Raises:
        BadInput: one was changed, or lies elsewhere.
        OutsideFailed: one cannot be read.
    """
    found = []
    for name, digest in earlier.parts:
        if not name.startswith("parts/") or "/" in name.removeprefix("parts/") or ".." in name:
            raise BadInput("is no place beside the manifest.", where=name)
        one = load_part(earlier.folder / name)
        if one.digest != digest:
            raise BadInput("is not the part of the manifest.", where=name)
        found.append(one)
    return tuple(found)


def differences(earlier: Earlier, contents: Mapping[str, bytes]) -> str:
    """In which a report made again differs from the earlier one; empty where in nothing."""
    if sha256(contents["report.json"]).hexdigest() == earlier.report:
        return ""
    here = versions_here()
    moved = [f"{n} {v} to {here[n]}" for n, v in earlier.versions.items() if here.get(n, v) != v]
    return "report.json differs from that of the manifest" + (
        f"; versions moved: {', '.join(moved)}" if moved else ""
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
        told = orjson.loads(content)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=str(path)) from None
    if not isinstance(told, dict):
        raise BadInput("is no manifest of a review.", where=str(path))
    return told
