"""One spelling for an identifier, so that two providers who hold the same thing say the same.

The rules are versioned: both sides name :data:`RULES`, and no match begins where they differ.
Every item also carries its kind and its purpose, so that a set made for one can never be matched
with a set made for another, whatever either side says.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import idna
import phonenumbers

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Purpose

RULES: Final = "stillwatch.match/1"
"""Version of everything in this file; it stands in every item."""
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_PAR: Final = re.compile(r"[0-9A-Z]{29}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST: Final = 320


class Kind(StrEnum):
    """What an item is; sets of different kinds never meet."""

    EMAIL = "email"
    PHONE = "phone"
    INSTRUMENT = "instrument"
    ADDRESS = "address"
    PREFIX = "prefix"
    DEVICE = "device"
    BEHAVIOUR = "behaviour"


def email(text: str) -> str:
    """An address of mail: NFC, lower case, domain in A-labels, no tag, Gmail without dots.

    >>> email(" J.Doe+news@GoogleMail.com ")
    'jdoe@gmail.com'
    """
    local, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    if not at or not local or any(ch.isspace() for ch in local):
        raise BadInput("is no address of mail.")
    try:
        domain = idna.encode(domain.rstrip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise BadInput("its domain is none.") from None
    if "." not in domain:
        raise BadInput("its domain has no dot.")
    local = local.lower().partition("+")[0]
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    if not local:
        raise BadInput("nothing is left of its local part.")
    return f"{local}@{domain}"


def phone(text: str) -> str:
    """A number with its country code, as E.164; a national one is refused, not guessed at.

    >>> phone("+44 (0)20 7946 0958")
    '+442079460958'
    """
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise BadInput("is no number with a country code.") from None
    if not phonenumbers.is_possible_number(number):
        raise BadInput("is too long or too short for its country.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def instrument(text: str) -> str:
    """A payment account reference (29 signs, EMVCo), or an agreed ``sha256:`` digest.

    Card numbers are refused: nobody has to hold them to match.

    >>> instrument("q1hjz28rke0a5t4v7m9c3b6xw2dnf")
    'Q1HJZ28RKE0A5T4V7M9C3B6XW2DNF'
    """
    told = text.strip()
    if _is_card(re.sub(r"[\s-]", "", told)):
        raise BadInput("is a card's number.", remedy="Give its payment account reference.")
    if _PAR.fullmatch(told.upper()):
        return told.upper()
    return digest(told)


def digest(text: str) -> str:
    """A digest that both sides have agreed how to make: ``sha256:`` and 64 hexadecimal digits."""
    told = text.strip().lower()
    if not _DIGEST.fullmatch(told):
        raise BadInput("is not sha256: and 64 hexadecimal digits.")
    return told


def address(text: str) -> str:
    """A global IPv4 address, or the /64 of a global IPv6 address.

    >>> address("2001:DB9:1::7"), address("::ffff:8.8.4.4")
    ('2001:db9:1::/64', '8.8.4.4')
    """
    try:
        found = ipaddress.ip_address(text.strip().removesuffix("/64"))
    except ValueError:
        raise BadInput("is no address.") from None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            _global(found)
            return str(ipaddress.ip_network((found, 64), strict=False))
        found = found.ipv4_mapped
    _global(found)
    return str(found)


def prefix(text: str) -> str:
    """The /24 of an IPv4 address or network, the /48 of an IPv6 one.

    >>> prefix("8.8.4.4"), prefix("2001:db9:1:2::/64")
    ('8.8.4.0/24', '2001:db9:1::/48')
    """
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadInput("is no address and no network.") from None
    length = 24 if found.version == 4 else 48
    if found.prefixlen < length:
        raise BadInput(f"is wider than a /{length}.")
    _global(found.network_address)
    return str(ipaddress.ip_network((found.network_address, length), strict=False))


SPELLED: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.EMAIL: email,
    Kind.PHONE: phone,
    Kind.INSTRUMENT: instrument,
    Kind.ADDRESS: address,
    Kind.PREFIX: prefix,
    Kind.DEVICE: digest,
    Kind.BEHAVIOUR: digest,
}


def item(kind: Kind, purpose: Purpose, text: str) -> str:
    """What goes into the protocol: version, purpose, kind and the one spelling.

    Raises:
        BadInput: the text is none of its kind; the message does not quote it.

    >>> item(Kind.EMAIL, Purpose.DEFENCE, "A@b.example")
    'stillwatch.match/1|defence|email|a@b.example'
    """
    if len(text) > _LONGEST:
        raise BadInput(f"is longer than {_LONGEST} characters.", where=kind.value)
    try:
        return f"{RULES}|{purpose.value}|{kind.value}|{SPELLED[kind](text)}"
    except BadInput as error:
        raise BadInput(error.what, where=kind.value, remedy=error.remedy) from None


def items(
    kind: Kind, purpose: Purpose, texts: Iterable[str]
) -> tuple[dict[str, list[int]], list[tuple[int, str]]]:
    """Items of many texts, each with the positions at which it stood, and what was refused.

    Args:
        kind: of all of them.
        purpose: of the match.
        texts: as they stand in the provider's records.

    Returns:
        item to positions, in order of appearance; and (position, why) of the rest.
    """
    found: dict[str, list[int]] = {}
    refused: list[tuple[int, str]] = []
    for position, text in enumerate(texts):
        try:
            found.setdefault(item(kind, purpose, text), []).append(position)
        except BadInput as error:
            refused.append((position, error.what))
    return found, refused


def _global(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not found.is_global or found.is_multicast:
        raise BadInput("is no public address.")


def _is_card(text: str) -> bool:
    if not (text.isascii() and text.isdigit() and 12 <= len(text) <= 19):
        return False
    total = 0
    for place, sign in enumerate(reversed(text)):
        value = int(sign) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0
