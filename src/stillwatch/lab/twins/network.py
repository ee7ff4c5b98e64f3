"""Twins of network: CI runners, campus and CGNAT, privacy gateway, several providers."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import digests, people, pin, subjects_of
from stillwatch.lab.rhythm import HOUR
from stillwatch.lab.rows import Cohort, join_exchanges
from stillwatch.lab.sending import send
from stillwatch.lab.stage import Stage
from stillwatch.lab.twins.cast import benign, programs, spans, split, volumes
from stillwatch.lab.voices import chat, tasks


def ci_runners(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-10: one credential from many fresh addresses of one hosting network in an hour."""
    group = programs(stage, n, rng)
    h = group.habits
    h.network[:] = stage.infra.pick_networks("hosting", n, rng)
    h.away_share[:] = 0.0
    counts = volumes(stage, n, rng, 2.5)
    arrivals = rhythm.sittings(counts, *spans(group), h.peak_hour, rng, per_sitting=14.0)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = tasks(stage, subject, rng, {"code": 4, "agentic": 1, "classify": 1})
    rows = send(stage, group, arrivals, prompt, subject, rng)
    runner = rng.integers(0, 4_000, len(rows))
    rows.address = stage.infra.addresses(rows.network, rows.network * 4_001 + runner)
    rows.temperature[:] = 0.0
    return [benign(stage, group, rows)]


def campus(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-11: hundreds of unrelated people behind one campus, carrier or VPN address."""
    group = people(stage, n, rng, uses=("person", "harness"))
    h = group.habits
    site = split(n, 70.0, rng)
    n_sites = int(site.max()) + 1
    kinds = np.array(
        [stage.infra.pick_networks(k, n_sites, rng) for k in ("home", "mobile", "vpn")]
    )
    network = kinds[rng.integers(0, 3, n_sites), np.arange(n_sites)]
    exits = rng.integers(1, 4, n_sites)[site]
    h.network[:] = network[site]
    h.host[:] = site * 77_003 + rng.integers(0, 3, n) % exits
    h.lease_days[:] = 400
    h.away_share[:] = rng.beta(1, 3, n)
    arrivals = rhythm.sittings(volumes(stage, n, rng), *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    return [benign(stage, group, rows)]


def several_providers(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-13: on a 5xx the client tries the same request on another pathway."""
    group = programs(stage, n, rng)
    arrivals = rhythm.office_hours(
        volumes(stage, n, rng, 1.6), *spans(group), group.habits.peak_hour, rng
    )
    subject = subjects_of(group, arrivals.sender, rng)
    rows = send(stage, group, arrivals, tasks(stage, subject, rng), subject, rng)
    outage = stage.begin_us + rng.integers(0, stage.end_us - stage.begin_us - 3 * HOUR, 3)
    hit = np.any([(rows.sent_us > t) & (rows.sent_us < t + 2 * HOUR) for t in outage], axis=0)
    failed = np.flatnonzero(hit & (rng.random(len(rows)) < 0.6))
    again = rows.take(failed)
    rows.status[failed], rows.finish[failed] = 529, -1
    rows.output_tokens[failed] = rows.reasoning_tokens[failed] = 0
    rows.response = rows.response.keep(rows.status == 200)
    again.sent_us = again.sent_us + rng.integers(1, 20, len(again)) * rhythm.SECOND
    again.pathway = (again.pathway + 1) % 4
    return [benign(stage, group, join_exchanges([rows, again]))]


def privacy_gateway(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-14: a company gateway strips client names, keys and addresses for its people."""
    group = programs(stage, n, rng)
    site = split(n, 25.0, rng)
    n_sites = int(site.max()) + 1
    h = group.habits
    plain = [i for i, c in enumerate(stage.infra.clients) if c.startswith("http-plain")]
    pin(
        group,
        client=rng.choice(plain, n_sites)[site],
        tls_variant=rng.integers(0, 5, n_sites)[site],
    )
    h.network[:] = stage.infra.pick_networks("hosting", n_sites, rng)[site]
    h.host[:] = digests(n_sites, rng).astype(np.int64)[site]
    h.lease_days[:] = 400
    h.away_share[:] = 0.0
    arrivals = rhythm.office_hours(volumes(stage, n, rng), *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    place = np.zeros(len(arrivals), dtype=np.int64)
    prompt = chat(stage, h.tongue[arrivals.sender], place, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng)
    rows.client[:] = -1
    return [benign(stage, group, rows)]
