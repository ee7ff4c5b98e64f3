"""Templates: what prompts of a cluster have in common, with slots where they differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

#: prompts are of one template from this share of common tokens.
ALIKE = 0.3
#: a run of common tokens shorter than this is taken for chance.
LEAST_RUN = 3
MAX_TOKENS = 200
MAX_TEMPLATES = 4
MAX_EXAMPLES = 3

_TOKEN = re.compile(r"\s+|[^\W\d_]+|\d+|.", re.DOTALL)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)[:MAX_TOKENS]


def _runs_in_both(a: list[str], b: list[str]) -> list[list[str]]:
    """Runs of tokens that stand in both, in order."""
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [a[m.a : m.a + m.size] for m in blocks if _words(a[m.a : m.a + m.size]) >= LEAST_RUN]


def _words(tokens: list[str]) -> int:
    return sum(1 for t in tokens if not t.isspace())


def _narrowed(runs: list[list[str]], tokens: list[str]) -> list[list[str]]:
    """The runs that also stand in ``tokens``, in order."""
    flat: list[str] = []
    for run in runs:
        flat += [*run, "\0"]
    return [[t for t in r if t != "\0"] for r in _runs_in_both(flat, tokens)]


def find_templates(prompts: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Group prompts greedily by what they share.

    Args:
        prompts: (account, text) pairs.

    Returns:
        The largest groups, each with ``accounts``, ``exchanges`` (prompts looked at)
        and ``pieces``: ``{"text": ...}`` for what is common, ``{"slot": True,
        "examples": [...]}`` for what differs.
    """
    rest = [(account, text, _tokens(text)) for account, text in prompts if text.strip()]
    out: list[dict[str, Any]] = []
    while rest and len(out) < MAX_TEMPLATES:
        seed = max(rest, key=lambda p: _popularity(p[2], rest))
        runs: list[list[str]] = [seed[2]]
        group = [seed]
        for p in rest:
            if p is seed:
                continue
            narrowed = _narrowed(runs, p[2])
            if sum(map(_words, narrowed)) >= max(LEAST_RUN, ALIKE * min(40, _words(p[2]))) and (
                len(group) == 1 or sum(map(_words, narrowed)) >= 0.6 * sum(map(_words, runs))
            ):
                runs = narrowed
                group.append(p)
        rest = [p for p in rest if p not in group]
        if len(group) >= 3:
            out.append(
                {
                    "accounts": len({account for account, _, _ in group}),
                    "exchanges": len(group),
                    "pieces": _pieces(runs, [text for _, text, _ in group]),
                }
            )
    return out


def _popularity(tokens: list[str], prompts: list[tuple[str, str, list[str]]]) -> int:
    head = tokens[:6]
    return sum(1 for _, _, other in prompts if other[:6] == head)


def _pieces(runs: list[list[str]], texts: list[str]) -> list[dict[str, Any]]:
    fixed = ["".join(run) for run in runs]
    fillings: list[list[str]] = []
    for text in texts:
        at = 0
        parts = []
        for run in fixed:
            found = text.find(run, at)
            if found < 0:
                break
            parts.append(text[at:found])
            at = found + len(run)
        else:
            parts.append(text[at:])
            fillings.append(parts)
    pieces: list[dict[str, Any]] = []
    for i in range(len(fixed) + 1):
        seen = [f[i].strip() for f in fillings if f[i].strip()]
        if seen:
            pieces.append(
                {"slot": True, "examples": [s[:120] for s in dict.fromkeys(seen)][:MAX_EXAMPLES]}
            )
        if i < len(fixed):
            pieces.append({"text": fixed[i]})
    return pieces
