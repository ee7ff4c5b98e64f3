"""What a review makes by itself, with the real examinations of the room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.reviewing.making import gather
from stillwatch.adapters.reviewing.rehearsal import made_tool
from stillwatch.adapters.reviewing.runners import RUNNERS
from stillwatch.adapters.reviewing.toolfile import load_tool
from stillwatch.adapters.settings import Settings
from stillwatch.model.errors import BadInput
from stillwatch.vet.part import Outcome, Part
from stillwatch.vet.review.bar import NAMES

DATA_FLOW = """
tool = "Example Coder"
declared = ["api.coder.example"]

[answers.retention]
says = "stated"
said = "30 days"
source = "terms 4.2"
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A made tool whose file hands in no part."""
    for name, content in made_tool(1, 0).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path = tmp_path / "TOOL.toml"
    path.write_text(path.read_text().partition("[parts]")[0])
    return path


def made(tool: Path, more: str = "") -> dict[str, Part]:
    tool.write_text(tool.read_text() + more)
    return {one.part.name: one.part for one in gather(load_tool(tool), Settings()).parts}


def test_every_examination_of_the_bar_has_its_line() -> None:
    assert set(RUNNERS) == set(NAMES)


def test_files_are_examined_and_tied_to_the_digest_that_is_reviewed(tool: Path) -> None:
    parts = made(tool)
    assert set(parts) == {"identity", "signature", "files"}
    assert parts["files"].subject == parts["identity"].subject
    assert parts["files"].outcome is not Outcome.NO_CONCERN
    assert any("old_checkpoint.bin" in one.where for one in parts["files"].points)


def test_where_requests_go_is_looked_at_from_its_own_file(tool: Path) -> None:
    (tool.parent / "data-flow.toml").write_text(DATA_FLOW)
    # A finished part keeps the files from being scanned again.
    more = '\n[data_flow]\nfile = "data-flow.toml"\n[parts]\nfiles = "parts/files.json"\n'
    part = made(tool, more)["data_flow"]
    assert part.outcome in (Outcome.CONCERN, Outcome.UNDECIDED)
    assert part.tools["httpx"]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('[substitution]\nplan = "plan.toml"', "no look was taken"),
        ('[lineage]\nplan = "plan.toml"', "plan.toml"),
        ('[behaviour]\nplan = "plan.toml"\ninto = "run"', "plan.toml"),
        ('[data_flow]\nfile = "none.toml"', "none.toml"),
        ('[behaviour]\nplan = "plan.toml"', "behaviour.into names no file"),
    ],
)
def test_what_was_not_asked_before_is_not_examined_and_says_what_to_do(
    tool: Path, table: str, why: str
) -> None:
    parts = made(tool, f'\n{table}\n[parts]\nfiles = "parts/files.json"\n')
    (name,) = set(parts) - {"identity", "signature", "files"}
    assert parts[name].outcome is Outcome.NOT_EXAMINED
    assert why in parts[name].because


@pytest.mark.parametrize("table", ['[lineage]\nplam = "x"', '[files]\nscanner = "x"'])
def test_a_table_with_an_unknown_key_is_refused(tool: Path, table: str) -> None:
    with pytest.raises(BadInput, match="no such key"):
        made(tool, f'\n{table}\n[parts]\nfiles = "parts/files.json"\n')


def test_a_part_that_was_handed_in_is_not_made_again(tool: Path) -> None:
    told: dict[str, Any] = made(tool, '\n[parts]\nfiles = "parts/files.json"\n')
    assert told["files"].limits[0].startswith("Made for a rehearsal")
