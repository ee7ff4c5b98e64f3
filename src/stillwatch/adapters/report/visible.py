"""Text that others wrote, made inert and visible.

Account ids, model names, templates and observations come from traffic, so whoever
sends the traffic chooses their characters. Everything that is shown passes through
:func:`visible` first.
"""

from __future__ import annotations

import unicodedata

#: letters that draw nothing although Unicode calls them letters or symbols.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: combining marks that may follow one another before the rest is spelt out.
_MAX_MARKS = 2
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(value: object, limit: int = 160, *, ascii_only: bool = False) -> str:
    r"""One line of printable text for any value.

    Control, format, bidirectional, surrogate, private and unassigned characters,
    every space but U+0020 and letters that draw nothing are spelt out as ``\u{..}``.
    Longer text is cut and its full length stated.

    Args:
        value: the text; other values are shown by ``str``; None is "not given".
        limit: characters of the text that are kept, at least 1.
        ascii_only: spell out everything beyond ASCII too.

    Returns:
        Text without any control or bidirectional character, never empty.

    >>> visible("acct\x1b[31m")
    'acct\\u{1B}[31m'
    >>> visible("a" * 1000, limit=4)
    'aaaa… [1,000 characters in all]'
    """
    if value is None:
        return "not given"
    text = value if isinstance(value, str) else str(value)
    if not text:
        return "(empty)"
    kept = text[:limit]
    shown = kept if kept.isascii() and kept.isprintable() else _spell(kept, ascii_only)
    if not shown.strip(" "):
        shown = "(blank)"
    if len(text) > limit:
        dots = "..." if ascii_only else "…"
        shown = f"{shown}{dots} [{len(text):,} characters in all]"
    return shown


def _spell(text: str, ascii_only: bool) -> str:
    parts: list[str] = []
    n_marks = 0
    for char in text:
        is_mark = unicodedata.category(char).startswith("M")
        n_marks = n_marks + 1 if is_mark else 0
        hidden = not char.isprintable() or char in _BLANK_LETTERS or n_marks > _MAX_MARKS
        if hidden or (ascii_only and ord(char) > 126):
            parts.append(_NAMED.get(char) or f"\\u{{{ord(char):X}}}")
        else:
            parts.append(char)
    return "".join(parts)
