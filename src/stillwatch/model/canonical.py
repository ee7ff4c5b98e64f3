"""Canonical: one spelling of a JSON value, and the digest that names it everywhere.

The spelling is that of RFC 8785 (JSON Canonicalization Scheme), so that whoever reads a value
in any language can redo its digest.
"""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from stillwatch.model.errors import BadInput


def spell(value: Any) -> bytes:
    """A JSON value as RFC 8785 spells it.

    Raises:
        BadInput: it holds what JSON cannot: a NaN, an integer beyond 2^53, a key that is no text.

    >>> spell({"b": 1.0, "a": ["ä"]})
    b'{"a":["\\xc3\\xa4"],"b":1}'
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, TypeError, RecursionError) as error:
        raise BadInput(f"the value has no canonical JSON: {error}.") from error


def digest_of(kind: str, value: Any) -> str:
    """``kind:`` and the first 160 bits of the SHA-256 of a JSON value's canonical spelling.

    >>> digest_of("finding", {})
    'finding:44136fa355b3678a1146ad16f7e8649e94fb4fc2'
    """
    return f"{kind}:{hashlib.sha256(spell(value)).hexdigest()[:40]}"
