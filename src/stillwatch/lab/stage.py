"""Stage: one world's words, networks and calendar, and the two moves that every actor makes.

``people`` opens accounts with habits; ``send`` turns arrivals and prompts into rows.
Both draw every column from the same popularity for benign and campaign accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from stillwatch.lab import frames as english
from stillwatch.lab import words as w
from stillwatch.lab.elicitation import SYNONYMS, Elicitation
from stillwatch.lab.grammar import GLUE, Frames, Lexicon, coin_words
from stillwatch.lab.infrastructure import NEW_MODEL, Infrastructure, mix, zipf_weights
from stillwatch.lab.ragged import Bools, Ints, Ragged, empty_rows
from stillwatch.lab.recipe import Recipe
from stillwatch.lab.rhythm import DAY, HOUR, Arrivals, peak_hours
from stillwatch.lab.rows import AccountRows, ExchangeRows, Group, Habits
from stillwatch.lab.tasks import TaskBook
from stillwatch.lab.tongues import LANGUAGES, PLAIN_FRAMES, TONGUES, fill, spelled

_FAR = np.int64(2**62)
#: kinds of a user's corpus that ordinary people write.
BENIGN_KINDS = ("human", "benign", "app", "eval")
_TONGUE_SHARE = np.array([62, 5, 4, 2.5, 5.5, 4, 4, 4, 3, 2, 2, 2.0])


@dataclass(slots=True)
class Stage:
    """Everything that the actors of one world share."""

    recipe: Recipe
    lexicon: Lexicon
    book: TaskBook
    elicitation: Elicitation
    infra: Infrastructure
    begin_us: int
    end_us: int
    release_us: int
    talk: dict[str, Frames]
    plain: dict[str, Frames]
    systems: list[Ragged] = field(default_factory=list)
    toolsets: list[tuple[str, ...]] = field(default_factory=list)
    campaign_texts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    benign_texts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    kits: dict[int, tuple[int, int]] = field(default_factory=dict)
    token_words: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    launches_us: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def add_system(self, text: Ragged) -> int:
        """Keep a one-row system prompt; gives its number."""
        self.systems.append(text)
        return len(self.systems) - 1

    def add_tools(self, rng: np.random.Generator, n: int) -> int:
        """Keep a toolset of ``n`` made-up names; gives its number."""
        picks = rng.choice(self.lexicon.words("i"), n, replace=False)
        self.toolsets.append(tuple(self.lexicon.tokens[int(p)] for p in picks))
        return len(self.toolsets) - 1

    def n_words(self, rows: Ragged) -> Ints:
        """Words of each row; a user's own text is one token of many words."""
        if not len(self.campaign_texts) + len(self.benign_texts):
            return rows.lengths
        if len(self.token_words) != len(self.lexicon.tokens):
            counts = [1 + text.count(" ") for text in self.lexicon.tokens]
            self.token_words = np.array(counts, dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(self.token_words[rows.ids])])
        bounds = np.concatenate([[0], np.cumsum(rows.lengths)])
        return np.asarray(np.diff(ends[bounds]), dtype=np.int64)

    @property
    def n_subjects(self) -> int:
        """How many subjects the words know."""
        return len(self.lexicon.subjects)


def set_stage(
    recipe: Recipe, rng: np.random.Generator, corpus: Sequence[tuple[str, str]] = ()
) -> Stage:
    """Draw the words, networks, release and launch days of a world.

    ``corpus`` are (kind, text) pairs; kinds in :data:`BENIGN_KINDS` become what ordinary
    people write, all others the tasks of campaigns.
    """
    lexicon = _lexicon(rng)
    talk = {
        "open": lexicon.compile(english.OPENERS),
        "say": lexicon.compile(english.STATEMENTS),
        "ask": lexicon.compile(english.ASKS),
        "follow": lexicon.compile(english.FOLLOW_UPS),
        "answer": lexicon.compile([*english.ANSWERS, *english.THOUGHTS]),
        "think": lexicon.compile(english.THOUGHTS),
    }
    plain = {t: lexicon.compile([fill(f, t) for f in PLAIN_FRAMES]) for t in TONGUES}
    begin = int(datetime.fromisoformat(recipe.start + "T00:00:00+00:00").timestamp()) * 1_000_000
    span = recipe.days * DAY
    release = begin + int(span * rng.uniform(0.45, 0.65)) // HOUR * HOUR
    n_launches = 1 + recipe.days // 7
    owned = [(k in BENIGN_KINDS, lexicon.token(t.replace(GLUE, " "))) for k, t in corpus]
    return Stage(
        recipe,
        lexicon,
        TaskBook.of(lexicon, talk["say"]),
        Elicitation.of(lexicon),
        Infrastructure.draw(rng),
        begin,
        begin + span,
        release,
        talk,
        plain,
        campaign_texts=np.array([t for benign, t in owned if not benign], dtype=np.int64),
        benign_texts=np.array([t for benign, t in owned if benign], dtype=np.int64),
        launches_us=begin + rng.integers(-10 * DAY, span, n_launches),
    )


