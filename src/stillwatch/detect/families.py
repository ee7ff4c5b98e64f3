"""THE LIST: every signal that ``detect`` uses, by family.

Within a family the signals for "one hand" stand before those for "answers are collected".
"""

from __future__ import annotations

from stillwatch.detect.signal import Signal
from stillwatch.detect.signals import (
    bypass_search,
    creation_cohort,
    credential_spread,
    echo,
    failover,
    foreign_residue,
    imported_history,
    interchangeability,
    judge_use,
    load_balance,
    metadata_stripping,
    no_ramp,
    plan_to_usage,
    programme_cluster,
    reasoning_elicitation,
    reasoning_replay,
    release_pivot,
    replacement,
    round_the_clock,
    safe_rewriting,
    sharding,
    shared_address,
    shared_client,
    shared_contact,
    shared_credential,
    shared_device,
    shared_payment,
    shared_template,
    task_concentration,
    timeline,
    trace_refining,
)

SIGNALS: tuple[Signal, ...] = (
    # identity
    shared_device.SIGNAL,
    shared_contact.SIGNAL,
    shared_credential.SIGNAL,
    # payment
    shared_payment.SIGNAL,
    # network
    shared_address.SIGNAL,
    shared_client.SIGNAL,
    credential_spread.SIGNAL,
    metadata_stripping.SIGNAL,
    # timing
    load_balance.SIGNAL,
    round_the_clock.SIGNAL,
    release_pivot.SIGNAL,
    failover.SIGNAL,
    # content
    shared_template.SIGNAL,
    interchangeability.SIGNAL,
    sharding.SIGNAL,
    reasoning_replay.SIGNAL,
    echo.SIGNAL,
    reasoning_elicitation.SIGNAL,
    safe_rewriting.SIGNAL,
    judge_use.SIGNAL,
    trace_refining.SIGNAL,
    task_concentration.SIGNAL,
    bypass_search.SIGNAL,
    foreign_residue.SIGNAL,
    imported_history.SIGNAL,
    # lifecycle
    creation_cohort.SIGNAL,
    replacement.SIGNAL,
    programme_cluster.SIGNAL,
    no_ramp.SIGNAL,
    plan_to_usage.SIGNAL,
    timeline.SIGNAL,
)
