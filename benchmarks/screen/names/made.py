"""Made pairs: what is known of names beforehand, told to the trees as examples.

Each maker takes real listed names apart and puts them together as people do who slip, shorten,
turn around or evade (one thing), or as two things are called that share a part (two things). No
name of the labelled pairs is used, so that nothing of them is told before they are asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from benchmarks.screen.names.pairs import Pair
from stillwatch.screen.listing import Kind, Listing

#: group of made pairs.
MADE = "made"
_LETTERS = "abcdefghiklmnoprstuvwxyz"
_SYLLABLES = "金李朴崔王张刘陈杨赵黄周吴明国华建平文军伟강김이박정윤한성민준영호"
_TITLES = ("Mr.", "Dr.", "Sheikh", "General", "President", "Haji", "Mrs.", "Prof.")
_FORMS = ("Ltd", "LLC", "GmbH", "JSC", "Inc", "S.A.", "Co.,Ltd.", "PLC", "AG", "SARL", "OOO")
_LONG = {
    "Ltd": "Limited", "LLC": "Limited Liability Company", "JSC": "Joint Stock Company",
    "Inc": "Incorporated", "PLC": "Public Limited Company", "AG": "Aktiengesellschaft",
    "OOO": "Limited Liability Company", "GmbH": "Gesellschaft mit beschränkter Haftung",
}  # fmt: skip
_TRADES = (
    "Trading", "Industries", "Systems", "Technologies", "Shipping", "Metals", "Energy", "Trust",
    "Solutions", "Securities", "Capital", "Holdings", "Enterprises", "Services", "Finance",
)  # fmt: skip
_PLACES = ("Chile", "Mexico", "Germany", "France", "Japan", "Sweden", "Canada", "Asia", "London")
_NUMBERS = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
Words = list[str]
Maker = Callable[[Words, Words, random.Random], tuple[str, str] | None]


def _slip(word: str, rng: random.Random, n: int = 1) -> str:
    for _ in range(n):
        at = rng.randrange(1, len(word))
        way = rng.randrange(4)
        letter = rng.choice(_LETTERS)
        if way == 0:
            word = word[:at] + word[at + 1 :]
        elif way == 1:
            word = word[:at] + letter + word[at:]
        elif way == 2 and at + 1 < len(word):
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        else:
            word = word[:at] + letter + word[at + 1 :]
    return word


def _with(words: Words, at: int, word: str) -> str:
    return " ".join([*words[:at], word, *words[at + 1 :]])


def _slipped(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    at = max(range(len(words)), key=lambda k: len(words[k]))
    n = 2 if len(words[at]) > 7 and rng.random() < 0.4 else 1
    return (_with(words, at, _slip(words[at], rng, n)), " ".join(words)) if len(
        words[at]
    ) > 4 else None  # fmt: skip


def _scrambled(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    at = rng.randrange(len(words))
    if len(words[at]) < 5:
        return None
    word = words[at]
    moved = word[::-1] if rng.random() < 0.5 else word[:2] + word[:1:-1]
    return _with(words, at, moved), " ".join(words)


def _initial(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    at = rng.randrange(len(words) - 1)
    return _with(words, at, words[at][0] + rng.choice((".", ""))), " ".join(words)


def _comma(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    return f"{words[-1]}, {' '.join(words[:-1])}", " ".join(words)


def _titled(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    return f"{rng.choice(_TITLES)} {' '.join(words)}", " ".join(words)


def _joined(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]]), " ".join(words)


def _longer(words: Words, others: Words, rng: random.Random) -> tuple[str, str] | None:
    return " ".join([words[0], rng.choice(others), *words[1:]]), " ".join(words)


def _cut(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    if len(words) < 4 or len(words[-1]) < 5:
        return None
    return _with(words, len(words) - 1, words[-1][: rng.randrange(2, 4)]), " ".join(words)


def _other_initial(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    letter = rng.choice([one for one in _LETTERS if one != words[0][0].lower()])
    return _with(words, 0, letter.upper() + rng.choice((".", ""))), " ".join(words)


def _other_end(words: Words, others: Words, rng: random.Random) -> tuple[str, str] | None:
    return _with(words, len(words) - 1, others[-1]), " ".join(words)


def _other_begin(words: Words, others: Words, rng: random.Random) -> tuple[str, str] | None:
    return _with(words, 0, others[0]), " ".join(words)


def _other_tail(words: Words, others: Words, rng: random.Random) -> tuple[str, str] | None:
    last, other = words[-1], others[-1]
    if len(last) < 6 or len(other) < 6 or last[-3:] == other[-3:]:
        return None
    return _with(words, len(words) - 1, last[: len(last) // 2] + other[-4:]), " ".join(words)


def _dropped(words: Words, _: Words, rng: random.Random) -> tuple[str, str] | None:
    return (f"{words[0]} {words[-1]}", " ".join(words)) if len(words) > 4 else None


def _syllable(_: Words, __: Words, rng: random.Random) -> tuple[str, str] | None:
    script = _SYLLABLES[:22] if rng.random() < 0.5 else _SYLLABLES[22:]
    name = "".join(rng.sample(script, rng.randint(3, 4) if script[0] == "金" else 3))
    at = rng.randrange(1, len(name))
    other = rng.choice([one for one in script if one not in name])
    return name[:at] + other + name[at + 1 :], name


def _same_syllables(_: Words, __: Words, rng: random.Random) -> tuple[str, str] | None:
    name = "".join(rng.sample(_SYLLABLES, 3))
    return f"{name[0]}{rng.choice(('·', ' '))}{name[1:]}", name


#: (how, whether one thing, maker, whether of a company, how many)
PERSONS: tuple[tuple[str, bool, Maker], ...] = (
    ("slip", True, _slipped), ("scrambled", True, _scrambled), ("initial", True, _initial),
    ("comma", True, _comma), ("title", True, _titled), ("joined", True, _joined),
    ("one more name", True, _longer), ("cut short", True, _cut),
    ("other initial", False, _other_initial), ("other surname", False, _other_end),
    ("other given name", False, _other_begin), ("other ending", False, _other_tail),
    ("three left out", False, _dropped), ("other syllable", False, _syllable),
    ("same syllables", True, _same_syllables),
)  # fmt: skip


def _company(how: str, root: Words, rng: random.Random) -> tuple[str, str, bool]:
    name, form, trade = " ".join(root[:2]).title(), rng.choice(_FORMS), rng.choice(_TRADES)
    if how == "form":
        return f"{name} {_LONG.get(form, form)}", f"{name} {form}", True
    if how == "form slipped":
        long = rng.choice(list(_LONG.values()))
        at = rng.randrange(3, len(long))
        return f"{name} {long[:at]}{rng.choice(_LETTERS)}{long[at + 1 :]}", f"{name} {long}", True
    if how == "number word":
        n = rng.randrange(10)
        return f"{name} {_NUMBERS[n]}", f"{name} {n + 1}", True
    if how == "and":
        return f"{name} & {trade} {form}", f"{name} and {trade} {form}", True
    if how == "more of a trade":
        return f"{name} {trade} {form}", f"{name} {form}", False
    if how == "more of a place":
        return f"{name} {rng.choice(_PLACES)} {form}", f"{name} {form}", False
    one, other = rng.sample(_PLACES if how == "other place" else _TRADES, 2)
    return f"{name} {one} {form}", f"{name} {other} {form}", False


COMPANIES = (
    "form", "form slipped", "number word", "and", "more of a trade", "more of a place",
    "other place", "other trade",
)  # fmt: skip


def made(
    listings: Iterable[Listing], known: Sequence[Pair], n_each: int = 40, seed: int = 1
) -> list[Pair]:
    """Made pairs.

    Args:
        listings: whose names are taken.
        known: labelled pairs, whose names are left alone.
        n_each: pairs of each kind.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    taken = {name.casefold() for pair in known for name in (pair.asked, pair.listed)}
    pool = [
        name.split()
        for one in listings
        if one.kind is Kind.PERSON
        for name in one.names
        if name.isascii() and len(name.split()) > 1 and name.casefold() not in taken
        and all(len(word) > 1 for word in name.split())
    ]  # fmt: skip
    found = []
    for how, same, maker in PERSONS:
        n = 0
        while n < n_each:
            words, others = rng.sample(pool, 2)
            if (two := maker(words, others, rng)) and two[0] != two[1]:
                found.append(Pair(Kind.PERSON, "Person", *two, same, f"{MADE}: {how}"))
                n += 1
    for how in COMPANIES:
        for _ in range(n_each):
            one, other, same = _company(how, rng.choice(pool), rng)
            found.append(Pair(Kind.ORGANISATION, "Company", one, other, same, f"{MADE}: {how}"))
    return found
