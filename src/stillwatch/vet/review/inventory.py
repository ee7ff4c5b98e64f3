"""Inventory: every file of a tool with its digest, and what could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HashedFile:
    """One file.

    Args:
        path: below the folder, with slashes; bytes that are no UTF-8 are spelt out.
        n_bytes: its length.
        sha256: hexadecimal digest of every byte.
    """

    path: str
    n_bytes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"path": self.path, "n_bytes": self.n_bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The files of a tool.

    Args:
        files: sorted by path.
        not_read: path and why, for all that is no plain file or could not be read.
        config: what a ``config.json`` says of the model's architecture; empty where none does.
    """

    files: tuple[HashedFile, ...] = ()
    not_read: tuple[tuple[str, str], ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Length of all files together."""
        return sum(one.n_bytes for one in self.files)

    @property
    def digest(self) -> str:
        """``sha256:`` and the digest of all paths and digests; empty where there is no file."""
        return tree_digest((one.path, one.sha256) for one in self.files) if self.files else ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "digest": self.digest, "n_files": len(self.files), "n_bytes": self.n_bytes,
            "listed": [one.to_json() for one in self.files],
            "not_read": [{"path": path, "why": why} for path, why in self.not_read],
            "config": dict(self.config),
        }  # fmt: skip


def tree_digest(files: Iterable[tuple[str, str]]) -> str:
    """One digest of many files, as ``sha256sum`` lists them, sorted by path.

    >>> tree_digest([("a", "00")]) == tree_digest(iter([("a", "00")]))
    True
    """
    lines = sorted((path.encode("utf-8", "surrogatepass"), digest) for path, digest in files)
    whole = hashlib.sha256()
    for path, digest in lines:
        # A length before each path, so that no path can end in what looks like another line.
        whole.update(f"{digest} {len(path)} ".encode() + path + b"\n")
    return f"sha256:{whole.hexdigest()}"
