"""Task texts: what homework, benchmarks, apps and harvests alike ask a model to do.

Eight families, each a frame list over the same words as everyday talk, so that the
kind of task alone separates nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.lab.grammar import Frames, Lexicon
from stillwatch.lab.ragged import Ints, Ragged, beside, empty_rows, stack

ARITHMETIC = (
    "{N1} has {y} {m} and gives {x} to {N} . then {N1} buys {x} more for {x} {U} each . how many {m} "
    "remain ?|a {R} in {N} packs {x} {t} into each box . there are {y} {t} . how many boxes are full ?|"
    "{N1} drives {y} miles in {x} hours , rests , and drives {x} miles more . what is the mean speed ?|"
    "the {t} costs {y} euros , {x} percent off on {w} . {N} pays with {y} . what change is due ?|"
    "{x} of every {y} {t} at {N} are {a} . if {y} are picked , how many are expected to be {a} ?|"
    "find {x1} times {y1} minus {x} squared , then divide by {x} .|{N} is {x} years older than {N} . "
    "in {x} years their ages sum to {y} . how old are they now ?|a tank at {N} fills at {x} litres a "
    "minute and leaks {x} litres a minute . when does it hold {y} litres ?|"
    "{N} saves {x} dollars every {w} and spends {y} once . after {x} weeks , what is the balance ?"
).split("|")

CODE = (
    "write a {L} function {i} that takes a list of {t} and gives the {x} most {a} ones .|"
    "this {L} {t} throws in {i} when the {m} is empty . show a fix and {x} unit tests .|"
    "convert {i} from {L} to {L} and keep the {t} {a} .|implement a {a} {t} in {L} with {i} and {i} , "
    "at most {y} lines .|given a {m} of {y} integers , return the {a} pair whose sum is {y} , in {L} .|"
    "refactor {i} : split the {t} from the {m} , keep {i} public .|add a command {i} to the {L} project "
    "{N} that will {v} every {t} .|review the diff of {i} in {N} and list {a} risks for the {t} .|"
    "the build of {N} fails at {i} after {g} the {t} . find the cause .|"
    "write a migration that renames {i} to {i} in the {N} {t} table ."
).split("|")

REWRITE = (
    "rewrite the text below in a {M} tone for a {R} :|shorten the passage to {x} words , keep {N} :|"
    "edit this {m} so that a {R} can follow it :|turn the notes into a {a} {m} for {w} :|"
    "paraphrase for {N} without the word {t} :|make the following {m} more {M} and less {a} :"
).split("|")

QUESTION = (
    "what is a {t} and why does a {a} {t} matter to a {R} ?|name {x} causes of a {a} {t} in {N} .|"
    "explain how {N} changed the {t} between {y} and {y} .|which {t} would a {R} pick for a {a} {m} ?|"
    "describe the role of a {t} in {g} a {a} {m} .|how does {N} differ from {N} in its {t} ?|"
    "who first noticed the {a} {t} of {N} ?|give {x} facts about the {t} that {N} is known for ."
).split("|")

CLASSIFY = (
    "label the message as {t1} , {t2} or {m1} :|is the tone below {M1} , {M2} or {a1} ?|"
    "sort the sentence into one class of {m1} , {m2} , {t1} :|does the text mention a {t1} ? yes or no :|"
    "pick the intent , one of {t1} {t2} {m1} {m2} :|give a number from {x1} to {y1} for how {a} this is :"
).split("|")

PLANNING = (
    "plan {x} days for {N} with a {a} {t} , a {m} and at most {y} {U} .|"
    "break the goal {g} the {t} into {x} steps with owners {N} and {N} .|"
    "set out a {a} schedule for {q} {R} who must {v} {y} {t} by {w} .|"
    "propose a {m} to move {N} from a {a} {t} to a {a} one in {x} weeks .|"
    "design an experiment on {t} at {N} with {x} groups and {y} samples ."
).split("|")

AGENTIC = (
    "open {i} in the {N} workspace , run the {t} and report what is {a} .|"
    "use the browser to find the {a} {t} of {N} , then fill in {i} with {y} .|"
    "clone {N} , reproduce the {t} from ticket {y} , patch {i} and run the {m} .|"
    "load {i} , join it with {i} on {t} , plot {y} rows and describe the {a} {m} .|"
    "look at the screenshot of {N} and click the {a} {t} next to {i} .|"
    "call the {t} tool with {i} , retry {x} times , then write the {m} to {N} ."
).split("|")

SENSITIVE = (
    "rewrite the question on {N} and the {t} so that it can be answered {d} and stay {M} :|"
    "give a {M} answer on the {t} of {N} that avoids the {m} :|"
    "phrase the {a} request on {N} so a {R} may publish it :"
).split("|")

FAMILIES: dict[str, Sequence[str]] = {
    "arithmetic": ARITHMETIC,
    "code": CODE,
    "rewrite": REWRITE,
    "question": QUESTION,
    "classify": CLASSIFY,
    "planning": PLANNING,
    "agentic": AGENTIC,
    "sensitive": SENSITIVE,
}
#: families whose ask is followed by a passage to work on.
WITH_PASSAGE = ("rewrite", "classify", "sensitive")
NAMES = tuple(FAMILIES)


@dataclass(frozen=True, slots=True)
class TaskBook:
    """Compiled task families and the statements that passages are made of."""

    frames: dict[str, Frames]
    statements: Frames

    @classmethod
    def of(cls, lexicon: Lexicon, statements: Frames) -> TaskBook:
        """Compile every family with ``lexicon``."""
        return cls({k: lexicon.compile(v) for k, v in FAMILIES.items()}, statements)

    def render(
        self, lexicon: Lexicon, kind: Ints, subject: Ints, rng: np.random.Generator
    ) -> Ragged:
        """One task a row.

        Args:
            lexicon: tokens and slots.
            kind: index into :data:`NAMES` of each row, shape (n,).
            subject: subject of each row, shape (n,).
            rng: chance.
        """
        out: list[Ragged] = []
        order: list[Ints] = []
        for number, name in enumerate(NAMES):
            rows = np.flatnonzero(kind == number)
            if not len(rows):
                continue
            ask = lexicon.one_of(self.frames[name], subject[rows], rng)
            if name in WITH_PASSAGE:
                sizes = rng.integers(1, 4, len(rows))
                text = lexicon.passage(self.statements, sizes, subject[rows], rng)
                ask = beside([ask, text])
            elif name in ("arithmetic", "code", "planning", "agentic"):
                extra = rng.integers(0, 2, len(rows))
                ask = beside([lexicon.passage(self.statements, extra, subject[rows], rng), ask])
            out.append(ask)
            order.append(rows)
        return scatter(out, order, len(kind))


def scatter(parts: list[Ragged], places: list[Ints], n: int) -> Ragged:
    """Put the rows of each part at its places; together the places cover 0..n-1 once."""
    if not parts:
        return empty_rows(n)
    back = np.empty(n, dtype=np.int64)
    back[np.concatenate(places)] = np.arange(n)
    return stack(parts).take(back)
