"""What the search for campaigns may be told. Frozen; every number has a unit and a range."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """Settings of ``detect``.

    Attributes:
        fdr: share of false campaigns among those opened that is tolerated, (0, 0.2].
        clock_s: seconds between two looks when the window is replayed, >= 600.
        min_accounts: smallest cluster that is tested, >= 3.
        min_families: independent families of evidence a campaign needs, >= 2.
        family_cap_bits: the most that one family may weigh, bits, for or against.
        seed: seed of the community search and of sampling.
        keep_text: keep template examples (redacted in reports unless asked).
    """

    fdr: float = 0.01
    clock_s: int = 10800
    min_accounts: int = 5
    min_families: int = 2
    family_cap_bits: float = 32.0
    seed: int = 0
    keep_text: bool = False
