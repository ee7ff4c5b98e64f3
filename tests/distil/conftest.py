"""The interpreters that train and that ask a real language model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.house.tree import ROOT


def interpreter(variable: str, folder: str) -> Path:
    """The Python of an environment, or why the tests cannot run."""
    place = ROOT / os.environ.get(variable, folder) / "bin" / "python"
    if not place.exists():
        pytest.fail(f"{place} is not there: `make test-{variable.lower()}` makes it")
    return place


@pytest.fixture(scope="session")
def torch_python() -> Path:
    return interpreter("DISTIL", ".venv-distil")


@pytest.fixture(scope="session")
def smollm_python() -> Path:
    return interpreter("SMOLLM", ".venv-smollm")
