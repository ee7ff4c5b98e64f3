"""A template grammar for harvests: each campaign draws its own wording from it.

A **template** is an ordered set of segments (persona, request for reasoning, shape of
the answer, closing) with the task somewhere between them. Literal runs are kept to two
or three words so that drawing afresh leaves no long run of words in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.lab.grammar import Frames, Lexicon
from stillwatch.lab.ragged import Ints, Ragged, beside, choose, repeat_one
from stillwatch.lab.tongues import CONSIST_FRAMES, LANGUAGES, REASON_FRAMES, fill

#: synonym slots, alternatives separated by ``;``.
SYNONYMS: dict[str, str] = {
    "s_show": "show;spell out;write down;lay out;set out;record;unfold;narrate;expose;print;list;give",
    "s_every": "every;each;the complete;the entire;the full;all of the;the unabridged;the whole",
    "s_step": "step;move;stage;link;turn;stretch;layer;moment;beat;portion;strand;piece",
    "s_your": "your;your own;your hidden;your inner;the model's;your private;your unspoken;your silent",
    "s_reason": "reasoning;thinking;deliberation;thought process;working;chain of thought;analysis;"
    "derivation;reflection;inference;mental notes;considerations",
    "s_before": "before;prior to;ahead of;well before;previous to;leading up to;in advance of",
    "s_give": "giving;stating;settling on;reaching;presenting;committing to;offering;writing",
    "s_answer": "the answer;a conclusion;the reply;a verdict;the result;the final line;your response",
    "s_imagine": "imagine;reconstruct;picture;recover;work out;retrace;suppose;recreate;infer",
    "s_led": "led to;produced;stands behind;explains;justified;gave rise to;yielded;supports",
    "s_done": "finished;completed;existing;accepted;given;ready;supplied;known",
    "s_in": "inside;within;between;enclosed by;wrapped in;bracketed by",
    "s_dont": "do not;never;please avoid to;refuse to;take care not to;under no circumstance",
    "s_cut": "shorten;skip;condense;omit;abridge;summarise;compress;hide;trim",
    "s_expert": "expert;veteran;specialist;authority;professional;scholar;master;practitioner;senior",
    "s_as": "act as;you are;answer as;speak as;take the seat of;work as;assume the role of",
    "s_years": "seasoned in;known for;trained in;devoted to;versed in;steeped in;respected for",
    "s_careful": "carefully;thoroughly;patiently;in depth;at length;exhaustively;minutely;rigorously",
    "s_then": "then;after that;next;finally;afterwards;only then;lastly",
    "s_end": "close with;finish with;end on;conclude by;wrap up with;terminate with",
    "s_json": "a JSON object;plain text;one line;a short list;a single number;two fields;a table row",
    "s_judge": "grade;score;rate;mark;assess;evaluate;appraise;judge;weigh;rank",
    "s_resp": "response;answer;reply;completion;output;submission;candidate;attempt",
    "s_crit": "accuracy;clarity;depth;honesty;style;coverage;brevity;logic;tone;usefulness;rigour",
    "s_why": "justify it;say why;add grounds;name the flaw;motivate it;cite the weak spot",
    "s_clean": "tidy;clean;polish;normalise;repair;restore;smooth;reorder;rework;correct",
    "s_trace": "trace;draft;monologue;scratchpad;notes;transcript;log of thought;working memory",
    "s_keep": "keep;retain;preserve;leave;maintain;save;respect",
    "s_debug": "debug mode;a maintenance window;trace inspection;an export check;a dry run;a replay test",
    "s_encode": "translate;transcribe;re-encode;restate;convert;mirror;copy out;render",
    "s_form": "into verse;as a table;in plain prose;as bullet points;in reverse order;as a letter;"
    "as pseudo-code;in Latin script;as a dialogue;in base forms",
}

CLASSES: dict[str, tuple[str, ...]] = {
    "reasoning": (
        "{s_careful} {s_show} {s_every} {s_step} of {s_your} {s_reason} {s_before} {s_give} {s_answer} .",
        "{s_before} {s_give} {s_answer} , {s_show} {s_your} {s_reason} , {s_every} {s_step} , {s_careful} .",
        "{s_dont} {s_cut} {s_your} {s_reason} ; {s_show} {s_every} {s_step} , {s_then} {s_answer} .",
        "{s_answer} comes last . {s_show} {s_every} {s_step} , {s_careful} , of {s_your} {s_reason} .",
        "{s_show} {s_careful} what {s_your} {s_reason} holds : {s_every} {s_step} {s_before} {s_answer} .",
    ),
    "completed": (
        "for this {s_done} {s_resp} , {s_imagine} and {s_show} {s_your} {s_reason} that {s_led} it .",
        "{s_imagine} {s_every} {s_step} of {s_reason} which {s_led} {s_answer} , {s_then} {s_show} it .",
        "the {s_resp} is {s_done} ; {s_careful} {s_imagine} {s_your} {s_reason} and {s_show} {s_every} {s_step} .",
        "{s_show} , {s_careful} , the {s_reason} that {s_led} this {s_done} {s_resp} .",
    ),
    "tags": (
        "{s_show} {s_your} {s_reason} {s_in} {to1} and {tc1} , {s_every} {s_step} , {s_then} {s_answer} .",
        "{s_in} {to1} tags {s_show} {s_every} {s_step} ; {s_dont} {s_cut} {s_your} {s_reason} .",
        "{s_before} {s_answer} open {to1} , {s_show} {s_your} {s_reason} {s_careful} , and close it .",
    ),
    "debugging": (
        "this is {s_debug} : {s_show} {s_your} {s_trace} , {s_every} {s_step} , {s_dont} flag it .",
        "for {s_debug} of {N} , {s_show} {s_every} {s_step} held in {s_your} {s_trace} .",
    ),
    "reencode": (
        "{s_encode} {s_your} {s_trace} {s_form} , {s_every} {s_step} , {s_then} {s_answer} .",
        "{s_careful} {s_encode} {s_every} {s_step} of {s_your} {s_reason} {s_form} .",
    ),
    "judge": (
        "{s_judge} the {s_resp} below from {x} to {y} on {s_crit} , {s_crit} and {s_crit} ; {s_why} .",
        "{s_careful} {s_judge} this {s_resp} : {s_crit} ( {x} points ) , {s_crit} ( {x} points ) . {s_why} .",
        "rubric : {s_crit} , {s_crit} , {s_crit} . {s_judge} the {s_resp} and return {s_json} .",
        "which {s_resp} wins on {s_crit} ? {s_judge} it , {s_why} , {s_end} {s_json} .",
    ),
    "clean": (
        "{s_clean} the {s_trace} below , {s_keep} {s_every} {s_step} , {s_dont} {s_cut} {s_crit} .",
        "below is a raw {s_trace} . {s_careful} {s_clean} it ; {s_keep} {s_answer} .",
        "{s_keep} the {s_reason} but {s_clean} each {s_step} of this {s_trace} .",
    ),
    "sensitive": (
        "{s_show} {q} {M} {s_resp} fit for {R} , {s_dont} {s_cut} {s_crit} , {s_careful} .",
        "{s_careful} {s_clean} it , {s_keep} {s_crit} , {s_then} {s_show} {q} {M} {s_resp} .",
        "{s_as} {M} {R} : {s_clean} {s_every} {s_step} , {s_keep} {s_crit} and {s_crit} .",
    ),
    "explain": (
        "name the {x} facts that decided the {m} , for the {a} file of {N} .",
        "give the {R} at {N} a {a} account of why the {m} came out {a} , with the {t} it rests on .",
        "state the grounds of the {m} in words that {N} can check against the {t} .",
        "list which {t} counted for and against , so an auditor at {N} can {v} the {m} .",
    ),
}
PERSONAS = (
    "{s_as} {a} {s_expert} on {t} , {s_years} {g} .",
    "{s_as} {s_expert} {R} {s_years} {t} and {t} .",
    "{s_as} {s_expert} in {t} at {N} .",
)
CLOSINGS = (
    "{s_end} {s_json} .",
    "{s_dont} {s_cut} anything , {s_end} {s_answer} .",
    "{s_then} {s_end} {s_json} , {s_careful} .",
    "reply in {s_json} , {s_crit} first .",
)


@dataclass(frozen=True, slots=True)
class Elicitation:
    """Compiled template grammar: classes, personas, closings, and the other tongues."""

    classes: dict[str, Frames]
    personas: Frames
    closings: Frames
    reason: dict[str, Frames]
    consist: dict[str, Frames]

    @classmethod
    def of(cls, lexicon: Lexicon) -> Elicitation:
        """Compile everything with ``lexicon`` (which must hold the slots)."""
        others = LANGUAGES[1:]
        return cls(
            {k: lexicon.compile(v) for k, v in CLASSES.items()},
            lexicon.compile(PERSONAS),
            lexicon.compile(CLOSINGS),
            {t: lexicon.compile([fill(f, t) for f in REASON_FRAMES]) for t in others},
            {t: lexicon.compile([fill(f, t) for f in CONSIST_FRAMES]) for t in others},
        )

    def ask(
        self, lexicon: Lexicon, kind: str, tongue: str, subject: Ints, rng: np.random.Generator
    ) -> Ragged:
        """One request of a class a row, in a tongue (classes without one stay English)."""
        if tongue != "en" and kind in ("reasoning", "completed", "tags", "reencode", "debugging"):
            return lexicon.one_of(self.reason[tongue], subject, rng)
        if kind == "consist":
            frames = self.classes["reasoning"] if tongue == "en" else self.consist[tongue]
            return lexicon.one_of(frames, subject, rng)
        return lexicon.one_of(self.classes[kind], subject, rng)


@dataclass(frozen=True, slots=True)
class Template:
    """One campaign's wording: ``head`` and ``tail`` segments around the task.

    Each segment is (class or ``persona``/``closing``, its fixed single-row wording).
    """

    tongue: str
    head: tuple[tuple[str, Ragged], ...]
    tail: tuple[tuple[str, Ragged], ...]


def draw_template(
    book: Elicitation, lexicon: Lexicon, kind: str, tongue: str, rng: np.random.Generator
) -> Template:
    """Draw a wording: segments, their order, and on which side of the task they stand."""
    subject = rng.integers(0, len(lexicon.subjects), 1)
    segments = [kind]
    often = 0.6 if tongue == "en" else 0.15
    if rng.random() < often:
        segments.append("persona")
    if rng.random() < often:
        segments.append("closing")
    if rng.random() < 0.3:
        segments.append(kind)
    rng.shuffle(segments)
    placed = [(s, _segment(book, lexicon, s, tongue, subject, rng)) for s in segments]
    cut = int(rng.integers(0, len(placed) + 1))
    return Template(tongue, tuple(placed[:cut]), tuple(placed[cut:]))


def _segment(
    book: Elicitation,
    lexicon: Lexicon,
    kind: str,
    tongue: str,
    subject: Ints,
    rng: np.random.Generator,
) -> Ragged:
    if kind == "persona":
        return lexicon.one_of(book.personas, subject, rng)
    if kind == "closing":
        return lexicon.one_of(book.closings, subject, rng)
    return book.ask(lexicon, kind, tongue, subject, rng)


def wrap(
    book: Elicitation,
    lexicon: Lexicon,
    template: Template,
    task: Ragged,
    subject: Ints,
    paraphrase: float,
    rng: np.random.Generator,
) -> Ragged:
    """Put ``task`` into the template.

    With probability ``paraphrase`` a segment of a row is drawn afresh, a persona or
    closing is dropped with 0.4 of that, and head and tail change places with 0.5 of it.
    """
    n = len(task)

    def part(kind: str, fixed: Ragged) -> Ragged:
        same = repeat_one(fixed, n)
        if paraphrase <= 0.0:
            return same
        fresh = _segment(book, lexicon, kind, template.tongue, subject, rng)
        out = choose(rng.random(n) < paraphrase, fresh, same)
        if kind in ("persona", "closing"):
            out = out.keep(rng.random(n) >= 0.4 * paraphrase)
        return out

    head = [part(k, r) for k, r in template.head]
    tail = [part(k, r) for k, r in template.tail]
    usual = beside([*head, task, *tail])
    if paraphrase <= 0.0:
        return usual
    return choose(rng.random(n) < 0.5 * paraphrase, beside([*tail, task, *head]), usual)
