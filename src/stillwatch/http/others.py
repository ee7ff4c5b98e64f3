"""Other machines: their decisions are heard through the store, and one of all speaks for rules."""

from __future__ import annotations

import logging
import secrets
from typing import Final

import redis

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.redis_entries import Replicator
from stillwatch.adapters.control.redis_limits import connect

log = logging.getLogger("stillwatch.http")

LEASE_KEY: Final = "stillwatch:leader"
LEASE_MS: Final = 10_000
_TIMEOUT_S: Final = 1.0


class Others:
    """The way to the other machines.

    Args:
        url: of the store.
        log_here: the log of this machine.
    """

    def __init__(self, url: str, log_here: DecisionLog) -> None:
        self._client = connect(url, timeout_s=_TIMEOUT_S)
        self._replicator = Replicator(log_here, self._client)
        self._name = secrets.token_hex(8)
        self._away = False

    def exchange(self) -> bool:
        """Bring the logs level; whether this machine is the one that lets rules speak.

        While the store is away nobody does: what was decided stands, nothing is decided twice.
        """
        try:
            n_unread = self._replicator.n_unread
            self._replicator.step()
            if self._replicator.n_unread > n_unread:
                log.error("an entry of another machine cannot be read; it does not count here")
            leads = self._leads()
        except redis.RedisError as error:
            if not self._away:
                log.error("the store is away, others are not heard: %s", type(error).__name__)
            self._away = True
            return False
        self._away = False
        return leads

    def _leads(self) -> bool:
        if self._client.set(LEASE_KEY, self._name, nx=True, px=LEASE_MS):
            return True
        holder = self._client.get(LEASE_KEY)
        if holder != self._name.encode():
            return False
        self._client.pexpire(LEASE_KEY, LEASE_MS)
        return True
