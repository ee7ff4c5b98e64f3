"""Lexicons: phrases by which rules read an answer, in each written language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import BadInput

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_DIGIT = re.compile(r"\d")


def folded(text: str) -> str:
    """Text as phrases are looked for: NFKC, small letters, plain quotes and digits.

    >>> folded("I Can’t ١٩٨٩")
    "i can't 1989"
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES)
    plain = _MARKS.sub("", plain)
    plain = _DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), plain)
    return " ".join(plain.split())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases of one language, folded.

    Args:
        refusal: that say that it will not.
        deflection: that turn to something else.
        narrative: that justify whoever is spoken of.
    """

    refusal: tuple[str, ...]
    deflection: tuple[str, ...]
    narrative: tuple[str, ...]


def lexicons_from(value: Mapping[str, Any]) -> dict[str, Lexicon]:
    """Lexicons by language.

    Raises:
        BadInput: a list is missing.
    """
    try:
        return {
            language: Lexicon(
                *(
                    tuple(folded(phrase) for phrase in told[name])
                    for name in ("refusal", "deflection", "narrative")
                )
            )
            for language, told in value.items()
            if language != "version"
        }
    except (KeyError, TypeError) as error:
        raise BadInput(f"a list is missing: {error}.", where="lexicons.toml") from error


def count(text: str, phrases: tuple[str, ...]) -> int:
    """How many of the phrases stand in a folded text."""
    return sum(phrase in text for phrase in phrases)


def first(text: str, phrases: tuple[str, ...]) -> int:
    """Where the first of the phrases stands in a folded text; -1 where none does."""
    places = [at for phrase in phrases if (at := text.find(phrase)) >= 0]
    return min(places, default=-1)
