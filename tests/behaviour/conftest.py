"""Everything here asks endpoints on this machine under the real Inspect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PYTHON = Path(os.environ.get("STILLWATCH_BEHAVIOUR__PYTHON", ROOT / ".venv-behaviour/bin/python"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.behaviour)
