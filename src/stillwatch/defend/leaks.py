"""The leak filter: cuts an answer off where it repeats the reasoning that it came from.

It reads every stream of one answer as it comes: text, code, arguments of tools. What does not
repeat the reasoning passes at once; what does is held back until the run ends, and dropped when
the whole answer has repeated too much. Counts are shared by the streams, so that a leak cannot
be dealt out among them.

It sees plain text, spaced and punctuated text, comments, look-alike letters, every shift of the
alphabet, the mirrored alphabet, text backwards, base64, hexadecimal and JSON's escapes, and a
part of what was put in other words. It does not see translations without a lexicon, ciphers with
a key, compressed data, or numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from stillwatch.defend.encoded import Decoder
from stillwatch.defend.letters import Fingerprint, Follower, prose
from stillwatch.defend.pairs import Window, Words, pairs

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}


class _State(Enum):
    """Where a stream stands after a character."""

    CLEAR = "clear"
    REPEATS = "repeats"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How much of the reasoning an answer may repeat.

    Args:
        n_letters: runs of letters, one starting at each letter that is repeated.
        share: of the reasoning's letters, if that is more.
        n_words: content words that are looked at together for other wording.
        reworded: share of them near the same words as in the reasoning; above 1 to look for
            nothing but letters.
    """

    n_letters: int = 240
    share: float = 0.0
    n_words: int = 60
    reworded: float = 0.65


class Passed(NamedTuple):
    """What goes out.

    Args:
        text: passed; may be shorter or longer than what came in.
        cut: ``letters`` or ``reworded`` where the answer ends here because it repeats its
            reasoning; else empty. Nothing more passes in any stream of it.
    """

    text: str
    cut: str = ""


class LeakFilter:
    """The filter of one answer.

    Args:
        reasoning: what it came from, resumed reasoning too.
        said: texts of the caller, which may be repeated.
        threshold: how much may be repeated.
        lexicon: words of other tongues, folded, and words of the reasoning.
    """

    def __init__(
        self,
        reasoning: Iterable[str],
        said: Iterable[str] = (),
        threshold: Threshold | None = None,
        lexicon: Mapping[str, str] | None = None,
    ) -> None:
        texts, heard = list(reasoning), list(said)
        self.threshold = threshold or Threshold()
        self.fingerprint = Fingerprint(texts, heard)
        self.pairs = pairs(prose(text) for text in texts) - pairs(heard)
        self.lexicon = lexicon
        self.seen: set[int] = set()
        self.cut = ""

    @property
    def n_most(self) -> float:
        """Places of the reasoning that may be repeated; of short reasoning, half."""
        most = max(self.threshold.n_letters, self.threshold.share * self.fingerprint.n_letters)
        return min(most, max(1.0, self.fingerprint.n_places / 2))

    def stream(self, *, json: bool = False) -> Stream:
        """A stream of the answer.

        Args:
            json: whether it is JSON, such as the arguments of a tool, whose escapes are read.
        """
        return Stream(self, json=json)


class Stream:
    """One stream of an answer; made by :meth:`LeakFilter.stream`."""

    def __init__(self, whole: LeakFilter, *, json: bool) -> None:
        self._whole = whole
        self._plain = Follower(whole.fingerprint, whole.seen)
        self._inner: list[Follower] = []
        self._decoder = Decoder(self._decoded)
        self._words = Words(whole.lexicon)
        self._window = Window(whole.pairs, whole.threshold.n_words)
        self._unescape = _Unescape() if json else None
        self._held = ""

    def feed(self, chunk: str) -> Passed:
        """One chunk of the stream; what may go out of it now."""
        whole = self._whole
        if whole.cut:
            return Passed("", whole.cut)
        out: list[str] = []
        for character in chunk:
            state = self._read(character)
            self._held += character
            if state is _State.CUT:
                self._held = ""
                return Passed("".join(out), whole.cut)
            if state is _State.CLEAR:
                out.append(self._held)
                self._held = ""
        return Passed("".join(out))

    def end(self) -> Passed:
        """The stream is over; what was held back goes out if the answer was not cut."""
        if not self._whole.cut and (stem := self._words.end()):
            self._look(stem)
        held, self._held = self._held, ""
        return Passed("", self._whole.cut) if self._whole.cut else Passed(held)

    def _read(self, character: str) -> _State:
        read = character if self._unescape is None else self._unescape.read(character)
        for one in read:
            self._plain.read(one)
            inside = self._decoder.inside
            self._decoder.read(one)
            if inside and not self._decoder.inside:
                self._inner.clear()
            if stem := self._words.read(one):
                self._look(stem)
        whole = self._whole
        if len(whole.seen) >= whole.n_most:
            whole.cut = whole.cut or "letters"
        if whole.cut:
            return _State.CUT
        repeats = self._plain.matching or any(one.matching for one in self._inner)
        return _State.REPEATS if repeats else _State.CLEAR

    def _look(self, stem: str) -> None:
        if self._window.take(stem) >= self._whole.threshold.reworded:
            self._whole.cut = self._whole.cut or "reworded"

    def _decoded(self) -> Callable[[str], None]:
        follower = Follower(self._whole.fingerprint, self._whole.seen)
        self._inner.append(follower)
        return follower.read


class _Unescape:
    """JSON's escapes, one character at a time."""

    def __init__(self) -> None:
        self._begun = ""

    def read(self, character: str) -> str:
        if not self._begun:
            if character == "\\":
                self._begun = character
                return ""
            return character
        self._begun += character
        if self._begun[1] != "u":
            self._begun = ""
            return _ESCAPES.get(character, character)
        if len(self._begun) < 6:
            return ""
        digits, self._begun = self._begun[2:], ""
        try:
            return chr(int(digits, 16))
        except ValueError:
            return digits
