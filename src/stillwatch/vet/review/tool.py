"""Tool: what is under review, as whoever reviews it wrote it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.vet.review.bar import ANYTHING, FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A place where the tool answers.

    Args:
        name: of the endpoint within the review.
        address: its URL, without any key.
        model: what the vendor calls the model there.
        operator: who runs it; the vendor where empty.
    """

    name: str
    address: str
    model: str = ""
    operator: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "address": self.address, "model": self.model,
            "operator": self.operator,
        }  # fmt: skip

    def digest(self) -> str:
        """Ref of the endpoint: what an attestation names it by."""
        return digest_of("endpoint", {"address": self.address, "model": self.model})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Data that the vendor names.

    Args:
        name: as the vendor calls it.
        source: where it can be had or who holds it; empty where it is not said.
        licence: under which it is passed on; empty where it is not said.
        outputs_of: the models whose answers it holds, as it is advertised.
    """

    name: str
    source: str = ""
    licence: str = ""
    outputs_of: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "source": self.source, "licence": self.licence,
            "outputs_of": list(self.outputs_of),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What is under review.

    Args:
        name: of the tool.
        version: of the tool; empty where nobody says.
        vendor: who offers it.
        licence: SPDX expression or the vendor's words; empty where it is not said.
        purpose: what it is for.
        built_on: models that it says it is made from.
        datasets: data that the vendor names; None where none are named at all.
        endpoints: where it answers.
        has_files: whether files of it were handed in.
        files_digest: digest of the files as the vendor told it; empty where he did not.
        limits: what the vendor says it cannot do.
    """

    name: str
    version: str = ""
    vendor: str = ""
    licence: str = ""
    purpose: str = ""
    built_on: tuple[str, ...] = ()
    datasets: tuple[Dataset, ...] | None = None
    endpoints: tuple[Endpoint, ...] = ()
    has_files: bool = False
    files_digest: str = ""
    limits: tuple[str, ...] = ()

    def has(self, needs: str) -> bool:
        """Whether an examination that needs this applies."""
        if needs == ANYTHING:
            return True
        return self.has_files if needs == FILES else bool(self.endpoints)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "version": self.version, "vendor": self.vendor,
            "licence": self.licence, "purpose": self.purpose, "built_on": list(self.built_on),
            "datasets": (
                None if self.datasets is None else [one.to_json() for one in self.datasets]
            ),
            "endpoints": [one.to_json() for one in self.endpoints],
            "has_files": self.has_files, "files_digest": self.files_digest,
            "limits": list(self.limits),
        }  # fmt: skip
