"""The documentation is made from the source, is current, complete, and needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stillwatch.adapters.settings import keys
from stillwatch.cli.main import ENTRIES, PROGRAM, cli
from stillwatch.model import ACCOUNT_COLUMNS, EXCHANGE_COLUMNS
from stillwatch.stats.formulas import FORMULAS
from tests.house.tree import PACKAGE, ROOT, said

DOCS = ROOT / "docs"
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]+src=["']?(https?:)?//|"""
    r"""<link(?![^>]+rel=["']?canonical)[^>]+href=["']?(https?:)?//"""
)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _below(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _below(inner, f"{path} {name}")


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/build_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, said(done)


def test_every_command_and_option_is_in_the_docs() -> None:
    page = _read("docs/commands.md")
    for path, command in _below(cli, PROGRAM):
        assert f"## {path}\n" in page
        block = page.split(f"## {path}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert max(parameter.opts, key=len) in block, f"{path} {parameter.opts}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_list_of_commands_says_what_the_command_says(entry: object) -> None:
    name, line = entry.name, entry.line  # type: ignore[attr-defined]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(limit=200) == line


def test_every_column_and_setting_has_its_row() -> None:
    columns = _read("docs/columns.md")
    for name, _, _ in (*EXCHANGE_COLUMNS, *ACCOUNT_COLUMNS):
        assert re.search(rf"^\| \**{name}\** \|", columns, re.MULTILINE), name
    settings = _read("docs/settings.md")
    for key in keys():
        assert f"| `{key.rpartition('.')[2]}` |" in settings, key


def test_every_signal_has_its_entry_with_twin_and_evasion() -> None:
    page = _read("docs/signals.md")
    folder = PACKAGE / "detect" / "signals"
    modules = [path for path in folder.glob("*.py") if "SIGNAL = " in path.read_text("utf-8")]
    assert len(re.findall(r"^## SWS-\d+ ", page, re.MULTILINE)) == len(modules)
    for entry in re.split(r"^## SWS-", page, flags=re.MULTILINE)[1:]:
        for section in ("Benign twin", "Evasion", "Source"):
            assert f"### {section}" in entry, f"SWS-{entry.splitlines()[0]} has no {section}"


def test_every_formula_of_a_weight_has_its_row() -> None:
    page = (DOCS / "theory" / "evidence.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == list(FORMULAS)


def test_the_readme_shows_the_help_that_is_printed() -> None:
    assert "Usage: stillwatch [OPTIONS]" in _read("README.md")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", _read(name)):
        assert (ROOT / target).exists(), f"{name} -> {target}"


def test_every_decision_names_the_options_not_taken() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [record.name[:4] for record in records] == [
        f"{number:04d}" for number in range(1, len(records) + 1)
    ]
    index = _read("docs/decisions/index.md")
    for record in records:
        assert "## Options not taken" in record.read_text("utf-8"), record.name
        assert record.name in index


def test_the_site_builds_strictly_and_loads_nothing_from_outside(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, said(done)
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) >= len(list(DOCS.rglob("*.md")))
    assert [page.name for page in pages if LOADED.search(page.read_text("utf-8"))] == []
