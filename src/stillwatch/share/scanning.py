"""Scanning: the second lock. No string of a bulletin may look like content.

The shapes of :mod:`stillwatch.share.wire` leave no room for sentences. Should a hole be found in
them, or a string come from elsewhere (a pattern of an indicator), this refuses whatever is not
plain ASCII, and what reads as an address, a number of a card, a telephone or a price.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stillwatch.model.errors import NotAllowed

LONGEST_STRING: Final = 2_048

#: what each expression finds, on text in compatibility form and lower case.
_FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("an e-mail address", re.compile(r"[^\s@]@[^\s@]|\bmailto\b|\(at\)|\[at\]")),
    (
        "a network address",
        re.compile(
            r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|"
            r"(?<![0-9a-f:-])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})?(?![0-9a-f:-])|"
            r"(?<![\w:-])[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*::(?:[0-9a-f]{1,4})?|"
            r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f-])"
        ),
    ),
    ("a price", re.compile(r"[$¢£€¥₩₹₽]|\b(?:usd|eur|gbp|jpy|cny|rmb)\b\s*\d|\d\s*(?:usd|eur)\b")),
    ("a telephone number", re.compile(r"\+\d[\d ().-]{7,}\d|\(\d{2,4}\)\s*\d{3}")),
    ("the number of a card", re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")),
    ("a secret", re.compile(r"\b(?:sk|pk|ghp|xox[abp])[-_][a-z0-9_-]{16,}|\bakia[0-9a-z]{16}\b")),
)
#: what STIX itself writes, in which digits and colons mean nothing else.
_OWN: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|"
    r"[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def complaint(text: str) -> str:
    """What a string seems to hold that may not leave; empty where it seems fit.

    >>> complaint("jane" + "@" + "example.org")
    'an e-mail address'
    >>> complaint("campaign:0f")
    ''
    """
    if len(text) > LONGEST_STRING:
        return f"{len(text)} characters"
    if not text.isascii():
        return "a letter outside ASCII"
    if not text.isprintable():
        return "a character that does not print"
    rest = _OWN.sub("-", text)
    plain = unicodedata.normalize("NFKC", rest).lower()
    return next((what for what, form in _FORMS if form.search(plain)), "")


def scanned(value: Any) -> None:
    """Look at every string of a JSON value, keys too.

    Raises:
        NotAllowed: one of them seems to hold what may not leave; it says where, and not what.
    """
    for where, text in _strings(value, ""):
        if what := complaint(text):
            raise NotAllowed(
                f"{where or 'the value'} holds {what}; nothing was written", by_rule="no content"
            )


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"a key of {where or 'the value'}", str(key)
            shown = key if isinstance(key, str) and not complaint(key) else "?"
            yield from _strings(inner, f"{where}.{shown}" if where else shown)
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{at}]")
