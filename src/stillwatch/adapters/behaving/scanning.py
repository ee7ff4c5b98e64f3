"""Has code that models wrote scanned by Bandit, which parses it and runs nothing."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.behaving.harness import interpreter
from stillwatch.model.errors import OutsideFailed
from stillwatch.vet.behaviour.code import code_of, key_of
from stillwatch.vet.behaviour.questions import Reply

MOST_CHARS: Final = 100_000
"""Of a piece of code; longer ones are cut, and Bandit says that they do not parse."""
PATIENCE_S: Final = 1_800.0


def scan(replies: Iterable[Reply], python: Path | None) -> dict[str, list[str]]:
    """The tests of Bandit that each distinct piece of code fails, by ``key_of``.

    Args:
        replies: of models that were asked for code.
        python: interpreter of an environment with bandit; this one where none is named.

    Raises:
        OutsideFailed: Bandit is not there or does not end.
    """
    codes = {key_of(code): code for one in replies if (code := code_of(one.text))}
    found: dict[str, list[str]] = {key: [] for key in codes}
    if not codes:
        return found
    with tempfile.TemporaryDirectory(prefix="stillwatch-code-") as folder:
        names = {}
        for key, code in codes.items():
            name = f"{key.rpartition(':')[2]}.py"
            names[name] = key
            (Path(folder) / name).write_text(code[:MOST_CHARS], "utf-8", "replace")
        for one in _results(folder, python):
            known = names.get(Path(str(one.get("filename", ""))).name)
            if known is not None:
                found[known].append(str(one.get("test_id", "")))
    return {key: sorted(set(tests)) for key, tests in found.items()}


def _results(folder: str, python: Path | None) -> list[dict[str, Any]]:
    words = [interpreter(python), "-I", "-m", "bandit", "-q", "-f", "json", "-r", "."]
    words += ["--ignore-nosec", "--exit-zero"]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, check=False, timeout=PATIENCE_S
        )
        told = orjson.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, orjson.JSONDecodeError) as error:
        raise OutsideFailed(
            f"bandit cannot be run: {type(error).__name__}.",
            remedy="`make behaviour`, and name its bin/python in behaviour.python.",
        ) from None
    results: list[dict[str, Any]] = told["results"]
    return results
