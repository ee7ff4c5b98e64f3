"""Share: what partners are told, and what is made of what they tell.

The room answers who may see a thing and why not, what a bulletin of a campaign says in STIX 2.1,
what of somebody else's bundle can be taken, how much weight a partner's word has, and
(:mod:`stillwatch.share.matching`) what two providers both hold, and no more. It does not
say what is true, never acts, and refuses sentences, names, prompts, addresses, prices and volumes
of customers: there is no field for them. Nothing here opens a file, reads a clock or draws at
random.

>>> from stillwatch.model.marking import LegalBasis, Marking, Tlp
>>> from stillwatch.model.party import Party
>>> from stillwatch.share import may_release
>>> basis = LegalBasis(name="mutual agreement", kind="contract", from_us=0, until_us=100)
>>> told = Marking(tlp=Tlp.GREEN, owner="omega", until_us=200, basis=basis,
...                communities=frozenset({"labs"}), jurisdictions=frozenset({"US", "DE"}))
>>> who = Party(name="alpha", jurisdiction="DE", communities=frozenset({"labs"}))
>>> may_release(told, who, 99).allowed
True
>>> may_release(told, who, 100).why
("the legal basis 'mutual agreement' lapsed on 1970-01-01",)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillwatch.share.bulletins import bulletin_of
    from stillwatch.share.cutting import cut, released_bundle
    from stillwatch.share.indicators import Indicator, indicator_from
    from stillwatch.share.parsing import Limits, Refused
    from stillwatch.share.reading import Taking, notices_in, read_bundle
    from stillwatch.share.releasing import Answer, may_release, require_release
    from stillwatch.share.strictest import strictest
    from stillwatch.share.wire import Notice

#: what is public, and where it lives; read when first asked for, for the library of STIX is large.
_PUBLIC = {
    "Answer": "releasing",
    "Indicator": "indicators",
    "Limits": "parsing",
    "Notice": "wire",
    "Refused": "parsing",
    "Taking": "reading",
    "bulletin_of": "bulletins",
    "cut": "cutting",
    "indicator_from": "indicators",
    "may_release": "releasing",
    "notices_in": "reading",
    "read_bundle": "reading",
    "released_bundle": "cutting",
    "require_release": "releasing",
    "strictest": "strictest",
}

__all__ = [
    "Answer",
    "Indicator",
    "Limits",
    "Notice",
    "Refused",
    "Taking",
    "bulletin_of",
    "cut",
    "indicator_from",
    "may_release",
    "notices_in",
    "read_bundle",
    "released_bundle",
    "require_release",
    "strictest",
]


def __getattr__(name: str) -> Any:
    """Import a public name; whatever else is asked for is not there."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"stillwatch.share.{_PUBLIC[name]}"), name)
