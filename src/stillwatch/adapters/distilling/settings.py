"""Settings of teachers and students."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class DistilSection(BaseModel):
    """How teachers and students are trained."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    python: Path | None = Field(default=None)
    """Interpreter of an environment that has torch and numpy; this one where none is named."""