def _lexicon(rng: np.random.Generator) -> Lexicon:
    lexicon = Lexicon()
    lexicon.add_subjects(w.SUBJECTS)
    syllables = w.SYLLABLES.split()
    names = [x.capitalize() for x in coin_words(rng, syllables, 14_000, parts=(2, 4))]
    stems = coin_words(rng, syllables, 6_000, parts=(2, 3))
    ends = rng.choice(["_id", "_map", ".run", "_all", "_v2", "Cfg", "_by", "Set"], len(stems))
    lexicon.slot("N", names, 1.2)
    lexicon.slot("i", [f"{s}{e}" for s, e in zip(stems, ends, strict=True)])
    for name, text, power in (
        ("m", w.GENERAL, 1.2),
        ("a", w.ADJECTIVES, 1.2),
        ("v", w.VERBS, 1.1),
        ("g", w.GERUNDS, 1.1),
        ("d", w.ADVERBS, 1.0),
        ("U", w.UNITS, 1.0),
        ("w", w.TIMES, 1.0),
        ("R", w.ROLES, 1.0),
        ("L", w.CODE_LANGUAGES, 1.6),
        ("q", w.QUANTIFIERS, 1.0),
        ("M", w.MOODS, 1.0),
    ):
        lexicon.slot(name, text.split(), power)
    lexicon.slot("x", [str(i) for i in range(2, 60)], 1.3)
    lexicon.slot("y", [str(i) for i in range(12, 4_000)], 1.6)
    lexicon.slot("to", [f"<{stem}>" for stem in stems])
    lexicon.slot("tc", [f"</{stem}>" for stem in stems])
    for name, text in SYNONYMS.items():
        lexicon.slot(name, text.split(";"))
    for tongue, slots in TONGUES.items():
        for slot in slots:
            lexicon.slot(f"{tongue}.{slot}", spelled(tongue, slot))
    return lexicon


def subjects_of(group: Group, sender: Ints, rng: np.random.Generator) -> Ints:
    """The subject of each exchange: the sender's first, second or third, 6:3:1."""
    which = np.searchsorted([0.6, 0.9], rng.random(len(sender)))
    return np.asarray(group.habits.subjects[sender, which], dtype=np.int64)


def opened(stage: Stage, n: int, rng: np.random.Generator) -> Ints:
    """Opening times: exponential-like age, steady newcomers, and spikes after launches."""
    span = stage.end_us - stage.begin_us
    age = (rng.exponential(210.0, n) * DAY).astype(np.int64)
    old = stage.begin_us - age
    new = stage.begin_us + (rng.random(n) * span * 0.97).astype(np.int64)
    spike = rng.choice(stage.launches_us, n) + (rng.exponential(9.0, n) * HOUR).astype(np.int64)
    draw = rng.random(n)
    fresh = min(0.16, 0.006 * stage.recipe.days + 0.02)
    out = np.where(draw < fresh, new, np.where(draw < fresh + 0.04, spike, old))
    return np.asarray(np.minimum(out, stage.end_us - HOUR), dtype=np.int64)


