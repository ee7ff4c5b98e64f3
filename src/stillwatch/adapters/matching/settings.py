"""Settings of private matching."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class MatchSection(BaseModel):
    """How private matching computes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    python: Path | None = Field(default=None)
    """Interpreter of an environment that has openmined-psi; this one where none is named."""
