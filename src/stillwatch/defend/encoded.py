"""Text inside base64 and hexadecimal, taken out of a stream as it comes.

A run of the alphabet that is too long for a word is decoded in every alignment. Breaks of lines
do not end a run, and within hexadecimal neither do the marks that stand between bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Final

#: characters of a run before it is taken for an encoding.
LONGEST_WORD: Final = 32
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_BREAKS: Final = frozenset("\r\n")
_BETWEEN: Final = frozenset("\r\n\t ,:;-\\xX%")
#: a group of letters, by encoding: base64 has four letters to three bytes.
_QUAD: Final = 4

Reader = Callable[[str], None]


class Decoder:
    """Follows one stream and hands on what its long runs decode to.

    Args:
        reader: makes a reader of decoded characters; one for each alignment of each run.
    """

    def __init__(self, reader: Callable[[], Reader]) -> None:
        self._runs = (
            _Run(reader, _LETTERS, _BREAKS, _QUAD, _base64),
            _Run(reader, _HEX, _BETWEEN, 2, _hexadecimal),
        )

    @property
    def inside(self) -> bool:
        """Whether the stream is within a run that is being decoded."""
        return any(run.lanes for run in self._runs)

    def read(self, character: str) -> None:
        """One character more."""
        for run in self._runs:
            run.take(character)


class _Run:
    """Runs of one alphabet."""

    def __init__(
        self, reader: Callable[[], Reader], letters: frozenset[str], between: frozenset[str],
        n_lanes: int, decode: Callable[[str], bytes],
    ) -> None:  # fmt: skip
        self._reader, self._letters, self._between = reader, letters, between
        self._n_lanes, self._decode = n_lanes, decode
        self._begun = ""
        self.lanes: list[_Lane] = []

    def take(self, character: str) -> None:
        if character in self._letters:
            if self.lanes:
                for lane in self.lanes:
                    lane.take(character)
                return
            self._begun += character
            if len(self._begun) >= LONGEST_WORD:
                self._begin()
        elif (self._begun or self.lanes) and character not in self._between:
            self._begun, self.lanes = "", []

    def _begin(self) -> None:
        self.lanes = [_Lane(skip, self._reader(), self._decode) for skip in range(self._n_lanes)]
        for lane in self.lanes:
            for character in self._begun:
                lane.take(character)
        self._begun = ""


class _Lane:
    """One alignment of one run."""

    def __init__(self, skip: int, reader: Reader, decode: Callable[[str], bytes]) -> None:
        self._skip = skip
        self._reader = reader
        self._decode = decode
        self._group = ""

    def take(self, character: str) -> None:
        if self._skip:
            self._skip -= 1
            return
        self._group += character
        if len(self._group) == _QUAD:
            data, self._group = self._decode(self._group), ""
            for one in data.decode("utf-8", "ignore"):
                self._reader(one)


def _base64(group: str) -> bytes:
    return base64.urlsafe_b64decode(group.replace("+", "-").replace("/", "_"))


def _hexadecimal(group: str) -> bytes:
    try:
        return bytes.fromhex(group)
    except (ValueError, binascii.Error):
        return b""
