"""Every made case, examined once in a test run."""

from __future__ import annotations

import atexit
import os
import shutil
import warnings
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from stillwatch.adapters.scanning.examining import Examined, examine
from stillwatch.adapters.scanning.settings import FilesSection
from stillwatch.vet.files import Record, Verdict, judged
from stillwatch.vet.files.verdicts import gravest
from tests.rooms.vet.files_made.every import HONEST, HOSTILE, made

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENTS = Path(os.environ.get("STILLWATCH_FILES__ENVIRONMENTS") or ROOT / ".venv-scan")
SETTINGS = FilesSection(environments=ENVIRONMENTS)


@dataclass(frozen=True)
class Matrix:
    """What was said of each case.

    Args:
        told: the examination.
        verdicts: of all files of a case together, by its name.
        records: of a case, by its name.
        marker: what a payload would have left.
    """

    told: Examined
    verdicts: dict[str, Verdict]
    records: dict[str, list[Record]]
    marker: Path


@cache
def matrix(kind: str, scanners: tuple[str, ...]) -> Matrix:
    """Examine all hostile or all honest cases with some scanners."""
    folder = Path(mkdtemp(prefix="stillwatch-cases-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    marker = folder / "MARKER"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the member that is there twice
        made({"hostile": HOSTILE, "honest": HONEST}[kind], folder / kind, marker)
    told = examine(folder / kind, SETTINGS, scanners=scanners)
    verdicts = judged(told.subjects)
    records: dict[str, list[Record]] = defaultdict(list)
    for one in told.subjects:
        records[one.shown.split("/")[0]].append(one)
    found = {name: gravest(verdicts[one.number] for one in some) for name, some in records.items()}
    return Matrix(told, found, dict(records), marker)
