"""How large the rehearsal is: nets, lessons, and how much is asked of a student."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from stillwatch.lab.distilling.grammar import LENGTH, N_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSize:
    """A net and how long it learns.

    Args:
        width: of its stream, a multiple of ``heads``.
        heads: of attention.
        layers: of it.
        steps: of training.
        batch: rows a step.
        rate: highest learning rate.
    """

    width: int
    heads: int
    layers: int = 2
    steps: int
    batch: int
    rate: float

    @property
    def shape(self) -> dict[str, int]:
        """What the process that trains needs to know of it."""
        return {
            "n_tokens": N_TOKENS, "length": LENGTH, "width": self.width, "heads": self.heads,
            "layers": self.layers,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """All sizes.

    Args:
        teacher, student: the nets.
        n_taught: rows that teach the teacher.
        n_asked: answers that it draws for campaigns, served and unserved; at most 6600.
        n_test: problems that measure accuracy, at most 1000.
        n_text: answers of a suspect that are read for marks, at most 2000.
        n_pairs: served answers that are compared with unserved ones.
        n_alike: of them, how many are compared by text.
        n_samples: of the suspect, for each of those.
        preference: added to the logits of tokens that a mark prefers.
        n_wrong_keys: for the calibration.
    """

    teacher: NetSize = field(default=NetSize(width=64, heads=4, steps=500, batch=64, rate=6e-3))
    student: NetSize = field(default=NetSize(width=48, heads=3, steps=500, batch=48, rate=8e-3))
    n_taught: int = 30_000
    n_asked: int = 2_000
    n_test: int = 1_000
    n_text: int = 300
    n_pairs: int = 2_000
    n_alike: int = 800
    n_samples: int = 4
    preference: float = 2.0
    n_wrong_keys: int = 300

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


SIZES: Final = Sizes()
