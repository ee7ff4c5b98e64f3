"""Templates with their fixed text and their slots, redacted unless text may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.adapters.report.reading import sequence
from stillwatch.adapters.report.visible import visible

_BLOCK = "▇"
_MAX_WORDS = 60
_MAX_WORD = 14
_MAX_EXAMPLES = 4
_MAX_PIECES = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a template as shown: fixed text, or a slot with examples."""

    slot: bool
    shown: str
    label: str
    examples: tuple[str, ...]
    n_examples: int


def blocks(text: object, *, block: str = _BLOCK) -> str:
    """Each word replaced by a bar of its length; long text is cut and its length stated.

    >>> blocks("Imagine you are")
    '▇▇▇▇▇▇▇ ▇▇▇ ▇▇▇'
    """
    if not isinstance(text, str):
        return block * 3
    start = text[: _MAX_WORDS * _MAX_WORD]
    bars = [block * min(len(word), _MAX_WORD) for word in start.split()[:_MAX_WORDS]]
    shown = " ".join(bars) or block
    cut = len(text) > len(start) or len(start.split()) > _MAX_WORDS
    return f"{shown} … [{len(text):,} characters in all]" if cut else shown


def read_pieces(
    pieces: Sequence[Mapping[str, Any]], *, show_text: bool, block: str = _BLOCK
) -> list[Piece]:
    """The first pieces of a template, redacted unless ``show_text``; slots are numbered."""
    read: list[Piece] = []
    for piece in pieces[:_MAX_PIECES]:
        number = sum(done.slot for done in read) + 1
        read.append(_read_piece(piece, number, show_text=show_text, block=block))
    return read


def _read_piece(piece: Mapping[str, Any], number: int, *, show_text: bool, block: str) -> Piece:
    is_slot = bool(piece.get("slot"))
    given = sequence(piece.get("examples"))
    text = piece.get("text")
    if is_slot:
        shown = f"slot {number}"
    else:
        shown = visible(text, 600) if show_text else blocks(text, block=block)
    n_chars = len(text) if isinstance(text, str) else 0
    label = "slot, different in every prompt" if is_slot else f"fixed text, {n_chars:,} characters"
    examples = tuple(
        visible(example, 120) if show_text else blocks(example, block=block)
        for example in given[:_MAX_EXAMPLES]
    )
    return Piece(slot=is_slot, shown=shown, label=label, examples=examples, n_examples=len(given))
