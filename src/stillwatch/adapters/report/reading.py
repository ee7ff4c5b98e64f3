"""What a page or a terminal shows, read out of the JSON contract.

The contract (``stillwatch.campaigns/1``) is read leniently: an absent or odd field
becomes "not given" or "unknown" and never an error, because a report of what was
found must not fail on one field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.adapters.report import words

#: families that have a colour and a dash of their own, in the order of legends.
FAMILIES = (
    "content",
    "timing",
    "payment",
    "network",
    "identity",
    "lifecycle",
    "external",
    "partner",
)
OTHER = "other"

#: the four claims of the contract, their titles and what each asks.
CLAIMS = (
    ("industrial_scale", "Industrial scale", "Is it more than one customer's own work?"),
    ("covert", "Covert", "Is it arranged so as not to be seen?"),
    ("unauthorised", "Without authorisation", "Was no permission given for it?"),
    ("fraud_enabled", "Enabled by fraud", "Are false identities or payments used?"),
)
#: the answer before a colon, which the reader is shown by a mark instead.
_ANSWERED = re.compile(r"^(?:met|not shown|not met|could not look):\s*", re.IGNORECASE)
_ANSWER = re.compile(r"\s*(?:(met|yes|true)|(not met|unmet|no|false))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Evidence of one family: ``pro_bits`` >= 0, ``con_bits`` <= 0, and the net."""

    name: object
    kind: str
    pro_bits: float
    con_bits: float
    net_bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One of the four claims; ``met`` is True, False or None (could not tell)."""

    title: str
    question: str
    met: bool | None
    why: object

    @property
    def word(self) -> str:
        """The answer in words."""
        return {True: "Met", False: "Not met", None: "Could not tell"}[self.met]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account of a campaign: membership is a share of 0 to 1."""

    account: object
    membership: float | None
    weight_bits: float | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign of the contract, with the readings that both renderers need."""

    raw: Mapping[str, Any]

    @property
    def id(self) -> object:
        """The id as it stands in the contract."""
        return self.raw.get("id")

    @property
    def weight_bits(self) -> float:
        """The net weight over all families, 0 where it is not given."""
        return words.number(self.raw.get("weight_bits")) or 0.0

    @property
    def members(self) -> list[Member]:
        """Accounts in the order of the contract."""
        return [
            Member(
                account=row.get("account"),
                membership=words.number(row.get("membership")),
                weight_bits=words.number(row.get("weight_bits")),
            )
            for row in rows(self.raw.get("accounts"))
        ]

    @property
    def signals(self) -> list[Mapping[str, Any]]:
        """Signals, heaviest first (by the size of their bits)."""
        found = rows(self.raw.get("signals"))
        return sorted(found, key=lambda row: -abs(words.number(row.get("bits")) or 0.0))

    @property
    def rivals(self) -> list[Mapping[str, Any]]:
        """Rival hypotheses, the nearest to winning first."""
        found = rows(self.raw.get("rivals"))
        return sorted(found, key=lambda row: -(words.number(row.get("bits")) or 0.0))

    @property
    def pictures(self) -> Mapping[str, Any]:
        """The detector's optional block of pictures, empty where it gave none."""
        return mapping(self.raw.get("pictures"))

    @property
    def models(self) -> list[tuple[object, float]]:
        """Models asked for and their shares (0 to 1), the most asked first."""
        shares = [(m, words.number(s) or 0.0) for m, s in mapping(self.raw.get("models")).items()]
        return sorted(shares, key=lambda pair: -pair[1])

    @property
    def tokens(self) -> float | None:
        """Output plus reasoning tokens, None where neither is known."""
        parts = [words.number(self.raw.get(k)) for k in ("output_tokens", "reasoning_tokens")]
        known = [part for part in parts if part is not None]
        return sum(known) if known else None

    @property
    def claims(self) -> list[Claim]:
        """The four claims, always four, in the order of the contract."""
        given = mapping(self.raw.get("claims"))
        return [read_claim(title, ask, given.get(key)) for key, title, ask in CLAIMS]

    @property
    def families(self) -> list[Family]:
        """Families by net weight, heaviest first."""
        return read_families(self.raw)


