"""THE LIST: every signal that ``detect`` uses, by family."""

from __future__ import annotations

from stillwatch.detect.signal import Signal
from stillwatch.detect.signals import (
    creation_cohort,
    echo,
    judge_use,
    load_balance,
    reasoning_elicitation,
    reasoning_replay,
    safe_rewriting,
    shared_address,
    shared_contact,
    shared_credential,
    shared_device,
    shared_payment,
    shared_template,
    task_concentration,
)

SIGNALS: tuple[Signal, ...] = (
    load_balance.SIGNAL,
    creation_cohort.SIGNAL,
    shared_payment.SIGNAL,
    shared_device.SIGNAL,
    shared_contact.SIGNAL,
    shared_credential.SIGNAL,
    shared_address.SIGNAL,
    shared_template.SIGNAL,
    reasoning_replay.SIGNAL,
    echo.SIGNAL,
    reasoning_elicitation.SIGNAL,
    judge_use.SIGNAL,
    safe_rewriting.SIGNAL,
    task_concentration.SIGNAL,
)
