"""One marking file, read alike by the two rooms that ask for one."""

from __future__ import annotations

from pathlib import Path

from stillwatch.adapters.ally.members import load_marking as by_ally
from stillwatch.adapters.share.marking_files import load_marking as by_share

TOLD = """
tlp = "GREEN"
until = 2090-01-31
communities = ["labs"]
jurisdictions = ["DE", "US"]
purposes = ["defence", "policy"]
[basis]
name = "agreement of 3 March"
kind = "contract"
from = 2020-01-01
until = 2090-06-30
"""


def test_share_and_ally_read_the_same_marking(tmp_path: Path) -> None:
    path = tmp_path / "marking.toml"
    path.write_text(TOLD)
    made, personal = by_ally(path, "omega")
    assert made == by_share(path, "omega")
    assert personal
    path.write_text(TOLD.replace("GREEN", "TLP:GREEN").replace("from =", "since ="))
    assert by_ally(path, "omega")[0] == made
