"""Attesting: the statement about a report, signed, and stamped by an authority where one is set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.custody.stamping import stamped
from stillwatch.adapters.reviewing.names import ATTESTATION, STAMP
from stillwatch.adapters.signing import IN_TOTO, load_key, sign
from stillwatch.model.errors import BadInput
from stillwatch.vet.review.statement import statement_of

_KEYID: Final = re.compile(r"^[^\x00-\x1f]{1,200}$")


def attest(
    document: Mapping[str, Any],
    contents: Mapping[str, bytes],
    key: Path,
    by: str,
    *,
    authority: str | None = None,
    timeout_s: float = 20.0,
) -> dict[str, bytes]:
    """Sign what a report says.

    Args:
        document: the report.
        contents: bytes of every file of it.
        key: Ed25519 key, PEM.
        by: whose; stands beside the signature.
        authority: address of an RFC 3161 time-stamping authority; None asks nobody.
        timeout_s: seconds to wait for it.

    Returns:
        the attestation and, where an authority was asked, its stamp, by file name.

    Raises:
        BadInput: the key is none, or others may read it.
        OutsideFailed: the key cannot be read, or the authority did not answer.
    """
    if not _KEYID.match(by):
        raise BadInput("is no name to sign under.", where="review.by")
    statement = statement_of(document, contents)
    envelope = sign(statement, IN_TOTO, load_key(key, by))
    content = orjson.dumps(envelope, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    made = {ATTESTATION: content}
    if authority:
        made[STAMP] = stamped(authority, content, timeout_s)
    return made
