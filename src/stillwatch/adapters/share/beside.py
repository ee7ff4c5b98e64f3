"""Beside: what is written next to a letter, for readers that know no letters."""

from __future__ import annotations

from pathlib import Path

from stillwatch.adapters.share.home import Home
from stillwatch.share.sealing import opened


def write_stix(home: Home, letter: Path) -> Path:
    """Write the bundle that a letter of ours holds beside it, for TAXII and whoever reads STIX."""
    content = opened(letter.read_bytes(), home.keys()).content
    name = letter.relative_to(home.folder).with_suffix(".stix.json")
    return home.put(str(name), content)
