"""Case numbers: what a refused caller quotes to contest a decision.

A number is made from the decision, the account and a secret alone, so that every replica that
has the secret gives the same one and none has to be stored before somebody uses it. It names
nobody, and nobody without the secret can work out one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

#: digits that are not taken for one another when they are read out.
_DIGITS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: bytes of a secret that are used.
LONGEST_KEY: Final = 64


def case_number(about: str, account: str, key: bytes) -> str:
    """The case number of a decision, or of a rule, for an account.

    Args:
        about: id of the decision; where a rule acts without one, ``rule:`` and its id.
        account: the account that it touched.
        key: the secret, :data:`LONGEST_KEY` bytes at most.

    >>> case_number("decision:1", "a-1", bytes(32))
    'SW-59J9-JXXH-PQQP'
    """
    told = f"{about}\x1f{account}".encode()
    digest = hashlib.blake2b(told, digest_size=8, key=key).digest()
    number = int.from_bytes(digest, "big")
    digits = [_DIGITS[(number >> (5 * place)) & 31] for place in range(12)]
    groups = ["".join(digits[low : low + 4]) for low in (0, 4, 8)]
    return "SW-" + "-".join(groups)


def find_case(number: str, account: str, abouts: Iterable[str], key: bytes) -> str | None:
    """What a case number of an account is about; ``None`` where it is about none of these.

    Args:
        number: as it was quoted; spaces, dashes and case do not matter.
        account: who quotes it, authenticated.
        abouts: ids of decisions and ``rule:`` names that could have touched the account.
        key: the secret that the numbers are made with.
    """
    wanted = _bare(number)
    return next((x for x in abouts if _bare(case_number(x, account, key)) == wanted), None)


def _bare(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter.isalnum())


def drawn(about: str, account: str) -> float:
    """A number in [0, 1) that a canary draws for an account; the same at every replica."""
    digest = hashlib.blake2b(f"canary\x1f{about}\x1f{account}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
