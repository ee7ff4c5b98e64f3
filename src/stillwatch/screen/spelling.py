"""Spelling: a name taken apart, in whatever script it comes.

``rigour`` cuts a name into parts and tells what it knows of them: legal forms, given names across
scripts, numbers, initials. Beside it stands one Latin spelling of the whole, for rough comparison.
What language or people a name belongs to is neither asked nor told.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rigour.names import Name, NamePart, NamePartTag, NameTypeTag, analyze_names
from rigour.text.translit import ascii_text

from stillwatch.screen.listing import Kind
from stillwatch.screen.rough import bones

#: characters of a name that are read; what is longer is cut.
MOST_CHARS = 300
#: words of a name that are filed and compared.
MOST_WORDS = 12
_TAGS = {
    Kind.PERSON: NameTypeTag.PER,
    Kind.ORGANISATION: NameTypeTag.ORG,
    Kind.VESSEL: NameTypeTag.OBJ,
    Kind.AIRCRAFT: NameTypeTag.OBJ,
    Kind.UNKNOWN: NameTypeTag.ENT,
}
_THINGS = {Kind.ORGANISATION: False, Kind.VESSEL: True, Kind.AIRCRAFT: True}
_LATIN_ENDS = 0x250
_JOINED = re.compile(r"(?<=\w)[.'’`ʼ](?=\w)|(?<=\w)[.](?=\s|$)")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Spelt:
    """A name taken apart.

    Args:
        original: as it came.
        latin: words in Latin letters, lower case, one blank between them.
        name: what ``rigour`` knows of its parts.
        person: whether it was read as a person's.
        words: Latin words that tell it from others: no legal forms, no particles; at most twelve.
        thing: ``True`` for vessels and aircraft, ``False`` for organisations, else ``None``.
        known: (part, what ``rigour`` knows it to be, in lower case).
        forms: the parts of them that are legal forms.
        rough: ``latin``, its words, the same without blanks, and the skeleton of that.
        is_latin: whether the original is in Latin letters, accents included.
    """

    original: str
    latin: str
    name: Name
    person: bool
    words: tuple[str, ...] = ()
    thing: bool | None = None
    known: tuple[tuple[NamePart, str], ...] = ()
    forms: frozenset[NamePart] = frozenset()
    rough: tuple[str, tuple[str, ...], str, str] = ("", (), "", "")
    is_latin: bool = True


def clean(text: str) -> str:
    """A name without invisible characters, in one Unicode form, of bounded length.

    >>> clean("ACME\\u200b  Ltd ")
    'ACME Ltd'
    """
    text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text.replace("\n", " ")))
    return " ".join(text.split())[:MOST_CHARS]


@lru_cache(maxsize=1 << 16)
def latin(text: str) -> str:
    """A name in lower-case Latin words; Han characters as pinyin, one syllable a word.

    >>> latin("Huawei Technologies Co., L.t.d.")
    'huawei technologies co ltd'
    >>> latin("华为技术")
    'hua wei ji shu'
    """
    joined = _JOINED.sub("", text.replace("&", " and "))
    return _BETWEEN.sub(" ", ascii_text(joined).lower()).strip()


def spell_out(
    text: str, kind: Kind, *, asked: bool = False, words: tuple[str, ...] | None = None
) -> Spelt | None:
    """Take a name apart; ``None`` where nothing of it can be read as a name.

    Args:
        text: the name.
        kind: of what it is the name.
        asked: it is the name that is asked about, whose single letters may be initials.
        words: its words, where they are known already.
    """
    cleaned = clean(text)
    letters = latin(cleaned)
    found = analyze_names(
        _TAGS[kind], [cleaned], infer_initials=asked, phonetics=False, consolidate=False
    )
    if not found or not letters:
        return None
    name = found.pop() if len(found) == 1 else min(found, key=lambda one: one.form)
    known = tuple(
        (part, span.symbol.category.value.lower()) for span in name.spans for part in span.parts
    )
    forms = frozenset([part for part, category in known if category == "orgcls"])
    unspaced = letters.replace(" ", "")
    return Spelt(
        text,
        letters,
        name,
        kind is Kind.PERSON,
        _words(name, letters, forms) if words is None else words,
        _THINGS.get(kind),
        known,
        forms,
        (letters, tuple(letters.split()), unspaced, bones(unspaced)),
        text.isascii() or all(ord(char) < _LATIN_ENDS or not char.isalpha() for char in text),
    )


def _words(name: Name, letters: str, forms: frozenset[NamePart]) -> tuple[str, ...]:
    words = [
        word
        for part in name.parts
        if part not in forms and part.tag not in (NamePartTag.LEGAL, NamePartTag.STOP)
        for word in latin(part.form).split()
    ]
    return tuple((words or letters.split())[:MOST_WORDS])
