"""Presentations that several replicas count together, in Redis or Valkey.

While the store is away, a replica counts on its own against its share: continuations and
presentations divided by the number of replicas, never less than one. What it let through is
counted in the store when that is back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import redis

from stillwatch.defend.replays import Allowance, LocalReplays

_PRESENT: Final = """
local after, most_after, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if ARGV[5] == '0' then
  if tonumber(redis.call('HGET', KEYS[1], 'n') or '0') >= most then return 0 end
  if redis.call('HEXISTS', KEYS[1], after) == 0
    and redis.call('HLEN', KEYS[1]) - 1 >= most_after then return 0 end
end
redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('HSET', KEYS[1], after, 1)
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[4]))
return 1
"""
RETRY_S: Final = 0.25
_MOST_OWED: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Share:
    n_continuations: int
    n_presentations: int
    skew_us: int


class RedisReplays:
    """Presentations counted in a shared store.

    Args:
        client: of the store; its timeouts bound how long a request can wait for it.
        n_replicas: replicas that count.
        prefix: of all keys.
        clock: seconds that only go forward, for retries.
    """

    def __init__(
        self, client: redis.Redis, *, n_replicas: int, prefix: str = "stillwatch:replay:",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._present: Any = client.register_script(_PRESENT)
        self._n = n_replicas
        self._prefix = prefix
        self._clock = clock
        self._alone: LocalReplays | None = None
        self._owed: deque[tuple[str, list[Any]]] = deque(maxlen=_MOST_OWED)
        self._retry_at = 0.0

    @property
    def away(self) -> bool:
        """Whether the store is away and this replica counts by its share."""
        return self._alone is not None

    def present(
        self, token_id: bytes, after: bytes, expires_us: int, now_us: int, allowance: Allowance
    ) -> bool:
        """Count a presentation; see :class:`~stillwatch.defend.replays.Replays`."""
        keep_ms = max((expires_us + allowance.skew_us - now_us) // 1_000, 1)
        key = self._prefix + token_id.hex()
        words = [
            after.hex()[:32], allowance.n_continuations, allowance.n_presentations, keep_ms, 0,
        ]  # fmt: skip
        if self._alone is None or self._clock() >= self._retry_at:
            try:
                self._settle()
                return bool(self._present(keys=[key], args=words))
            except redis.RedisError:
                self._alone = self._alone or LocalReplays()
                self._retry_at = self._clock() + RETRY_S
        share = _Share(
            max(1, allowance.n_continuations // self._n),
            max(1, allowance.n_presentations // self._n),
            allowance.skew_us,
        )
        fits = self._alone.present(token_id, after, expires_us, now_us, share)
        if fits:
            self._owed.append((key, [*words[:-1], 1]))
        return fits

    def _settle(self) -> None:
        """Count in the store what was let through while it was away."""
        while self._owed:
            key, words = self._owed[0]
            self._present(keys=[key], args=words)
            self._owed.popleft()
        self._alone = None
