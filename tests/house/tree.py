"""The project's files, as the tests of the house read them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "stillwatch"

#: packages that open nothing, know no time and roll no global dice.
CORE = (
    "model",
    "stats",
    "ally",
    "attribute",
    "cloud",
    "control",
    "defend",
    "detect",
    "impact",
    "lab",
    "screen",
    "share",
    "vet",
    "playbooks",
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment as ``python -m`` from the root."""
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return all that a run printed, to show when it failed."""
    return done.stdout + done.stderr


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that git holds or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*under: str) -> list[Path]:
    """Return the Python files below folders of the root."""
    return sorted(path for folder in under for path in (ROOT / folder).rglob("*.py"))


def core_files() -> list[Path]:
    """Return the Python files of the packages in :data:`CORE`."""
    return [path for name in CORE for path in sorted((PACKAGE / name).rglob("*.py"))]


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Return ``file`` or ``file:line``, relative to the root."""
    name = str(path.relative_to(ROOT))
    return f"{name}:{node.lineno}" if isinstance(node, (ast.expr, ast.stmt)) else name


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` of a chain of attributes, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def words_of(name: str) -> Iterator[str]:
    """Yield the words of ``snake_case`` and ``CamelCase`` names, in lower case."""
    for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name):
        yield word.lower()
