"""Ally: nodes of several jurisdictions say what they found, and what they think of it.

The room answers how many nodes support a finding on evidence of their own, who dissents, who
contradicted itself, and where the law of several jurisdictions agrees or conflicts in one case. It
refuses to turn what another node says into a decision: advice has no effect here, and only a
person at home can act. It holds no raw data; nodes keep theirs.

>>> from stillwatch.ally import quorum
>>> quorum([], [], frozenset({"a", "b", "c"}), "campaign:x", "one_operator", 0).holds
False
"""

from stillwatch.ally.equivocation import Equivocation, Header, equivocations
from stillwatch.ally.notes import Leaving, Note, Opinion, Stance, note_from
from stillwatch.ally.quorum import Quorum, Terms, Voice, quorum

__all__ = [
    "Equivocation",
    "Header",
    "Leaving",
    "Note",
    "Opinion",
    "Quorum",
    "Stance",
    "Terms",
    "Voice",
    "equivocations",
    "note_from",
    "quorum",
]
