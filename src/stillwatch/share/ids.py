"""Ids of STIX objects: the same thing has the same id, and nobody can guess it.

STIX 2.1 wants random UUIDs (version 4) for all but cyber observables, and its validator says so of
any other. Ids of what a provider alone knows are therefore drawn by HMAC-SHA-256 under the
provider's secret and written as version 4: the same finding has the same id, and whoever lacks the
secret cannot tell it from a random one, nor test whether a list of accounts is a campaign that was
told. Ids of what everybody knows (techniques, identities, markings) are drawn without a key, so
that all programs agree on them.
"""

from __future__ import annotations

import hmac
from typing import Any, Final

from stillwatch.model.canonical import spell

#: drawn once, for what has no secret.
OPEN: Final = b"stillwatch.share/1"


def stix_id(kind: str, content: Any, *, secret: bytes = OPEN) -> str:
    """The id of a STIX object.

    Args:
        kind: its STIX type.
        content: a JSON value that names the thing.
        secret: the provider's secret, at least 32 bytes; left out for what everybody knows.

    >>> stix_id("attack-pattern", "SWT-A1") == stix_id("attack-pattern", "SWT-A1")
    True
    >>> stix_id("identity", "alpha").split("-")[4][0]
    '4'
    """
    drawn = bytearray(hmac.digest(secret, spell([kind, content]), "sha256")[:16])
    drawn[6] = drawn[6] & 0x0F | 0x40
    drawn[8] = drawn[8] & 0x3F | 0x80
    told = drawn.hex()
    return f"{kind}--{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def pseudonym(kind: str, name: str, *, secret: bytes) -> str:
    """``kind:`` and 160 bits that stand for a name; keyed, so that it cannot be tried out."""
    drawn = hmac.digest(secret, spell(["pseudonym", kind, name]), "sha256")
    return f"{kind}:{drawn.hex()[:40]}"


def identity_id(name: str) -> str:
    """The id of an organisation's identity object; everybody draws the same."""
    return stix_id("identity", name)
