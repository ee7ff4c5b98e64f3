"""Settings of the examination of files."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class FilesSection(BaseModel):
    """How files of an AI tool are examined."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    environments: Path = Field(default=Path(".venv-scan"))
    """Folder with an environment a scanner; `make scanners` makes it."""
    timeout_s: float = Field(default=120.0, ge=1, le=86_400)
    """Seconds that one scanner, or one check of ours, has for one file."""
    memory_mib: int = Field(default=6144, ge=256, le=1_048_576)
    """Memory of one scanner."""
    most_files: int = Field(default=20_000, ge=1, le=1_000_000)
    """Files below the folder that is named."""
    most_members: int = Field(default=20_000, ge=0, le=1_000_000)
    """Members that are taken out of archives, all together."""
    most_unpacked_mib: int = Field(default=4096, ge=1, le=1_048_576)
    """MiB that archives may unpack to, all together; so much disk is needed."""
    most_depth: int = Field(default=5, ge=0, le=20)
    """Archives within archives that are opened."""
