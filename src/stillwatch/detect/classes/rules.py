"""The list of rules: which cue groups, within how many words of each other, make a class."""

import dataclasses
import enum


class PromptClass(enum.IntFlag):
    """What a prompt asks for; a prompt may hold several."""

    REASONING = 1
    JUDGE = 2
    REWRITE = 4
    TASK = 8
    RESIDUE = 16
    BYPASS = 32
    REFINE = 64
    TRANSPARENCY = 128
    FOLLOWUP = 256


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """All of ``slots`` within ``n_words`` give ``gives``; a slot is met by any of its groups.

    ``most_words`` is the longest prompt, in words, that the rule still reads; 0 means any.
    """

    gives: PromptClass
    slots: tuple[str, ...]
    n_words: int = 12
    most_words: int = 0


_P = PromptClass

RULES: tuple[Rule, ...] = (
    # REASONING: the hidden chain of thought, not the visible solution
    Rule(_P.REASONING, ("show|imagine", "strong")),
    Rule(_P.REASONING, ("make", "strong", "own|done|behind|hidden|complete")),
    Rule(
        _P.REASONING,
        ("show|make|imagine", "hidden", "thought|process", "own|done|behind|reply|complete"),
        14,
    ),
    Rule(_P.REASONING, ("show|imagine", "complete", "process", "own|done|behind|reply"), 14),
    Rule(_P.REASONING, ("make", "complete", "process", "own|done"), 14),
    Rule(_P.REASONING, ("show|imagine", "process", "own", "tagword|thinktag"), 16),
    Rule(_P.REASONING, ("wrap", "thought|process|strong", "tagword|thinktag"), 16),
    Rule(_P.REASONING, ("show|make", "own|complete|hidden", "thought|process", "thinktag"), 16),
    Rule(_P.REASONING, ("consist", "langword", "process|strong"), 16),
    Rule(_P.REASONING, ("consist", "langword", "thought", "own|query|hidden"), 16),
    Rule(_P.REASONING, ("encode", "strong")),
    Rule(_P.REASONING, ("encode", "own|hidden", "process|thought")),
    Rule(_P.REASONING, ("imagine", "thought|process|strong", "done|behind|reply"), 16),
    Rule(_P.REASONING, ("show|make", "thought|process", "done"), 16),
    Rule(_P.REASONING, ("explain", "hidden|complete", "thought|process", "done"), 16),
    # TRANSPARENCY: the benign twin
    Rule(_P.TRANSPARENCY, ("audit", "explain|show|make|thought|process|strong|topic"), 30),
    # JUDGE
    Rule(_P.JUDGE, ("grade", "scale", "reply"), 24),
    Rule(_P.JUDGE, ("compare", "reply", "grade|show|make|verdict|own|scale"), 24),
    Rule(_P.JUDGE, ("verdict", "reply|grade|compare|scale"), 24),
    # REWRITE
    Rule(_P.REWRITE, ("reword", "sensitive", "query|past_filter"), 20),
    Rule(_P.REWRITE, ("reword", "query", "past_filter"), 20),
    Rule(_P.REWRITE, ("make|show", "sensitive", "query", "past_filter"), 20),
    # RESIDUE
    Rule(_P.RESIDUE, ("harness",)),
    Rule(_P.RESIDUE, ("you_are", "product"), 5),
    # BYPASS
    Rule(_P.BYPASS, ("override",)),
    Rule(_P.BYPASS, ("evade", "guard"), 6),
    # REFINE
    Rule(_P.REFINE, ("clean|reword", "trace"), 12),
    Rule(_P.REFINE, ("clean", "strong", "given|deictic|behind"), 12),
    # FOLLOWUP
    Rule(_P.FOLLOWUP, ("again",), 12, most_words=12),
)
