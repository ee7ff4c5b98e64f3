"""Freeze a result: a CSV with what was counted, a JSON with how it was made."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stillwatch

ROOT = Path(__file__).resolve().parents[2]
Row = Mapping[str, Any]


def machine() -> dict[str, Any]:
    """Processor, cores, memory and Python of this machine; no name and no path."""
    facts: dict[str, Any] = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    try:
        cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        memory = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return facts
    facts["processor"] = next((x.split(":", 1)[1].strip() for x in cpu if "model name" in x), "")
    facts["memory_gib"] = round(int(memory[0].split()[1]) / 2**20)
    return facts


_ROOMS = (
    "cloud", "control", "defend", "detect", "impact", "lab", "playbooks", "screen", "share",
    "stats", "vet", "adapters",
)  # fmt: skip


def code() -> str:
    """Digest of the sources that were run: equal digests, equal search and equal worlds."""
    package = Path(stillwatch.__file__).parent
    digest = hashlib.blake2b(digest_size=6)
    for room in _ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


#: taken when the run begins, for sources may be edited while it goes on.
CODE = code()


def plain(value: object) -> object:
    """A number short enough to read in a table: four significant digits."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else int(value)
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return value


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Write rows, a column for everything that any row holds, in order of appearance."""
    listed = list(rows)
    columns = list(dict.fromkeys(key for row in listed for key in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: plain(v) for k, v in row.items()} for row in listed)


def freeze(
    folder: Path,
    rows: Sequence[Row],
    *,
    full: bool,
    facts: Mapping[str, Any],
    headlines: Sequence[str],
    name: str = "frozen",
) -> None:
    """Write a result: beside its script when ``full``, else below ``out/bench``.

    Args:
        folder: folder of the benchmark.
        rows: the table.
        full: whether these are the numbers to publish.
        facts: seeds, sizes and whatever else is needed to make it again.
        headlines: sentences with the numbers that matter, shown first in RESULTS.md.
        name: stem of the two files.
    """
    place = folder if full else ROOT / "out" / "bench" / folder.name
    write_csv(rows, place / f"{name}.csv")
    script = (folder / "run.py").relative_to(ROOT)
    words = (Path(a).name if Path(a).is_absolute() else a for a in sys.argv[1:])
    told = {
        "command": " ".join(["python", str(script), *words]),
        "made_on": datetime.now(UTC).date().isoformat(),
        "code": CODE,
        "machine": machine(),
        "facts": dict(facts),
        "headlines": list(headlines),
    }
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (place / f"{name}.json").write_text(text, encoding="utf-8")
    for line in headlines:
        print(line)
    print(f"{len(rows)} rows in {(place / name).relative_to(ROOT)}.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a frozen table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_numbers(path: Path) -> list[dict[str, Any]]:
    """A frozen table, numbers as numbers and what is empty as None."""

    def number(text: str) -> Any:
        try:
            return float(text) if "." in text or "e" in text else int(text)
        except ValueError:
            return text or None

    return [{key: number(text) for key, text in row.items()} for row in read_csv(path)]


def table(rows: Sequence[Row], columns: Sequence[str] | None = None) -> str:
    """Rows as aligned text."""
    names = list(columns or dict.fromkeys(key for row in rows for key in row))
    body = [[str(plain(row.get(name))) for name in names] for row in rows]
    widths = [max(map(len, parts)) for parts in zip(names, *body, strict=True)]
    lines = [
        "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in [names, *body]
    ]
    return "\n".join(lines)


def told(text: str) -> None:
    """Say on stderr how far a run has come."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)
