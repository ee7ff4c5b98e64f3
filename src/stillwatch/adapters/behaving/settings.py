"""Settings of how behaviour is looked at."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class BehaviourSection(BaseModel):
    """How behaviour is looked at."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    python: Path | None = Field(default=None)
    """Interpreter of an environment with inspect-ai and bandit; `.venv-behaviour` has them."""
    packs: Path | None = Field(default=None)
    """Folder of packs of questions; the shipped ones where none is named."""
