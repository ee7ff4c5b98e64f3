"""Fed runs: whether a campaign's answers came to a cloud, asked by private set intersection.

Here the rooms ``cloud`` and ``share`` meet. Neither side shows the other its sketches. The provider
holds two sets for each campaign: keyed digests of the addresses it called from, and its hours, one
item for each sign of its sketch. The cloud asks which of its accounts' digests are in the first,
and, for the few accounts that stand out there, how many signs of theirs are in the second. How many
items of two such sets are equal is how many signs agree: that is all that the comparison of hours
needs, and all that is learnt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stillwatch.cloud.evidence import bits_of_p
from stillwatch.cloud.matching import (
    LEAST_BITS,
    SHARE,
    Match,
    Sketch,
    SketchSet,
    Timing,
    best_lag,
    judged,
    p_of_equal,
)
from stillwatch.model.errors import BadInput

SCHEMA: Final = "stillwatch.cloud-offer/1"
#: signs of a sketch that are compared: more cost more, and say little beside a few weeks of hours.
N_BITS: Final = 2048
#: addresses of a campaign below which its set says too much of each.
LEAST_ADDRESSES: Final = 10
#: accounts whose hours are asked about, for each campaign.
MOST_ASKED: Final = 3
#: which of our texts the provider holds in a set, by position.
Which = Callable[[str, Sequence[str]], Sequence[int]]
#: how many items of each of our sets the provider holds in a set.
HowMany = Callable[[str, Sequence[Sequence[str]]], Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A campaign as the cloud hears of it: a number and two names of sets.

    Args:
        about: a number; whose it is stays with the provider.
        addresses: name of the set of addresses; empty where there are too few.
        hours: name of the set of signs; empty where its hours said too little.
    """

    about: str
    addresses: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a provider tells a cloud, so that it can ask: names, a window, no data.

    Args:
        key_id: name of the key that both sides sketched under.
        from_us: start of the window, microseconds since 1970-01-01 UTC.
        n_buckets: length of the series.
        bucket_s: width of a bucket, seconds.
        n_bits: signs that are compared.
        campaigns: one each.
    """

    key_id: str
    from_us: int
    n_buckets: int
    bucket_s: int
    n_bits: int
    campaigns: tuple[Offered, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "schema": SCHEMA, "key_id": self.key_id, "from_us": self.from_us,
            "n_buckets": self.n_buckets, "bucket_s": self.bucket_s, "n_bits": self.n_bits,
            "campaigns": [
                {"about": one.about, "addresses": one.addresses, "hours": one.hours}
                for one in self.campaigns
            ],
        }  # fmt: skip


def offer_from(told: Mapping[str, Any], where: str) -> Offer:
    """The offer that :meth:`Offer.to_json` told.

    Raises:
        BadInput: it is none.
    """
    try:
        if told["schema"] != SCHEMA:
            raise ValueError(f"the schema is not {SCHEMA}")
        found = Offer(
            key_id=str(told["key_id"]), from_us=int(told["from_us"]),
            n_buckets=int(told["n_buckets"]), bucket_s=int(told["bucket_s"]),
            n_bits=int(told["n_bits"]),
            campaigns=tuple(
                Offered(
                    about=str(one["about"]), addresses=str(one["addresses"]),
                    hours=str(one["hours"]),
                )
                for one in told["campaigns"]
            ),
        )  # fmt: skip
        if found.n_bits < 64 or found.n_buckets < 1 or not found.campaigns:
            raise ValueError("it offers nothing that could be asked")
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no offer: {error}.", where=where) from error
    return found


def offered(
    provider: SketchSet, n_bits: int = N_BITS
) -> tuple[Offer, dict[str, list[str]], dict[str, str]]:
    """What to tell the cloud, what to hold ready, and whose number is whose.

    Args:
        provider: sketches of campaigns.
        n_bits: signs to compare.

    Returns:
        the offer; texts of each set, by its name; campaigns by number, which stay with the
        provider.
    """
    if provider.side != "provider":
        raise BadInput("are not a provider's sketches.", where="offer")
    sets: dict[str, list[str]] = {}
    campaigns, names = [], {}
    for number, one in enumerate(provider.sketches):
        addresses = hours = ""
        if len(one.addresses) >= LEAST_ADDRESSES:
            addresses = f"addresses-{number}"
            sets[addresses] = address_texts(one.addresses)
        if one.signs:
            hours = f"hours-{number}"
            sets[hours] = hour_texts(one.signs[0], provider.key_id, n_bits)
        names[f"c{number}"] = one.about
        campaigns.append(Offered(about=f"c{number}", addresses=addresses, hours=hours))
    told = Offer(
        key_id=provider.key_id, from_us=provider.from_us, n_buckets=provider.n_buckets,
        bucket_s=provider.bucket_s, n_bits=n_bits, campaigns=tuple(campaigns),
    )  # fmt: skip
    return told, sets, names


def address_texts(digests: frozenset[str]) -> list[str]:
    """Keyed digests of addresses as items that both sides spell alike."""
    return [_spelt(f"address|{one}") for one in sorted(digests)]


def hour_texts(signs: bytes, key_id: str, n_bits: int) -> list[str]:
    """An item for each sign of a sketch: place and sign.

    Two sketches have as many items in common as signs agree.
    """
    bits = np.unpackbits(np.frombuffer(signs, np.uint8))[:n_bits]
    if len(bits) < n_bits:
        raise BadInput(f"a sketch has {len(bits)} signs, and {n_bits} are compared.", where="hours")
    return [_spelt(f"hours|{key_id}|{place}|{bit}") for place, bit in enumerate(bits.tolist())]


def met(
    offer: Offer, cloud: SketchSet, which: Which, how_many: HowMany, *,
    most_asked: int = MOST_ASKED, share: float = SHARE,
) -> list[Match]:  # fmt: skip
    """Ask about every campaign and judge all pairs together.

    Hours are asked about where addresses or volume already say something: without that nothing
    could be said of an account, however well its hours agree.

    Args:
        offer: the provider's.
        cloud: sketches of all accounts of the cloud; they stay there.
        which: asks which of our texts are in a set.
        how_many: asks how many items of each of our sets are in a set.
        most_asked: accounts whose hours are asked about, for each campaign.
        share: expected share of false matches among those that are said.

    Raises:
        BadInput: the two were not made for one another.
    """
    for name in ("key_id", "from_us", "n_buckets", "bucket_s"):
        if getattr(offer, name) != getattr(cloud, name):
            raise BadInput(
                f"the two were made with another {name}.", where="match",
                remedy="Agree on one key and one window, and sketch again.",
            )  # fmt: skip
    known = {one.about: one for one in offer.campaigns}
    holders = _holders(cloud.sketches)

    def addresses_of(campaign: Sketch) -> list[int] | None:
        name = known[campaign.about].addresses
        if not name or not holders:
            return None
        texts = sorted(holders)
        counts = [0] * len(cloud.sketches)
        for at in which(name, texts):
            for place in holders[texts[at]]:
                counts[place] += 1
        return counts

    def timing(campaign: Sketch, p_nets: Sequence[float]) -> list[Timing]:
        found: list[Timing] = [(None, 0)] * len(cloud.sketches)
        name = known[campaign.about].hours
        places = [
            place
            for place in sorted(range(len(p_nets)), key=lambda n: p_nets[n])
            if bits_of_p(p_nets[place]) >= LEAST_BITS and cloud.sketches[place].signs
        ][:most_asked]
        if not name or not places:
            return found
        sets = [
            hour_texts(signs, cloud.key_id, offer.n_bits)
            for place in places
            for signs in cloud.sketches[place].signs
        ]
        counts = iter(how_many(name, sets))
        for place in places:
            found[place] = best_lag(
                [
                    p_of_equal(next(counts), offer.n_bits, cloud.n_buckets)
                    for _ in cloud.sketches[place].signs
                ]
            )
        return found

    asked = [Sketch(about=one.about, signs=()) for one in offer.campaigns]
    return judged(asked, cloud, addresses_of, timing, share)


def _holders(sketches: Sequence[Sketch]) -> dict[str, list[int]]:
    """Places of the accounts that hold each address."""
    found: dict[str, list[int]] = {}
    for place, one in enumerate(sketches):
        for text in address_texts(one.addresses):
            found.setdefault(text, []).append(place)
    return found


def _spelt(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
