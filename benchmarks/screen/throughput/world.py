"""Made entries, and made customers of whom some are spelt like an entry."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from stillwatch.screen.listing import Identifier, Kind, Listing

_SYLLABLES = (
    "ka ri mo ta len dor vas hi ju shen zhou pet rov al bak ham din sok war mer tan qi lin gor "
    "fer nan des lo vic ench ar ash kin mur zai bel qua try os wen hal stro gal dra nim po sev"
).split()
_TRADES = "Trading Industries Technologies Logistics Shipping Metals Energy Capital".split()
_FORMS = "Ltd LLC GmbH JSC Inc S.A. Co.,Ltd. PLC".split()


def vocabulary(rng: random.Random, n: int) -> list[str]:
    """Made words."""
    return ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))).title() for _ in range(n)]


def entries(n: int, words: Sequence[str], rng: random.Random) -> list[Listing]:
    """Made entries with one to four names each; words are shared as unevenly as real ones."""
    weights = [1 / (10 + at) for at in range(len(words))]
    drawn = iter(rng.choices(words, weights, k=n * 12))
    found = []
    for number in range(n):
        person = rng.random() < 0.5
        names = []
        for _ in range(rng.choices((1, 2, 3, 4), (4, 3, 2, 1))[0]):
            parts = [next(drawn) for _ in range(rng.randint(2, 3))]
            if not person:
                parts += [rng.choice(_TRADES), rng.choice(_FORMS)]
            names.append(" ".join(parts))
        found.append(
            Listing(
                id=str(number), list_name="bis-el" if number % 2 else "ofac-sdn",
                kind=Kind.PERSON if person else Kind.ORGANISATION, names=tuple(names),
                identifiers=(Identifier(kind="registration", value=f"R{number:07d}"),),
            )
        )  # fmt: skip
    return found


def customers(
    n: int, listings: Sequence[Listing], words: Sequence[str], rng: random.Random
) -> Iterator[dict[str, Any]]:
    """Rows of a customers file: one in fifty spelt like an entry, half of these with its number."""
    weights = list(accumulate(1 / (10 + at) for at in range(len(words))))
    for number in range(n):
        if number % 50 == 0:
            one = rng.choice(listings)
            name = slipped(rng.choice(one.names), rng)
            yield {
                "customer": f"{number}={one.ref}", "name": name, "kind": one.kind.value,
                "registration": one.identifiers[0].value if number % 100 == 0 else "",
            }  # fmt: skip
            continue
        person = rng.random() < 0.3
        parts = rng.choices(words, cum_weights=weights, k=rng.randint(2, 3))
        if not person:
            parts += [rng.choice(_TRADES), rng.choice(_FORMS)]
        yield {
            "customer": str(number), "name": " ".join(parts),
            "kind": "person" if person else "organisation", "registration": f"C{number:08d}",
        }  # fmt: skip


def slipped(name: str, rng: random.Random) -> str:
    """A name with one letter changed, dropped or doubled, or its first two words turned."""
    way = rng.randrange(5)
    at = rng.randrange(1, max(2, name.find(" ")))
    if way == 0:
        return name[:at] + name[at + 1 :]
    if way == 1:
        return name[:at] + rng.choice("aeiourst") + name[at + 1 :]
    if way == 2:
        return name[:at] + name[at] + name[at:]
    if way == 3:
        first, _, rest = name.partition(" ")
        second, _, rest = rest.partition(" ")
        return f"{second} {first} {rest}".strip()
    return name.upper()
