"""Files are small, named well, say what they are, and speak of the project alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.tree import ROOT, parsed, place, project_files, python_files, run, words_of

LONGEST = 350
EMPTY_WORDS = {
    "bad",
    "common",
    "handler",
    "helper",
    "malicious",
    "manager",
    "misc",
    "util",
    "utils",
}
#: the one use of an empty word that the dictionary makes: errors such as ``BadInput``.
ERROR = re.compile("Bad[A-Z]")
SOURCES = python_files("src", "tools")
ALL_PYTHON = [path for path in project_files() if path.suffix == ".py"]


def test_a_source_file_holds_one_idea() -> None:
    lengths = {place(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    long = {name: n_lines for name, n_lines in lengths.items() if n_lines > LONGEST}
    assert not long, f"split them: {long}"


def test_every_python_file_says_what_it_is() -> None:
    silent = [place(path) for path in ALL_PYTHON if len(ast.get_docstring(parsed(path)) or "") < 10]
    assert not silent, silent


def test_no_name_hides_behind_an_empty_word() -> None:
    named = [(place(path), path.stem) for path in SOURCES] + [
        (place(path, node), node.name)
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    wrong = [
        f"{where} {name}"
        for where, name in named
        if not ERROR.match(name) and EMPTY_WORDS & set(words_of(name))
    ]
    assert not wrong, wrong


def test_no_file_names_a_registry_or_a_machine() -> None:
    # Put together here, so that this file does not hold them either.
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"))]
    hosts += [".".join(parts) for parts in (("npmjs", "org"), ("deb", "debian", "org"))]
    folders = ["/" + name + "/" for name in ("work", "root", "home", "Users")]
    wanted = "|".join(re.escape(text) for text in (*hosts, *folders, *_hosts_of_this_machine()))
    pattern = re.compile(rf"(?<![\w.])(?:{wanted})")
    found = [
        f"{place(path)}: {match[0]}"
        for path in project_files()
        if (match := pattern.search(_text(path)))
    ]
    assert not found, found


def test_the_changelog_has_room_for_the_next_release() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    sections = [line for line in lines if line.startswith("## ")]
    assert sections[0] == "## [Unreleased]"


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "APPENDIX" in text


def _hosts_of_this_machine() -> list[str]:
    configured = run("pip", "config", "list").stdout
    hosts = re.findall(r"://(?:[^@/\s]*@)?([\w.-]+)", configured)
    return [host for host in hosts if host != "localhost"]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
