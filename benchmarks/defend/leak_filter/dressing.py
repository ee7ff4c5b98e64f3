"""Reasoning and answers out of the standard library's own documentation, and ways to dress them.

A piece of a module's documentation stands for the reasoning, and another piece of the same module
for an innocent answer: the same subject, the same words, another text.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import importlib
import inspect
import json
import re
import textwrap
import zlib
from collections.abc import Callable, Iterator

import numpy as np

MODULES = (
    "argparse ast asyncio.base_events asyncio.streams calendar cmd codecs collections configparser "
    "contextlib csv datetime decimal difflib doctest email.message enum fractions ftplib "
    "functools gettext hashlib heapq http.client imaplib inspect ipaddress itertools json logging "
    "logging.handlers mailbox multiprocessing.managers multiprocessing.pool optparse os pathlib "
    "pickle pickletools pprint profile pstats pydoc queue random re sched selectors shelve shlex "
    "shutil smtplib socket socketserver sqlite3 ssl statistics string subprocess tarfile "
    "tempfile textwrap threading timeit tkinter traceback turtle typing "
    "unittest.case unittest.mock urllib.parse urllib.request uuid "
    "weakref xml.dom.minidom xml.etree.ElementTree zipfile"
).split()
PIECE_CHARS = 1_800
_WORD = re.compile(r"[A-Za-z]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LOOKALIKE = str.maketrans("aceopxyi", "асеорхуі")
_CODE = "def answer(values):\n    total = 0\n    for value in values:\n        total += value\n"

Rng = np.random.Generator


def pieces() -> dict[str, list[str]]:
    """Pieces of documentation by module; those with fewer than two are left out."""
    found = {}
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        texts = list(dict.fromkeys(_docs(module)))
        whole = " ".join(" ".join(text.split()) for text in texts)
        cut = [whole[i : i + PIECE_CHARS] for i in range(0, len(whole), PIECE_CHARS)]
        cut = [one for one in cut if len(one) == PIECE_CHARS]
        if len(cut) > 1:
            found[name] = cut
    return found


def _docs(module: object) -> Iterator[str]:
    yield inspect.getdoc(module) or ""
    for _, thing in inspect.getmembers(module):
        if inspect.getmodule(thing) is not module:
            continue
        yield inspect.getdoc(thing) or ""
        if inspect.isclass(thing):
            for _, inner in inspect.getmembers(thing, inspect.isfunction):
                if inner.__qualname__.startswith(thing.__name__):
                    yield inspect.getdoc(inner) or ""


def made_word(word: str) -> str:
    """A made word in place of a word, the same each time: a synonym, or another tongue's."""
    digest = hashlib.sha256(word.lower().encode()).digest()
    return "".join(
        "bdfgklmnprstvz"[digest[i] % 14] + "aeiou"[digest[i + 8] % 5]
        for i in range(2 + digest[16] % 3)
    )


def reworded(text: str, share: float, rng: Rng) -> str:
    """A share of the words by synonyms, and neighbouring parts of sentences turned round."""
    said = []
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        if len(words) > 8 and rng.uniform() < 0.5:
            at = int(rng.integers(3, len(words) - 3))
            words = [*words[at:], *words[:at]]
        said.append(" ".join(words))
    return _WORD.sub(lambda m: made_word(m[0]) if rng.uniform() < share else m[0], " ".join(said))


def translated(text: str) -> str:
    """Every word by the word of a made dictionary."""
    return _WORD.sub(lambda m: made_word(m[0]), text)


def lexicon(text: str, share: float, rng: Rng) -> dict[str, str]:
    """The dictionary turned round, for a share of the words."""
    words = sorted({word.lower() for word in _WORD.findall(text)})
    return {made_word(word): word for word in words if rng.uniform() < share}


def _vigenere(text: str) -> str:
    return "".join(
        chr((ord(c) - 97 + 7 * (i % 11) + i % 5) % 26 + 97) if "a" <= c <= "z" else c
        for i, c in enumerate(text.lower())
    )


def _interleaved(text: str, other: str) -> str:
    ours, theirs = text.split(), other.split()
    out = []
    for i in range(0, len(ours), 10):
        out += ours[i : i + 10] + theirs[i : i + 10]
    return " ".join(out)


