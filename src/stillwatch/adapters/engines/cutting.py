"""Cutting: logs as parts of about one size that machines can read apart from one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stillwatch.adapters.readers.lines import codec_of
from stillwatch.adapters.readers.reading import OpenFile, Reading
from stillwatch.adapters.readers.registry import IN_HALVES

#: parts are larger where there would be more of them.
MOST_PARTS = 1024


@dataclass(frozen=True, slots=True)
class Cut:
    """Parts in the order in which one process would read them.

    Attributes:
        parts: files or parts of files.
        lines: the text logs among them, not cut; they are the first parts.
        whole: files that could not be cut though they are large, and why.
    """

    parts: list[list[OpenFile]]
    lines: list[OpenFile]
    whole: list[str]

    def in_one_piece(self) -> Cut:
        """The same with all text logs in one part."""
        tables = [part for part in self.parts if part[0].table is not None]
        return Cut([self.lines, *tables], self.lines, self.whole)


def cut(reading: Reading, *, part_bytes: int) -> Cut:
    """Cut logs into parts.

    Parquet is cut between row groups and plain JSON lines between lines; small files go
    together. A compressed log, one that is no JSON lines, and all logs in which an
    exchange may stand in two records are read in one piece; so are lines of which the
    first malformed one is to be named.

    Args:
        reading: the logs.
        part_bytes: about the bytes of a part.
    """
    most = max(part_bytes, reading.bytes_total // MOST_PARTS)
    files = [one for part in reading.parts() for one in part]
    lines = [one for one in files if one.table is None]
    whole: list[str] = []
    parts: list[list[OpenFile]] = []
    if any(one.kind.format in IN_HALVES for one in lines):
        parts.append(lines)
        if sum(one.source.n_bytes for one in lines) > most:
            whole.append(
                f"{len(lines)} text logs are read by one worker: "
                "the two halves of an exchange may stand in any two of them"
            )
    else:
        pieces = [
            piece
            for one in lines
            for piece in _of_lines(one, most, whole, strict=reading.choices.strict)
        ]
        parts += _together(pieces, most)
    tables = [one for one in files if one.table is not None]
    parts += _together([piece for one in tables for piece in _of_table(one, most, whole)], most)
    return Cut(parts, lines, whole)


def _together(pieces: list[OpenFile], most: int) -> list[list[OpenFile]]:
    parts: list[list[OpenFile]] = []
    room = 0
    for one in pieces:
        room -= one.source.n_bytes
        if room < 0 or not parts:
            parts.append([])
            room = most - one.source.n_bytes
        parts[-1].append(one)
    return parts


def _of_lines(one: OpenFile, most: int, whole: list[str], *, strict: bool) -> Iterator[OpenFile]:
    n_bytes = one.source.n_bytes
    if n_bytes <= most:
        yield one
        return
    reason = _why_not(one, strict=strict)
    if reason:
        whole.append(f"{one.source.path} is read by one worker: {reason}")
        yield one
        return
    n_parts = -(-n_bytes // most)
    ends = [n_bytes * nth // n_parts for nth in range(n_parts + 1)]
    for nth in range(n_parts):
        yield _within(one, range(ends[nth], ends[nth + 1]), ends[nth + 1] - ends[nth])


def _why_not(one: OpenFile, *, strict: bool) -> str:
    if strict:
        return "with --strict a malformed line must be named by its number"
    if one.kind.layout != "lines":
        return "it is no JSON lines"
    with one.source.path.open("rb") as file:
        return "it is compressed" if codec_of(file.read(4)) else ""


def _of_table(one: OpenFile, most: int, whole: list[str]) -> Iterator[OpenFile]:
    assert one.table is not None
    groups = one.table.groups
    if one.source.n_bytes <= most or len(groups) < 2:
        if one.source.n_bytes > 4 * most:
            whole.append(f"{one.source.path} is read by one worker: it is a single row group")
        yield one
        return
    begin, held = 0, 0
    for nth, (_, n_bytes) in enumerate(groups):
        if held and held + n_bytes > most:
            yield _within(one, range(begin, nth), held)
            begin, held = nth, 0
        held += n_bytes
    yield _within(one, range(begin, len(groups)), held)


def _within(one: OpenFile, within: range, n_bytes: int) -> OpenFile:
    return replace(one, source=replace(one.source, n_bytes=n_bytes), within=within)