def rows(value: object) -> list[Mapping[str, Any]]:
    """The mappings of a list; anything else is left out."""
    return [row for row in sequence(value) if isinstance(row, Mapping)]


def sequence(value: object) -> Sequence[Any]:
    """The list as it is, or an empty one where the value is none."""
    return value if isinstance(value, list | tuple) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """The mapping as it is, or an empty one where the value is none."""
    return value if isinstance(value, Mapping) else {}


def campaigns(result: Mapping[str, Any]) -> list[Campaign]:
    """The campaigns of a result, in the order of the contract."""
    return [Campaign(row) for row in rows(result.get("campaigns"))]


def kind_of(family: object) -> str:
    """The known family that a name belongs to, or ``other``."""
    name = family.partition(":")[0] if isinstance(family, str) and len(family) < 200 else ""
    return name if name in FAMILIES else OTHER


def read_claim(title: str, question: str, given: object) -> Claim:
    """A claim from ``{"met", "why"}`` or from a sentence that starts with the answer."""
    if isinstance(given, Mapping):
        met = given.get("met")
        return Claim(
            title=title,
            question=question,
            met=met if isinstance(met, bool) else None,
            why=given.get("why"),
        )
    why = "Nothing was said about this claim." if given is None else given
    if isinstance(why, str):
        why = _ANSWERED.sub("", why, count=1)
    return Claim(title=title, question=question, met=_answer(given), why=why)


def _answer(given: object) -> bool | None:
    if isinstance(given, bool):
        return given
    answer = _ANSWER.match(given) if isinstance(given, str) else None
    return None if answer is None else answer.group(1) is not None


def read_families(raw: Mapping[str, Any]) -> list[Family]:
    """Per family the strongest signal for, the strongest against, and the net."""
    by_family: dict[object, list[float]] = {}
    for row in rows(raw.get("signals")):
        by_family.setdefault(row.get("family"), []).append(words.number(row.get("bits")) or 0.0)
    found = [
        _family(name, words.number(net) or 0.0, by_family.get(name, []))
        for name, net in mapping(raw.get("families")).items()
    ]
    return sorted(found, key=lambda family: (-family.net_bits, str(family.name)))


def _family(name: object, net_bits: float, values: Iterable[float]) -> Family:
    values = list(values) or [net_bits]
    return Family(
        name=name,
        kind=kind_of(name),
        pro_bits=max(0.0, *values),
        con_bits=min(0.0, *values),
        net_bits=net_bits,
    )


def shown_time(value: object, *, to_minute: bool = True) -> object:
    """A time in plain form, or the value itself where it is no time."""
    when = words.moment(value)
    if when is None:
        return value
    return words.minute(when) if to_minute else words.day(when)


def headline(campaign: Campaign) -> list[str]:
    """Sentences that say how many, how much, since when and how sure.

    Returns:
        Two sentences of numbers; text of others never stands in them.
    """
    raw = campaign.raw
    n_accounts = len(campaign.members)
    sent = (
        f"{words.plural(n_accounts, 'account')} sent {words.big(raw.get('n_exchanges'))} exchanges"
    )
    if campaign.tokens is not None:
        sent += f" and drew {words.big(campaign.tokens)} tokens of answers and reasoning"
    first, last = words.moment(raw.get("first_seen")), words.moment(raw.get("last_seen"))
    if first and last:
        sent += f", from {words.day(first)} to {words.day(last)}"
    weight = campaign.weight_bits
    turn = "multiplies" if weight >= 0 else "divides"
    sure = (
        f"The evidence {turn} the odds that these accounts act together by {words.odds(weight)} "
        f"({words.bits(weight)} bits; each bit doubles the odds)"
    )
    fdr = words.number(raw.get("fdr"))
    if fdr is not None:
        sure += f", at an expected share of false campaigns of {words.percent(fdr)}"
    return [f"{sent}.", f"{sure}."]


def settings_rows(result: Mapping[str, Any]) -> list[tuple[object, object]]:
    """Settings by name; a nested value is shown in its Python form."""
    given = mapping(result.get("settings"))
    return sorted(given.items(), key=lambda pair: str(pair[0]))
