"""One look at where a tool's requests go: the file that names it, the measuring, the part."""

from __future__ import annotations

import ssl
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.asking.endpoint import load_toml
from stillwatch.adapters.data_flow.lines import measure
from stillwatch.adapters.data_flow.recordings import read_csv, read_har
from stillwatch.model.errors import BadSettings, OutsideFailed
from stillwatch.vet.data_flow import (
    Contact,
    Inquiries,
    Mark,
    Stated,
    inquiries_from,
    judged,
    marks_from,
    merged,
    stated_from,
)
from stillwatch.vet.part import Part

_KEYS: Final = frozenset(
    "tool declared processors connect har csv ca_file timeout_s answers".split()
)
#: words by which a vendor could be judged for where it comes from.
_ORIGIN: Final = frozenset("country nationality jurisdiction origin headquarters region".split())
ALSO_KEPT: Final = frozenset({"server", "via", "x-forwarded-server", "x-powered-by"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is looked at.

    Args:
        tool: its name.
        declared: hosts that the vendor declares.
        processors: parties that the contract names.
        connect: addresses to measure.
        har: recordings.
        csv: recordings of packets.
        ca_file: authorities to trust instead of the system's.
        timeout_s: for each step of measuring.
        stated: answers to the questions for buyers.
    """

    tool: str
    declared: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    har: tuple[Path, ...] = ()
    csv: tuple[Path, ...] = ()
    ca_file: Path | None = None
    timeout_s: float = 10.0
    stated: Mapping[str, Stated] = field(default_factory=dict)


def load_inquiries() -> Inquiries:
    """The dated questions for buyers."""
    return inquiries_from(_shipped("questions"))


def load_marks() -> tuple[Mark, ...]:
    """The headers that tell."""
    return marks_from(_shipped("headers"))


def _shipped(name: str) -> dict[str, Any]:
    data = files("stillwatch.vet.data_flow").joinpath("data", f"{name}.toml")
    return tomllib.loads(data.read_text(encoding="utf-8"))


def load_review(path: Path) -> Review:
    """Read a file that names a tool, its hosts, its recordings and what its vendor states.

    Raises:
        BadSettings: it is no TOML, a key is unknown or of the wrong kind.
        BadInput: an answer is none.
        OutsideFailed: it cannot be read.
    """
    tree = load_toml(path)
    if found := sorted(_ORIGIN & set(tree)):
        raise BadSettings(found[0], "where a vendor comes from is no question here; leave it out.")
    if unknown := sorted(set(tree) - _KEYS):
        raise BadSettings(unknown[0], f"no such key, found in {path}. Known: {_known()}.")
    ca_file, timeout_s = tree.get("ca_file"), tree.get("timeout_s", 10.0)
    if not isinstance(timeout_s, (int, float)) or not 0 < timeout_s <= 600:
        raise BadSettings("timeout_s", "is a number of seconds up to 600.")
    if ca_file is not None and not isinstance(ca_file, str):
        raise BadSettings("ca_file", "is the name of a file.")
    answers = tree.get("answers", {})
    if not isinstance(answers, dict):
        raise BadSettings("answers", "must be a table: [answers.retention].")
    return Review(
        tool=str(tree.get("tool", path.stem)), declared=_texts(tree, "declared"),
        processors=_texts(tree, "processors"), connect=_texts(tree, "connect"),
        har=tuple(path.parent / one for one in _texts(tree, "har")),
        csv=tuple(path.parent / one for one in _texts(tree, "csv")),
        ca_file=None if ca_file is None else path.parent / ca_file, timeout_s=float(timeout_s),
        stated=stated_from(answers, load_inquiries(), str(path)),
    )  # fmt: skip


def _known() -> str:
    return ", ".join(sorted(_KEYS))


def _texts(tree: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = tree.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadSettings(name, "is a list of texts.")
    return tuple(found)


def look(review: Review, *, told: Callable[[str], None] = lambda line: None) -> Part:
    """Measure, read, judge; what cannot be measured stands in the part.

    Raises:
        BadInput: a recording or an address is none.
        OutsideFailed: a recording cannot be read.
    """
    marks = load_marks()
    kept = ALSO_KEPT | {one.name for one in marks}
    contacts: list[Contact] = []
    missing: list[str] = []
    unreached: list[str] = []
    for url in review.connect:
        told(f"measuring {url}")
        try:
            contacts.append(measure(url, kept, ca_file=review.ca_file, timeout_s=review.timeout_s))
        except OutsideFailed as error:
            unreached.append(f"{url} could not be measured: {error}")
    for path in review.har:
        told(f"reading {path.name}")
        contacts = merged([*contacts, *_folded(read_har(path, kept))])
    for path in review.csv:
        told(f"reading {path.name}")
        contacts = merged([*contacts, *_folded(read_csv(path))])
    if any(one.tls is not None and one.tls.old_versions is None for one in contacts
           if one.seen == "measured"):  # fmt: skip
        missing.append("Whether hosts take old TLS: this machine's OpenSSL cannot ask for it.")
    now_us = time.time_ns() // 1000
    return judged(
        review.tool, contacts, declared=review.declared, processors=review.processors,
        stated=review.stated, asked=load_inquiries(), marks=marks, now_us=now_us,
        today=datetime.fromtimestamp(now_us / 1e6, UTC).date(), unreached=unreached,
        not_covered=missing,
        tools={
            "cryptography": version("cryptography"), "httpx": version("httpx"),
            "openssl": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
        },
    )  # fmt: skip


def _folded(contacts: Iterable[Contact], every: int = 10_000) -> list[Contact]:
    """A long recording, put together as it is read."""
    held: list[Contact] = []
    batch: list[Contact] = []
    for one in contacts:
        batch.append(one)
        if len(batch) >= every:
            held, batch = merged([*held, *batch]), []
    return merged([*held, *batch])
