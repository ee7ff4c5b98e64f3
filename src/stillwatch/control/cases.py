"""Case numbers: what a refused caller quotes to contest a decision.

A number is made from the decision and the account alone, so that every replica gives the same
one and none has to be stored before somebody uses it. It names nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

#: digits that are not taken for one another when they are read out.
_DIGITS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def case_number(about: str, account: str) -> str:
    """The case number of a decision, or of a rule, for an account.

    Args:
        about: id of the decision; where a rule acts without one, ``rule:`` and its id.
        account: the account that it touched.

    >>> case_number("decision:1", "a-1")
    'SW-7C92-SS6U-9X6Q'
    """
    digest = hashlib.blake2b(f"{about}\x1f{account}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    digits = [_DIGITS[(number >> (5 * place)) & 31] for place in range(12)]
    groups = ["".join(digits[low : low + 4]) for low in (0, 4, 8)]
    return "SW-" + "-".join(groups)


def find_case(number: str, account: str, abouts: Iterable[str]) -> str | None:
    """What a case number of an account is about; ``None`` where it is about none of these.

    Args:
        number: as it was quoted; spaces, dashes and case do not matter.
        account: who quotes it, authenticated.
        abouts: ids of decisions and ``rule:`` names that could have touched the account.
    """
    wanted = _bare(number)
    return next((x for x in abouts if _bare(case_number(x, account)) == wanted), None)


def _bare(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter.isalnum())


def drawn(about: str, account: str) -> float:
    """A number in [0, 1) that a canary draws for an account; the same at every replica."""
    digest = hashlib.blake2b(f"canary\x1f{about}\x1f{account}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