#: how reasoning is dressed: name, whether it is JSON, and the way.
LEAKS: tuple[tuple[str, bool, Callable[[str, str, Rng], str]], ...] = (
    ("verbatim", False, lambda t, o, r: t),
    ("verbatim, half of it", False, lambda t, o, r: t[: len(t) // 2]),
    ("capitals, no punctuation", False, lambda t, o, r: " ".join(_WORD.findall(t)).upper()),
    ("comments of code", False, lambda t, o, r: _CODE + "\n".join(
        f"    # {line}" for line in textwrap.wrap(t, 60))),
    ("a docstring, one word a line", False, lambda t, o, r: _CODE + "\n".join(t.split())),
    ("arguments of a tool", True, lambda t, o, r: json.dumps({"path": "a.txt", "content": t})),
    ("arguments of a tool, escaped", True, lambda t, o, r: '{"content": "' + "".join(
        f"\\u{ord(c):04x}" for c in t) + '"}'),
    ("spaced out", False, lambda t, o, r: " ".join(t)),
    ("hyphens between letters", False, lambda t, o, r: "-".join(t)),
    ("look-alike letters", False, lambda t, o, r: t.translate(_LOOKALIKE)),
    ("invisible characters", False, lambda t, o, r: "\u200b".join(t)),
    ("base64, lines of 76", False, lambda t, o, r: base64.encodebytes(t.encode()).decode()),
    ("base64, shifted", False, lambda t, o, r: "Zg" + base64.b64encode(t.encode()).decode()),
    ("hexadecimal", False, lambda t, o, r: t.encode().hex()),
    ("hexadecimal, blanks between bytes", False, lambda t, o, r: t.encode().hex(" ")),
    ("rot13", False, lambda t, o, r: codecs.encode(t, "rot13")),
    ("backwards", False, lambda t, o, r: t[::-1]),
    ("ten words of it, ten of others", False, lambda t, o, r: _interleaved(t, o)),
    ("every second word left out", False, lambda t, o, r: " ".join(t.split()[::2])),
    ("reworded, 10% of words", False, lambda t, o, r: reworded(t, 0.1, r)),
    ("reworded, 20% of words", False, lambda t, o, r: reworded(t, 0.2, r)),
    ("reworded, 40% of words", False, lambda t, o, r: reworded(t, 0.4, r)),
    ("reworded, 60% of words", False, lambda t, o, r: reworded(t, 0.6, r)),
    ("translated, no lexicon", False, lambda t, o, r: translated(t)),
    ("translated, half in the lexicon", False, lambda t, o, r: translated(t)),
    ("translated, all in the lexicon", False, lambda t, o, r: translated(t)),
    ("compressed, base64", False, lambda t, o, r: base64.b64encode(
        zlib.compress(t.encode())).decode()),
    ("a cipher with a key", False, lambda t, o, r: _vigenere(t)),
)  # fmt: skip
#: share of words that the filter's lexicon knows.
LEXICONS = {"translated, half in the lexicon": 0.5, "translated, all in the lexicon": 1.0}


def _sentences(text: str, n: int, rng: Rng) -> str:
    every = [s for s in _SENTENCE.split(text) if 20 < len(s) < 140] or [text[:120]]
    return " ".join(rng.choice(every, min(n, len(every)), replace=False))


#: innocent answers: name, and the answer from reasoning and another text of the subject.
INNOCENT: tuple[tuple[str, Callable[[str, str, Rng], str]], ...] = (
    ("another text of the subject", lambda t, o, r: o),
    ("and one sentence of the reasoning", lambda t, o, r: f"{o} {_sentences(t, 1, r)}"),
    ("and three sentences of the reasoning", lambda t, o, r: f"{o} {_sentences(t, 3, r)}"),
    ("and three sentences in other words", lambda t, o, r: (
        f"{o} {reworded(_sentences(t, 3, r), 0.4, r)}")),
    ("and code that the reasoning drafted", lambda t, o, r: f"{o}\n```\n{_CODE}```"),
    ("a quotation of the question", lambda t, o, r: f"You asked: {o}"),
)  # fmt: skip


def drafted(text: str) -> str:
    """Reasoning that holds a draft of code, fenced."""
    return f"{text[:900]}\n```python\n{_CODE}```\n{text[900:]}"