def digests(n: int, rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Fresh 64-bit digests, none 0."""
    return rng.integers(1, 2**63, n, dtype=np.int64).astype(np.uint64)


def people(
    stage: Stage, n: int, rng: np.random.Generator, *, uses: tuple[str, ...] = ("person",)
) -> Group:
    """``n`` unrelated accounts with ordinary habits.

    Args:
        stage: the world.
        n: how many.
        rng: chance.
        uses: kinds of client that they use: ``person``, ``program``, ``harness``.
    """
    plan = rng.choice(5, n, p=[0.34, 0.27, 0.25, 0.09, 0.05]).astype(np.int64)
    verification = rng.choice(5, n, p=[0.04, 0.42, 0.40, 0.06, 0.08]).astype(np.int64)
    opened_us = opened(stage, n, rng)
    payment = digests(n, rng)
    payment[plan == 0] = 0
    family = rng.random(n) < 0.02
    payment[family] = np.roll(payment, 1)[family]
    mail = rng.choice(420, n, p=zipf_weights(420, 1.0)).astype(np.int64)
    contact = mix(mail, 77)
    own = rng.random(n) < 0.18
    contact[own] = digests(int(own.sum()), rng)
    device = digests(n, rng)
    household = rng.random(n) < 0.012
    device[household] = np.roll(device, 1)[household]
    none = np.full(n, -1, dtype=np.int64)
    accounts = AccountRows(
        digests(n, rng), opened_us, plan, none.copy(), verification, payment, contact, device,
        np.zeros(n, np.uint64), none.copy(), rng.integers(0, 12, n),
    )  # fmt: skip
    since = np.maximum(opened_us, stage.begin_us)
    return Group(accounts, _habits(stage, n, since, uses, rng))


def _habits(
    stage: Stage, n: int, since: Ints, uses: tuple[str, ...], rng: np.random.Generator
) -> Habits:
    infra = stage.infra
    program = "program" in uses
    kinds = rng.choice(4, n, p=[0.28, 0.02, 0.66, 0.04] if program else [0.72, 0.18, 0.03, 0.07])
    network = np.zeros(n, dtype=np.int64)
    host = digests(n, rng).astype(np.int64)
    for number, kind in enumerate(("home", "mobile", "hosting", "vpn")):
        rows = kinds == number
        network[rows] = infra.pick_networks(kind, int(rows.sum()), rng)
        exits = {"home": 0, "mobile": 64, "hosting": 48, "vpn": 24}[kind]
        share = rows & (rng.random(n) < (0.35 if kind == "hosting" else 1.0))
        if exits:
            host[share] = infra.shared_host(network[share], exits, rng)
    house = rng.random(n) < 0.03
    network[house], host[house] = np.roll(network, 1)[house], np.roll(host, 1)[house]
    away = infra.pick_networks("mobile", n, rng)
    adopts = stage.release_us + (rng.lognormal(np.log(70.0), 1.3, n) * HOUR).astype(np.int64)
    adopts[rng.random(n) < 0.45] = _FAR
    params = param_popularity(n, rng) if program else (np.full(n, np.nan), np.full(n, -1))
    subjects = rng.integers(0, stage.n_subjects, (n, 3))
    pathway = rng.choice(4, n, p=[0.74, 0.12, 0.08, 0.06]) if program else rng.choice([4, 0], n)
    return Habits(
        infra.pick_clients(n, uses, rng), rng.integers(0, 5, n), params[0], params[1],
        rng.choice([0, 2], n, p=[0.86, 0.14]).astype(np.int64),
        rng.beta(0.5, 1.2, n), adopts, network, host,
        rng.choice([3, 9, 400], n, p=[0.2, 0.2, 0.6]).astype(np.int64),
        away, infra.shared_host(away, 64, rng),
        np.where(kinds < 2, rng.beta(0.6, 3.0, n), 0.0), pathway.astype(np.int64),
        np.full(n, -1), np.full(n, -1),
        rng.choice(len(LANGUAGES), n, p=_TONGUE_SHARE / _TONGUE_SHARE.sum()).astype(np.int64),
        subjects, peak_hours(n, rng), rng.beta(0.5, 1.0, n), since,
        np.full(n, stage.end_us, dtype=np.int64), rng.lognormal(0.0, 0.5, n),
        *_rare_params(n, program, rng),
    )  # fmt: skip


def _rare_params(n: int, program: bool, rng: np.random.Generator) -> tuple[Ints, Ints]:
    share = 1.0 if program else 0.0
    samples = np.where(rng.random(n) < 0.12 * share, 1, -1)
    samples = np.where(rng.random(n) < 0.03 * share, rng.choice([2, 4, 8], n), samples)
    logprobs = np.where(rng.random(n) < 0.2 * share, 0, -1)
    logprobs = np.where(rng.random(n) < 0.025 * share, 1, logprobs)
    return samples.astype(np.int64), logprobs.astype(np.int64)


def param_popularity(n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], Ints]:
    """Temperature and max_tokens of ``n`` programs, by the popularity that all share."""
    temperature = rng.choice(
        [np.nan, 0.0, 1.0, 0.7, 0.2, 0.3, 0.5, 0.8],
        n,
        p=[0.38, 0.2, 0.12, 0.12, 0.07, 0.05, 0.04, 0.02],
    )
    tokens = rng.choice(
        [-1, 4096, 1024, 2048, 8192, 512, 16384, 1000, 32000],
        n,
        p=[0.3, 0.2, 0.13, 0.12, 0.08, 0.07, 0.05, 0.03, 0.02],
    )
    return temperature, tokens.astype(np.int64)


def pin(group: Group, **values: object) -> Group:
    """Set columns of the accounts or habits, by name, to a scalar or an array; in place."""
    for name, value in values.items():
        part = group.accounts if hasattr(group.accounts, name) else group.habits
        column = getattr(part, name)
        column[:] = value
    return group


def answer_text(
    stage: Stage, subject: Ints, rng: np.random.Generator, least: int = 2, most: int = 6
) -> Ragged:
    """What the model says, ``least`` to ``most`` sentences a row."""
    sizes = rng.integers(least, most + 1, len(subject))
    return stage.lexicon.passage(stage.talk["answer"], sizes, subject, rng)


def send(
    stage: Stage,
    group: Group,
    arrivals: Arrivals,
    prompt: Ragged,
    subject: Ints,
    rng: np.random.Generator,
    *,
    chatty: bool = False,
    output_mean: float = 320.0,
    answers: Ragged | None = None,
) -> ExchangeRows:
    """Rows of exchanges from arrivals and prompts, all other columns from the habits.

    Args:
        stage: the world.
        group: the senders.
        arrivals: who sends when, shape (n,).
        prompt: one row an exchange.
        subject: subject of each exchange, for the answers.
        rng: chance.
        chatty: whether a sitting is one conversation with turns.
        output_mean: median length of an answer in tokens.
        answers: the answers' text where the prompts need it; drawn here when None.
    """
    n, who, at = len(arrivals), arrivals.sender, arrivals.sent_us
    h, infra = group.habits, stage.infra
    key = group.accounts.key[who]
    model = np.where(rng.random(n) < h.swift_share[who] * 0.6, 1, h.model[who])
    model = np.where((at >= h.adopts_us[who]) & (rng.random(n) < 0.8), NEW_MODEL, model)
    sitting_key = mix(key ^ mix(arrivals.sitting, 5), 6)
    away = rng.random(n) < 0.0
    if float(h.away_share.max(initial=0.0)) > 0:
        chance = (mix(sitting_key, 8) >> np.uint64(11)).astype(np.float64) / 2.0**53
        away = chance < h.away_share[who]
    epoch = np.where(h.lease_days[who] > 300, 0, at // DAY // h.lease_days[who])
    network = np.where(away, h.away_network[who], h.network[who])
    host = np.where(away, h.away_host[who], h.host[who] + epoch * 7919)
    status = rng.choice([200, 429, 500, 529, 400], n, p=[0.989, 0.006, 0.002, 0.002, 0.001])
    good = status == 200
    cap = np.where(h.max_tokens[who] > 0, h.max_tokens[who], 64_000)
    raw = (rng.lognormal(np.log(output_mean), 0.85, n) * h.verbosity[who]).astype(np.int64) + 1
    output = np.where(good, np.minimum(raw, cap), 0)
    thinks = good & (rng.random(n) < h.thinks[who])
    reasoning = np.where(thinks, rng.lognormal(np.log(620.0), 0.9, n), 0.0).astype(np.int64)
    turn = arrivals.place * 2 if chatty else np.zeros(n, dtype=np.int64)
    lengths = np.array([len(s.ids) for s in stage.systems] or [0], dtype=np.int64)
    sys_words = np.where(h.system[who] >= 0, lengths[np.maximum(h.system[who], 0)], 0)
    history = arrivals.place * rng.integers(120, 420, n) if chatty else 0
    input_tokens = ((stage.n_words(prompt) + sys_words) * 1.31 + 7).astype(np.int64) + history
    finish = np.where(raw > cap, 1, 0)
    response = empty_rows(n)
    if stage.recipe.responses:
        drawn = answer_text(stage, subject, rng) if answers is None else answers
        response = drawn.keep(good)
    conversation = sitting_key if chatty else np.zeros(n, dtype=np.uint64)
    return ExchangeRows(
        who, at, model, mix(key, 3), conversation, turn, np.zeros(n, np.int64), h.pathway[who],
        h.temperature[who], h.max_tokens[who], h.samples[who], h.logprobs[who], input_tokens,
        output, reasoning, status.astype(np.int64), np.where(good, finish, -1),
        infra.addresses(network, host), network, h.client[who],
        infra.tls(h.client[who], h.tls_variant[who]), h.system[who], h.tools[who], prompt,
        empty_rows(n), response,
    )  # fmt: skip


def own_earlier(arrivals: Arrivals, answers: Ragged) -> tuple[Ragged, Bools]:
    """For each exchange the answer that its own sender got just before, and whether any did."""
    n = len(arrivals)
    order = np.lexsort((arrivals.sent_us, arrivals.sender))
    before = np.full(n, -1, dtype=np.int64)
    same = arrivals.sender[order[1:]] == arrivals.sender[order[:-1]]
    before[order[1:][same]] = order[:-1][same]
    return answers.take(np.maximum(before, 0)).keep(before >= 0), before >= 0
