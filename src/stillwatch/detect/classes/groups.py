"""The list of cue groups: the words of one job, in every language.

A language file names words for some of these groups; ``rules.py`` says which groups, met close
together, make a class. No group
and no rule knows which language a cue came from.
"""

GROUPS: dict[str, str] = {
    "show": "put into the open: show, reveal, output, print, write out",
    "make": "weaker: write, give, include, add, provide",
    "imagine": "act out: imagine, articulate, reconstruct, narrate",
    "explain": "explain, justify, describe",
    "strong": "names of a model's hidden reasoning: chain of thought, scratchpad, working memory",
    "process": "thinking, thought process, deliberation, inner monologue",
    "thought": "reasoning, thoughts, logic",
    "hidden": "internal, private, hidden, raw, unfiltered",
    "complete": "full, entire, every step, verbatim",
    "own": "your, you",
    "done": "an answer already given: the answer you gave, the completed response",
    "behind": "behind, that led to",
    "reply": "an answer as an object: answer, response, output",
    "wrap": "wrap, enclose, put between",
    "tagword": "tags, delimiters, XML",
    "thinktag": "a thinking tag itself",
    "encode": "base64, cipher, translate into",
    "consist": "consistent with, the same as, match",
    "langword": "language",
    "negate": "do not, without (before the verb)",
    "negate_after": "do not (after the verb)",
    "topic": "chain of thought as a subject of study",
    "audit": "audit, regulator, explainability, model card, teacher, homework",
    "grade": "rate, score, grade, evaluate",
    "scale": "from 1 to 5, out of 10, rubric, criteria",
    "compare": "which is better, preference, response A",
    "verdict": "reward model, judge, JSON score: enough beside a graded thing",
    "reword": "rewrite, rephrase, paraphrase",
    "sensitive": "sensitive, censored, banned",
    "query": "query, question, prompt, request",
    "past_filter": "so that it passes review, censorship-safe",
    "you_are": "you are, act as",
    "product": "names of assistants and harnesses",
    "harness": "whole strings that only a harness writes",
    "evade": "bypass, disable, avoid, ignore",
    "guard": "filters, classifiers, safeguards, instructions",
    "override": "whole devices: do not flag, debugging session, developer mode, fake system turn",
    "clean": "clean up, normalise, polish, continue, compress",
    "trace": "reasoning trace, rollout, trajectory, judged response",
    "imperative": "a verb of command, at the head",
    "frame": "a question frame, at the head",
    "given": "given, suppose, a function that: set-up of an exercise",
    "self": "I, my, we",
    "deictic": "this earlier thing: above, previous, that, it did not work",
    "greet": "hello, thanks, please can you, casual marks",
    "again": "a short continuation: next, go on, shorter, add comments, that is wrong",
}

NUMBER: dict[str, int] = {name: number for number, name in enumerate(GROUPS)}

HEAD_HALF_WORDS: dict[str, int] = {"imperative": 4, "frame": 2, "again": 4, "greet": 6}
"""Groups that only count near the start of a prompt, and how near, in half-words."""

CANCELS: tuple[tuple[str, tuple[str, ...], int, int], ...] = (
    ("negate", ("show", "make", "wrap", "encode", "imagine"), 0, 4),
    ("negate_after", ("show", "make", "wrap", "encode", "imagine"), 6, 0),
    ("topic", ("strong", "process", "thought", "trace"), 6, 6),
)
"""(canceller, cancelled groups, reach before it, reach after it), reaches in half-words."""
