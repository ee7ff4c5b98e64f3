"""Hardware: what an accelerator could do at most, from a dated table; unknown is an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stillwatch.model.errors import BadInput

PRECISIONS = ("bf16", "fp16", "tf32", "fp32", "fp8", "int8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One kind of accelerator.

    Args:
        name: as the table has it.
        peak_flop_s: dense peak by precision, without sparsity, FLOP/s (``int8``: op/s).
        memory_gib: of one device.
        power_w: what it may draw.
        source: where the numbers stand.
        doubt: what should be checked; empty where nothing.
    """

    name: str
    peak_flop_s: Mapping[str, float]
    memory_gib: float
    power_w: float
    source: str
    doubt: str = ""

    def peak(self, precision: str) -> float | None:
        """Dense peak in FLOP/s; nothing where the table has none for this precision."""
        return self.peak_flop_s.get(precision)


@dataclass(frozen=True, slots=True)
class HardwareTable:
    """The table, by the names that schedulers and monitors write.

    Args:
        as_of: the day on which it was put together, ``YYYY-MM-DD``.
        accelerators: by name.
        spellings: pattern, normalised, and the name that it stands for; longest first.
    """

    as_of: str
    accelerators: Mapping[str, Accelerator]
    spellings: tuple[tuple[str, str], ...]

    def find(self, told: str) -> Accelerator | None:
        """The accelerator that a name means, or nothing: unknown hardware is not guessed.

        Args:
            told: such as ``NVIDIA A100-SXM4-80GB`` or Slurm's ``gres/gpu:h100``.
        """
        name = _spelt(_flat(told), self.spellings)
        return None if name is None else self.accelerators[name]


def hardware_from(told: Mapping[str, Any]) -> HardwareTable:
    """The table that a parsed TOML file holds.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    found: dict[str, Accelerator] = {}
    spellings: list[tuple[str, str]] = []
    name = "?"
    try:
        for entry in told["accelerator"]:
            name = str(entry["name"])
            peaks = {str(k): float(v) for k, v in entry["peak_flop_s"].items()}
            unknown = set(peaks) - set(PRECISIONS)
            if unknown or not peaks or min(peaks.values()) <= 0:
                raise ValueError(
                    f"peaks are wrong ({', '.join(sorted(unknown)) or 'not positive'})"
                )
            found[name] = Accelerator(
                name=name,
                peak_flop_s=peaks,
                memory_gib=float(entry["memory_gib"]),
                power_w=float(entry["power_w"]),
                source=str(entry["source"]),
                doubt=str(entry.get("doubt", "")),
            )
            spellings += [(_flat(spelling), name) for spelling in entry["spellings"]]
        spellings.sort(key=lambda pair: (-len(pair[0]), pair))
        return HardwareTable(str(told["as_of"]), found, tuple(spellings))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no table of accelerators: {error}.", where=name) from error


@lru_cache(maxsize=4096)
def _spelt(flat: str, spellings: tuple[tuple[str, str], ...]) -> str | None:
    """The name that the longest spelling in a text stands for; asked once for each text."""
    for spelling, name in spellings:
        if re.search(rf"(?<![a-z0-9]){re.escape(spelling)}(?![a-z0-9])", flat):
            return name
    return None


def _flat(told: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", told[:200].lower()).strip()
