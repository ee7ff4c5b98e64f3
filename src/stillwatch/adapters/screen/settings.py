"""Settings of screening."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ScreenSection(BaseModel):
    """Whom lists and rules of ownership concern."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    folder: Path = Field(default=Path("stillwatch-screen"))
    """Folder of the signed snapshots of lists, of their index and of clearances."""
    regimes: Path | None = Field(default=None)
    """The dated rules, TOML; the shipped ones where none is named."""
    clearance_days: int = Field(default=365, ge=1, le=731)
    """Days for which a clearance holds where nobody says otherwise."""
    processes: int = Field(default=1, ge=1, le=256)
    """Processes that screen a file of customers."""
