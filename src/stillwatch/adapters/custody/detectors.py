"""Detectors: the kept libraries that find secrets and personal data, wired to the redactor.

Kingfisher (MongoDB, Apache-2.0) finds keys of some 490 makers, also in base 64; datafog-core (MIT)
finds mail addresses, telephone, card and social security numbers and addresses of machines. Both
run in this process and ask nobody; whether a key is live is never tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import datafog_core
from kingfisher_sdk import DetectionScanner, Rules

from stillwatch.attribute.redaction.redactor import Redactor
from stillwatch.attribute.redaction.spans import Span

#: what datafog-core calls a thing, and what we do.
_KINDS: Final = {
    "API_KEY": "secret",
    "BEARER_TOKEN": "secret",
    "CREDIT_CARD": "card",
    "DE_IBAN": "iban",
    "EMAIL": "email",
    "IP_ADDRESS": "ip",
    "JWT": "secret",
    "PHONE": "phone",
    "PRIVATE_KEY": "secret",
    "SSN": "id",
}


_SHORTEST_IP: Final = 7


@cache
def redactor() -> Redactor:
    """The redactor with all detectors; made once a process, some 0.4 s once its cache is there."""
    # A key on a line that says "ignore" is a key all the same.
    scanner = DetectionScanner(Rules(confidence="low"), inline_ignores=False, markup_context=False)
    return Redactor([_keys(scanner)], [_people])


def _keys(scanner: DetectionScanner) -> Callable[[bytes], Iterator[Span]]:
    def keys(data: bytes) -> Iterator[Span]:
        for finding in scanner.scan(data):
            place = finding.location
            yield Span(place["start_offset"], place["end_offset"], "secret")

    return keys


def _people(data: bytes) -> Iterator[Span]:
    for finding in datafog_core.scan(data.decode(), {}):
        kind = _KINDS.get(finding.entity_type)
        start, end = finding.byte_range.start, finding.byte_range.end
        if kind is None or _is_part_of_number(kind, data[max(start - 1, 0) : start]):
            continue
        # "::" and "::2" are slices of Python, and addresses of nobody.
        if kind != "ip" or end - start >= _SHORTEST_IP:
            yield Span(start, end, kind)


def _is_part_of_number(kind: str, before: bytes) -> bool:
    return kind == "phone" and (before == b"." or before.isdigit())
