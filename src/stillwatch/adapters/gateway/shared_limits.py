"""Limits that the processes of one machine share: a table in a mapped file.

Whichever process a client's connection leads to, the limit is the same one. The file lies in
memory that outlives a process that is killed; nothing that was taken is lost with it.

A key is a 64-bit hash with its moment, in a bucket of eight keys and then eight moments. Where a
bucket is full of keys that are in use, the one whose moment is nearest gives way: of all it would
be forgotten first anyway. With a million slots and 100,000 keys in use this befalls fewer than one
key in a million.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from stillwatch.control.limits import ALL_TAKEN, Claim, Taken

_WAYS: Final = 8
_BUCKET: Final = struct.Struct(f"<{2 * _WAYS}q")
_CELL: Final = struct.Struct("<q")
_MOST_KNOWN: Final = 200_000
PATIENCE_S: Final = 0.02
"""A process that was stopped with the lock in hand holds the others up no longer than this."""
_BREATH_S: Final = 0.000_05


class SharedLimits:
    """Limits in a file that several processes map.

    Args:
        path: the file; made where it is not there.
        n_slots: keys that it can hold; a power of two.
        patience_s: how long the lock is waited for; then a request is counted without it.
    """

    def __init__(self, path: Path, n_slots: int = 1 << 20, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._n_buckets = n_slots // _WAYS
        n_bytes = self._n_buckets * _BUCKET.size
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < n_bytes:
            os.ftruncate(self._file, n_bytes)
        self._map = mmap.mmap(self._file, n_bytes)
        self._hashes: dict[str, int] = {}

    def take(self, claims: Sequence[Claim], now_us: int) -> Taken:
        """Take all claims, or none where one of them has no room."""
        if not claims:
            return ALL_TAKEN
        locked = self._lock()
        try:
            blocked: list[int] = []
            wait_us = 0
            after: dict[int, tuple[int, int]] = {}
            for number, claim in enumerate(claims):
                key = self._hashes.get(claim.key) or self._hash(claim.key)
                place, moment = after[key] if key in after else self._found(key)
                if moment < now_us:
                    moment = now_us
                moment += claim.cost_us
                over = moment - now_us - claim.burst_us
                if over > 0:
                    blocked.append(number)
                    wait_us = max(wait_us, over)
                after[key] = place, moment
            if blocked:
                return Taken(False, wait_us, tuple(blocked))
            for key, (place, moment) in after.items():
                self._put(key, place, moment)
            return ALL_TAKEN
        finally:
            if locked:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def charge(self, claims: Sequence[Claim], now_us: int) -> None:
        """Drain without asking."""
        locked = self._lock()
        try:
            for claim in claims:
                key = self._hash(claim.key)
                place, moment = self._found(key)
                self._put(key, place, max(moment, now_us) + claim.cost_us)
        finally:
            if locked:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _hash(self, key: str) -> int:
        found = self._hashes.get(key)
        if found is None:
            if len(self._hashes) >= _MOST_KNOWN:
                self._hashes.clear()
            digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
            # Nought stands for an empty slot.
            found = self._hashes[key] = int.from_bytes(digest, "little", signed=True) or 1
        return found

    def _found(self, key: int) -> tuple[int, int]:
        """Where the moment of a key stands, and the moment; -1 and 0 where it stands nowhere."""
        start = key % self._n_buckets * _BUCKET.size
        bucket = _BUCKET.unpack_from(self._map, start)
        try:
            way = bucket.index(key, 0, _WAYS)
        except ValueError:
            return -1, 0
        return start + 8 * (_WAYS + way), bucket[_WAYS + way]

    def _put(self, key: int, place: int, moment: int) -> None:
        if place < 0:
            start = key % self._n_buckets * _BUCKET.size
            moments = _BUCKET.unpack_from(self._map, start)[_WAYS:]
            least = min(moments)
            if least > moment:
                return
            way = moments.index(least)
            _CELL.pack_into(self._map, start + 8 * way, key)
            place = start + 8 * (_WAYS + way)
        _CELL.pack_into(self._map, place, moment)

    def _lock(self) -> bool:
        end_s = 0.0
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                now_s = time.monotonic()
                end_s = end_s or now_s + self._patience_s
                if now_s > end_s:
                    return False
                time.sleep(_BREATH_S)
