"""What goes to the processes in the jail and comes back: paths, command lines, sights, excuses."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stillwatch.adapters.scanning.jail import EXAMINED
from stillwatch.adapters.scanning.launching import Ended
from stillwatch.adapters.scanning.subjects import Subject
from stillwatch.vet.files.formats import Format
from stillwatch.vet.files.verdicts import Sight, Verdict


def below(one: Subject, kind: Format | None = None) -> str:
    """A file's name below the folder that scanners see."""
    if kind is None:
        return f"{one.number:06}/file"
    return f"{one.number:06}-{one.formats.index(kind)}/{one.view(kind)}"


def path_of(one: Subject) -> str:
    """Where a file stands in the jail."""
    return f"{EXAMINED}/{below(one)}"


def own_words(work: str) -> list[str]:
    """What starts our own process, from the folder that this stillwatch was imported from."""
    import stillwatch

    source = str(Path(stillwatch.__file__).resolve().parents[1])
    code = (
        f"import sys, runpy; sys.path.insert(0, {source!r}); sys.argv[1:] = [{work!r}]; "
        "runpy.run_module('stillwatch.adapters.scanning.inside', run_name='__main__')"
    )
    return [sys.executable, "-I", "-c", code]


def why(ended: Ended) -> str:
    """Why a run gave no answer, in a sentence."""
    if ended.why:
        return ended.why
    last = ended.err.strip().splitlines()[-1:] or ["it said nothing"]
    return f"it gave no answer (exit code {ended.code}): {last[0][:160]}"


def sight_from(told: Mapping[str, Any]) -> Sight:
    """The sight that a process in the jail told."""
    return Sight(
        scanner=str(told["scanner"]), verdict=Verdict(told["verdict"]),
        because=tuple(str(one) for one in told["because"]), read_all=bool(told["read_all"]),
    )  # fmt: skip
