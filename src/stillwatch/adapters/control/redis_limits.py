"""Limits that several replicas share, in Redis or Valkey, and what a replica does without it.

All claims of a request are one call of one script, so that they are taken together or not at
all. When the store is away, each replica goes on with its share: rate and burst divided by the
number of replicas, its buckets as good as empty at the cut, because nobody knows what the
others had used. Together they stay within the limit and one replica's share of the burst. When
the store is back, what was given meanwhile is charged to it, and moments that it has lost are
put back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import redis

from stillwatch.control.limits import ALL_TAKEN, Claim, LocalLimits, Taken
from stillwatch.model.errors import OutsideFailed

_TAKE: Final = """
local now, wait = tonumber(ARGV[1]), 0
local after, out = {}, {0, 0}
for i, key in ipairs(KEYS) do
  local moment = tonumber(redis.call('GET', key) or '0')
  if moment < now then moment = now end
  moment = moment + tonumber(ARGV[2 * i])
  local over = moment - now - tonumber(ARGV[2 * i + 1])
  if over > 0 then
    out[#out + 1] = i - 1
    if over > wait then wait = over end
  end
  after[i] = moment
end
if #out > 2 then
  out[2] = wait
  return out
end
out[1] = 1
for i, key in ipairs(KEYS) do
  local keep = math.ceil((after[i] - now) / 1000) + 1
  redis.call('SET', key, string.format('%.0f', after[i]), 'PX', keep)
  out[2 + i] = after[i]
end
return out
"""
#: raises each key to a floor and then drains it.
_CHARGE: Final = """
local now, out = tonumber(ARGV[1]), {}
for i, key in ipairs(KEYS) do
  local moment = tonumber(redis.call('GET', key) or '0')
  local floor = tonumber(ARGV[2 * i])
  if moment < floor then moment = floor end
  moment = moment + tonumber(ARGV[2 * i + 1])
  if moment > now then
    local keep = math.ceil((moment - now) / 1000) + 1
    redis.call('SET', key, string.format('%.0f', moment), 'PX', keep)
  end
  out[i] = moment
end
return out
"""
RETRY_S: Final = 0.25
_MOST_SEEN: Final = 200_000
_CHUNK: Final = 500


class RedisLimits:
    """Limits in a shared store, with a share of their own while it is away.

    Args:
        client: of the store; its timeouts bound how long a decision can wait for it.
        n_replicas: replicas that decide; each has one part of every limit when alone.
        prefix: of all keys.
        clock: seconds that only go forward, for retries.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        n_replicas: int,
        prefix: str = "stillwatch:limit:",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if n_replicas < 1:
            raise ValueError("n_replicas must be at least 1")
        self._client = client
        self._n = n_replicas
        self._prefix = prefix
        self._clock = clock
        self._take_all = client.register_script(_TAKE)
        self._charge_all = client.register_script(_CHARGE)
        self._seen: dict[str, int] = {}
        self._alone: LocalLimits | None = None
        self._cut_us = 0
        self._begun: set[str] = set()
        self._owed: dict[str, int] = {}
        self._retry_at = 0.0

    @property
    def away(self) -> bool:
        """Whether the store is away and this replica decides by its share."""
        return self._alone is not None

    def take(self, claims: Sequence[Claim], now_us: int) -> Taken:
        """Take all claims, or none where one of them has no room."""
        if not claims:
            return ALL_TAKEN
        if self._alone is not None and not self._came_back(now_us):
            return self._take_share(self._alone, claims, now_us)
        try:
            told = self._asked(self._take_all, claims, now_us)
        except redis.RedisError:
            return self._take_share(self._cut_off(now_us), claims, now_us)
        if not told[0]:
            return Taken(False, int(told[1]), tuple(int(place) for place in told[2:]))
        self._remember([claim.key for claim in claims], told[2:], now_us)
        return ALL_TAKEN

    def charge(self, claims: Sequence[Claim], now_us: int) -> None:
        """Drain without asking; owed to the store while it is away."""
        if not claims:
            return
        if self._alone is None or self._came_back(now_us):
            try:
                self._charged([(c.key, now_us, c.cost_us) for c in claims], now_us)
                return
            except redis.RedisError:
                self._cut_off(now_us)
        self._owe(claims)
        if self._alone is not None:
            self._alone.charge(self._shares(claims, now_us), now_us)

    def _asked(self, script: Any, claims: Sequence[Claim], now_us: int) -> list[Any]:
        numbers = [number for c in claims for number in (c.cost_us, c.burst_us)]
        keys = [self._prefix + c.key for c in claims]
        told: list[Any] = script(keys=keys, args=[now_us, *numbers])
        return told

    def _cut_off(self, now_us: int) -> LocalLimits:
        if self._alone is None:
            self._alone, self._cut_us = LocalLimits(), now_us
            self._begun.clear()
        self._retry_at = self._clock() + RETRY_S
        return self._alone

    def _take_share(self, alone: LocalLimits, claims: Sequence[Claim], now_us: int) -> Taken:
        taken = alone.take(self._shares(claims, now_us), now_us)
        if taken.allowed:
            self._owe(claims)
        return taken._replace(exact=False)

    def _shares(self, claims: Sequence[Claim], now_us: int) -> list[Claim]:
        """The claims against this replica's share, its buckets begun nearly empty.

        A bucket that the replica saw used up further than that begins where it saw it.
        """
        for claim in claims:
            if claim.key not in self._begun and self._alone is not None:
                self._begun.add(claim.key)
                begun_us = self._cut_us + claim.burst_us - claim.burst_us // self._n
                self._alone.raised([(claim.key, max(begun_us, self._seen.get(claim.key, 0)))])
        return [Claim(c.key, c.cost_us * self._n, c.burst_us) for c in claims]

    def _owe(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self._owed[claim.key] = self._owed.get(claim.key, 0) + claim.cost_us

    def _came_back(self, now_us: int) -> bool:
        """Ask the store again, now and then; pay what is owed before anything is taken."""
        if self._clock() < self._retry_at:
            return False
        try:
            self._client.ping()
            owed = dict(self._owed)
            lost = {k: m for k, m in self._seen.items() if m > now_us and k not in owed}
            marks = [(k, max(self._seen.get(k, 0), self._cut_us), cost) for k, cost in owed.items()]
            for part in _chunks([*marks, *((k, m, 0) for k, m in lost.items())]):
                self._charged(part, now_us)
                for key, _, _ in part:
                    self._owed.pop(key, None)
        except redis.RedisError:
            self._retry_at = self._clock() + RETRY_S
            return False
        self._alone = None
        return True

    def _charged(self, marks: Sequence[tuple[str, int, int]], now_us: int) -> None:
        numbers = [number for _, floor, cost in marks for number in (floor, cost)]
        keys = [self._prefix + key for key, _, _ in marks]
        told: Any = self._charge_all(keys=keys, args=[now_us, *numbers])
        self._remember([key for key, _, _ in marks], told, now_us)

    def _remember(self, keys: Sequence[str], moments: Sequence[Any], now_us: int) -> None:
        for key, moment in zip(keys, moments, strict=True):
            self._seen[key] = int(moment)
        if len(self._seen) > _MOST_SEEN:
            self._seen = {k: m for k, m in self._seen.items() if m > now_us}


def connect(url: str, *, timeout_s: float = 0.05) -> redis.Redis:
    """A client that answers or fails within a time that a request can bear.

    Raises:
        OutsideFailed: the address is none.
    """
    try:
        return redis.Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=None
        )
    except ValueError as error:
        raise OutsideFailed(
            "the store's address cannot be read.", remedy="Write redis://host:port/0."
        ) from error


def _chunks(marks: list[tuple[str, int, int]]) -> Iterable[list[tuple[str, int, int]]]:
    for low in range(0, len(marks), _CHUNK):
        yield marks[low : low + _CHUNK]
