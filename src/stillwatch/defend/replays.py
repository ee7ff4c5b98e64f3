"""How often a token was presented, and with how many continuations."""

from __future__ import annotations

from typing import Final, Protocol

#: entries after which expired ones are looked for.
_SWEEP: Final = 4_096


class Allowance(Protocol):
    """How often a token may come; :class:`~stillwatch.defend.reasoning.Terms` is one."""

    @property
    def n_continuations(self) -> int:
        """Different continuations of one token."""
        ...

    @property
    def n_presentations(self) -> int:
        """Presentations of one token."""
        ...

    @property
    def skew_us(self) -> int:
        """By how much clocks may differ."""
        ...


class Replays(Protocol):
    """Where presentations are counted."""

    def present(
        self, token_id: bytes, after: bytes, expires_us: int, now_us: int, allowance: Allowance
    ) -> bool:
        """Count a presentation, or say that there have been too many.

        A continuation that came before is no new one. What is refused is not counted.
        """
        ...


class LocalReplays:
    """Presentations counted in this process, for one thread; tokens are kept until they expire."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[int, dict[bytes, int]]] = {}
        self._sweep_at = _SWEEP

    def __len__(self) -> int:
        return len(self._seen)

    def present(
        self, token_id: bytes, after: bytes, expires_us: int, now_us: int, allowance: Allowance
    ) -> bool:
        """Count a presentation; see :class:`Replays`."""
        if len(self._seen) >= self._sweep_at:
            self._sweep(now_us)
        _, counts = self._seen.get(token_id, (0, {}))
        if sum(counts.values()) >= allowance.n_presentations:
            return False
        if after not in counts and len(counts) >= allowance.n_continuations:
            return False
        counts[after] = counts.get(after, 0) + 1
        self._seen[token_id] = (expires_us + allowance.skew_us, counts)
        return True

    def _sweep(self, now_us: int) -> None:
        self._seen = {k: kept for k, kept in self._seen.items() if kept[0] > now_us}
        self._sweep_at = max(_SWEEP, 2 * len(self._seen))
