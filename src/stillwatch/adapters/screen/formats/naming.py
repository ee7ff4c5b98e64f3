"""Naming: what publishers put into one field that is several names."""

from __future__ import annotations

import re

_AFFILIATE = re.compile(r"^(?P<owner>.+?)\.?\s+Affiliated Entity:\s+(?P<name>.+)$")
_BRACKET = re.compile(r"^(?P<name>.*\S)\s*\((?P<short>[^()]{2,30})\)(?P<rest>[^()]*)$")
_LEAST_CHARS = 3


def parted(text: str) -> tuple[str, str, str]:
    """A name, its short form in brackets, and its owner, where a field holds all three.

    >>> parted("Acme Co., Ltd. (Acme).  Affiliated Entity: Acme North Co.")
    ('Acme North Co.', '', 'Acme Co., Ltd.')
    >>> parted("Acme Technologies Co., Ltd. (ATC)")
    ('Acme Technologies Co., Ltd.', 'ATC', '')
    >>> parted("Acme (Shanghai) Co.")
    ('Acme (Shanghai) Co.', '', '')
    """
    owner = ""
    if match := _AFFILIATE.match(text):
        owner, text = parted(match["owner"])[0], match["name"]
    match = _BRACKET.match(text)
    if match is None or match["rest"].strip(" .,") or len(match["name"]) < _LEAST_CHARS:
        return text.strip(), "", owner
    return match["name"].strip(), match["short"].strip(), owner
