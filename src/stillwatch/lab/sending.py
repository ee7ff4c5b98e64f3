"""Turn arrivals and prompts into exchanges, all other columns from the senders' habits."""

from __future__ import annotations

import numpy as np

from stillwatch.lab.infrastructure import NEW_MODEL, Words, mix
from stillwatch.lab.ragged import Bools, Ints, Ragged, empty_rows
from stillwatch.lab.rhythm import DAY, Arrivals
from stillwatch.lab.rows import ExchangeRows, Group
from stillwatch.lab.stage import Stage

TOKENS_PER_WORD = 1.31


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
    input_tokens = ((stage.n_words(prompt) + sys_words) * TOKENS_PER_WORD + 7).astype(
        np.int64
    ) + history
    finish = np.where(raw > cap, 1, 0)
    response = empty_rows(n)
    if stage.recipe.responses:
        drawn = answer_text(stage, subject, rng) if answers is None else answers
        response = drawn.keep(good)
    conversation = sitting_key if chatty else np.zeros(n, dtype=np.uint64)
    return ExchangeRows(
        who, at, model, _credential(key, sitting_key), conversation, turn,
        np.zeros(n, np.int64), h.pathway[who],
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


def _credential(key: Words, sitting_key: Words) -> Words:
    """One key for most accounts, three for every seventh, by sitting."""
    several = mix(key, 13) % np.uint64(7) == 0
    which = np.where(several, sitting_key % np.uint64(3), np.uint64(0))
    return mix(key ^ which, 3)
