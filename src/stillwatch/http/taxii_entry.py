"""The door of the TAXII server: who calls, by password, token or certificate, and how often."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Final

from stillwatch.adapters.taxii.directory import Listed
from stillwatch.adapters.taxii.passwords import Passwords
from stillwatch.control.limits import Claim, Limits
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_words import Client

CHALLENGE: Final = (
    b"www-authenticate",
    b'Basic realm="stillwatch TAXII", charset="UTF-8", Bearer realm="stillwatch TAXII"',
)
_TOKENS: Final = frozenset({b"bearer", b"token"})
"""The second is what taxii2-client's ``TokenAuth`` sends."""
_TOKEN: Final = re.compile(rb"sw_[A-Za-z0-9_-]{43}")
_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 3_600_000_000
TRIES: Final = 10
"""Wrong passwords in a row for one name from one address, and as many a minute after that."""
ADDRESS_TRIES: Final = 100
"""The same from one address for all names together, those that nobody bears among them."""
_MOST_HEADER: Final = 4_096


class Door:
    """Lets clients in.

    Args:
        limits: shared by the processes of a machine.
        requests_a_minute: of a client that has no number of its own.
        bytes_an_hour: likewise.
    """

    def __init__(self, limits: Limits, requests_a_minute: int, bytes_an_hour: int) -> None:
        self._limits = limits
        self._requests = requests_a_minute
        self._bytes = bytes_an_hour
        self.passwords = Passwords()

    async def client_of(
        self, headers: Mapping[bytes, bytes], peer: str, address: str, listed: Listed, now_us: int
    ) -> Client:
        """Who sent a request.

        Args:
            headers: by name.
            peer: name in a verified client certificate; empty where there is none.
            address: where the connection came from.
            listed: who is known.
            now_us: microseconds since 1970.

        Raises:
            Refused: with 401 where it is nobody that is known, with 429 after wrong passwords.
        """
        given = headers.get(b"authorization")
        if given is None:
            found = listed.by_certificate.get(peer) if peer else None
        elif len(given) > _MOST_HEADER:
            found = None
        else:
            scheme, _, rest = given.partition(b" ")
            found = None
            if scheme.lower() in _TOKENS:
                found = _of_token(rest.strip(), listed)
            elif scheme.lower() == b"basic":
                found = await self._of_password(rest.strip(), address, listed, now_us)
        if found is None:
            raise Refused(401, "send the name and password, token or certificate of a client")
        return found

    def count_request(self, client: Client, now_us: int) -> None:
        """Count a request against what was agreed to.

        Raises:
            Refused: with 429, and when there is room again.
        """
        rate = client.requests_a_minute or self._requests
        claim = Claim(f"taxii requests:{client.name}", _MINUTE_US // rate or 1, _MINUTE_US)
        spent = Claim(f"taxii bytes:{client.name}", 0, _HOUR_US)
        taken = self._limits.take([claim, spent], now_us)
        if not taken.allowed:
            which = "bytes" if taken.blocked == (1,) else "requests"
            raise Refused(
                429,
                f"more {which} than were agreed to",
                retry_after_s=max(1, -(-taken.wait_us // 1_000_000)),
            )

    def count_bytes(self, client: Client, n_bytes: int, now_us: int) -> None:
        """Count what was received and sent; too much of it closes the door to later requests."""
        rate = client.bytes_an_hour or self._bytes
        cost_us = n_bytes * _HOUR_US // rate
        if cost_us:
            self._limits.charge([Claim(f"taxii bytes:{client.name}", cost_us, _HOUR_US)], now_us)

    async def _of_password(
        self, sent: bytes, address: str, listed: Listed, now_us: int
    ) -> Client | None:
        try:
            name, colon, password = base64.b64decode(sent, validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return None
        if not colon:
            return None
        client = listed.clients.get(name.decode("utf-8", "replace"))
        kept = client.password if client is not None else ""
        if self.passwords.known(kept, password):
            return client
        whose = f"taxii tries:{address}:{name[:128].decode('latin-1')}"
        tries = [
            Claim(whose, _MINUTE_US // TRIES, _MINUTE_US),
            Claim(f"taxii guesses:{address}", _MINUTE_US // ADDRESS_TRIES, _MINUTE_US),
        ]
        waiting = self._limits.take([one._replace(cost_us=0) for one in tries], now_us)
        if not waiting.allowed:
            raise Refused(
                429,
                "too many wrong passwords from this address",
                retry_after_s=max(1, -(-waiting.wait_us // 1_000_000)),
            )
        right = await self.passwords.right(kept, password)
        if right is None:
            raise Refused(503, "too many passwords are being checked", retry_after_s=1)
        if not right:
            self._limits.charge(tries, now_us)
            return None
        return client


def _of_token(token: bytes, listed: Listed) -> Client | None:
    if not _TOKEN.fullmatch(token):
        return None
    return listed.by_token.get(hashlib.sha256(token).hexdigest())
