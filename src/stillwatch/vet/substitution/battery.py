"""The battery: short questions whose answers differ between models, and can be told at a glance.

What a model says when it is asked to pick something at random is a habit of its training, which
differs between models, while one model gives few answers; what it says of itself is not asked.
Every question carries a number of its own, so that no cache has seen it, and is asked once of each
route. The list is fixed: changing it makes another battery, with another digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.vet.asked import Message, Probe

MAX_TOKENS: Final = 16
#: every so many questions are asked twice, to see whether answers are kept and given again.
TWICE_EVERY: Final = 20
_PRIME: Final = 1_000_003
_STRIDE: Final = 7_919


@dataclass(frozen=True, slots=True)
class Family:
    """Questions whose answers are compared with one another.

    Args:
        name: of the family.
        wordings: ways to ask.
        n_words: words of an answer that count.
    """

    name: str
    wordings: tuple[str, ...]
    n_words: int = 1


FAMILIES: Final[tuple[Family, ...]] = (
    Family("number", (
        "Pick a random whole number between 1 and 100. Answer with the number only.",
        "Give me any number from 1 to 100, nothing else.",
        "Choose a number between 1 and 100 at random and write only that number.",
    )),
    Family("colour", (
        "Name a random colour. Answer with one word.",
        "Pick any colour and answer with that one word.",
        "Choose a colour at random; write only its name.",
    )),
    Family("animal", (
        "Name a random animal. Answer with one word.",
        "Pick any animal and answer with that one word.",
        "Choose an animal at random; write only its name.",
    )),
    Family("name", (
        "Make up a first name for a character in a story. Answer with the name only.",
        "Give a heroine of a novel a first name. Write only the name.",
        "Which first name would you give a new character? Only the name, please.",
    )),
    Family("city", (
        "Name a random city. Answer with its name only.",
        "Pick any city of the world and write only its name.",
        "Choose a city at random; write nothing but its name.",
    ), 2),
    Family("coin", (
        "Toss a coin in your mind. Answer with heads or tails only.",
        "Heads or tails? Answer with one word.",
        "Imagine a coin toss and write the result: heads or tails.",
    )),
    Family("letter", (
        "Pick a random letter of the alphabet. Answer with the letter only.",
        "Give me any letter from A to Z, nothing else.",
        "Choose a letter at random and write only that letter.",
    )),
    Family("word", (
        "Say one random word.",
        "Answer with a single word of your choice, nothing else.",
        "Write any one word that comes to mind.",
    )),
    Family("ending", (
        "Complete with one word: The old house by the sea was",
        "Finish this with a single word: After the storm the village felt",
        "Add one word: She opened the letter and was",
    )),
    Family("card", (
        "Draw a playing card in your mind. Answer like this: ace of spades.",
        "Name a random playing card, such as two of clubs, and nothing else.",
        "Pick any playing card and write only its name, such as ten of hearts.",
    ), 3),
    Family("instrument", (
        "Name a random musical instrument. Answer with one word.",
        "Pick any musical instrument and answer with that one word.",
        "Choose a musical instrument at random; write only its name.",
    )),
    Family("die", (
        "Roll a die in your mind. Answer with the number only.",
        "Give me the result of one roll of a die, a number from 1 to 6.",
        "Imagine rolling a die and write only what it shows.",
    )),
)  # fmt: skip
_WRAPPERS: Final = ("{text} (No. {number})", "[{number}] {text}", "Question {number}. {text}")


def battery_digest() -> str:
    """Ref of the whole list; stands in every result."""
    told = [[one.name, list(one.wordings), one.n_words] for one in FAMILIES]
    return digest_of("battery", {"families": told, "wrappers": list(_WRAPPERS)})


def family_of(nth: int) -> Family:
    """The family of the ``nth`` question."""
    return FAMILIES[nth % len(FAMILIES)]


def questions(first: int, n: int, *, seed: int, route: str = "", n_samples: int = 1) -> list[Probe]:
    """Questions ``first`` to ``first + n - 1``: the same for every route of a plan.

    Args:
        first: 0 for the first.
        n: how many.
        seed: of the plan; another seed, other numbers and wordings.
        route: they are asked by.
        n_samples: answers to each; one more question in :data:`TWICE_EVERY` is asked twice.

    Raises:
        BadInput: there are no so many different ones.
    """
    if first < 0 or n < 0 or first + n > _PRIME:
        raise BadInput(f"there are {_PRIME:,} questions.", where="battery")
    offset = int.from_bytes(hashlib.sha256(f"offset {seed}".encode()).digest()[:6], "big")
    found = []
    for nth in range(first, first + n):
        family = family_of(nth)
        drawn = hashlib.sha256(f"{seed} {nth}".encode()).digest()
        wording = family.wordings[drawn[0] % len(family.wordings)]
        wrapper = _WRAPPERS[drawn[1] % len(_WRAPPERS)]
        number = (nth * _STRIDE + offset) % _PRIME
        twice = nth % TWICE_EVERY == 0
        found.append(Probe(
            name=f"{nth:07d}", route=route, max_tokens=MAX_TOKENS, temperature=1.0,
            n_samples=max(n_samples, 2) if twice else n_samples,
            messages=(Message("user", wrapper.format(text=wording, number=number)),),
            tags={"family": family.name},
        ))  # fmt: skip
    return found
