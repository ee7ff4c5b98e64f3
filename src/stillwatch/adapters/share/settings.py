"""Settings of the room ``share``."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ShareSection(BaseModel):
    """What partners are told."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    folder: Path = Field(default=Path("stillwatch-share"))
    """Folder of keys, partners, bulletins, what was taken, and the log of disclosures."""
    most_mib: int = Field(default=32, ge=1, le=1024)
    """MiB of a bundle that are read at most, after decompression."""
