"""How long a plain or salted hash of an identifier stands, guessed at in plain Python."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

SALT = b"a salt that both sides have: whoever compares must have it"


def addresses(n: int) -> Iterator[bytes]:
    """IPv4 addresses from 11.0.0.0 on."""
    for at in range(n):
        yield b"%d.%d.%d.%d" % (11 + (at >> 24), at >> 16 & 255, at >> 8 & 255, at & 255)


def phones(n: int) -> Iterator[bytes]:
    """Numbers of one country, from +1 201 200 0000 on."""
    for at in range(n):
        yield b"+1%010d" % (2_012_000_000 + at)


def mails(n: int) -> Iterator[bytes]:
    """First name, last name, number: what lists and dictionaries hold."""
    names = [b"ann", b"bob", b"carol", b"dan", b"eve", b"li", b"maria", b"omar", b"wei", b"yuki"]
    for at in range(n):
        yield b"%s.%s%d@mail.example" % (names[at % 10], names[at // 10 % 10], at // 100)


SPACES = (
    ("IPv4 addresses, all", addresses, 2**32),
    ("phone numbers of North America", phones, 8_000_000_000),
    ("a list of a billion e-mail addresses", mails, 1_000_000_000),
)


def guessed(n: int) -> Iterator[dict[str, Any]]:
    """Break salted SHA-256 of a thousand of each, by trying ``n``; the rest is counted out."""
    for name, made, space in SPACES:
        secret = {
            hashlib.sha256(SALT + one).digest()
            for at, one in enumerate(made(n))
            if at % (n // 1_000) == 7
        }
        begun, n_found, sha = time.process_time(), 0, hashlib.sha256
        for one in made(n):
            n_found += sha(SALT + one).digest() in secret
        cpu_s = time.process_time() - begun
        yield {
            "kind": "guess", "name": name, "n_tried": n, "n_hashes": len(secret),
            "n_broken": n_found, "cpu_s": cpu_s, "a_cpu_second": n / cpu_s,
            "space": float(space), "whole_cpu_h": space * cpu_s / n / 3600,
        }  # fmt: skip
