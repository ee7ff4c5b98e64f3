"""Media types: which answers a client accepts, and which bodies we read (TAXII 2.1, section 1.6.8).

A type without its version stands for the newest that we speak, 2.1.
"""

from __future__ import annotations

from typing import Final

from stillwatch.share.taxii_refusing import Refused

VERSION: Final = "2.1"
TAXII: Final = "application/taxii+json"
MEDIA: Final = f"{TAXII};version={VERSION}"
"""What every answer is."""
STIX_MEDIA: Final = f"application/stix+json;version={VERSION}"
"""What every object is."""
_LONGEST: Final = 1_000


def check_accepted(accept: str | None) -> None:
    """Refuse a client that accepts nothing that we send.

    Args:
        accept: the header, ``None`` where there is none, which stands for anything.

    Raises:
        Refused: with 406.

    >>> check_accepted("text/html;q=0.9, application/taxii+json; version=2.1")
    >>> check_accepted("application/taxii+json;version=2.0")
    Traceback (most recent call last):
    stillwatch.share.taxii_refusing.Refused: answers are application/taxii+json;version=2.1
    """
    if accept is None or not accept.strip():
        return
    if len(accept) <= _LONGEST and any(_takes(part) for part in accept.split(",")):
        return
    raise Refused(406, f"answers are {MEDIA}")


def check_sent(content_type: str | None) -> None:
    """Refuse a body that is no TAXII 2.1.

    Raises:
        Refused: with 415.
    """
    kind, parameters = _parts(content_type or "")
    if kind != TAXII or parameters.get("version", VERSION) != VERSION:
        raise Refused(415, f"send the body as {MEDIA}")


def _takes(part: str) -> bool:
    kind, parameters = _parts(part)
    if _weight(parameters.get("q", "1")) <= 0:
        return False
    if kind in ("*/*", "application/*"):
        return True
    return kind == TAXII and parameters.get("version", VERSION) == VERSION


def _parts(text: str) -> tuple[str, dict[str, str]]:
    kind, *rest = (part.strip() for part in text.lower().split(";"))
    pairs = (part.partition("=") for part in rest)
    return kind, {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
