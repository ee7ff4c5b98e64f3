"""The four-part test as four separate claims, each with its own ground.

Industrial scale, covert, unauthorised, enabled by fraud: distillation as such is
legitimate and common, and only the four together make a campaign adversarial. Each
claim is a sentence that begins with "met", "not shown" or "could not look".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from stillwatch.detect.settling import Outcome, Settled

#: a campaign is of industrial scale from this many exchanges a day in all, or from this
#: many times what an ordinary account sends.
SCALE_PER_DAY = 50.0
SCALE_TIMES = 20.0
FRAUD_SIGNALS = (
    "shared_payment",
    "shared_device",
    "shared_contact",
    "shared_credential",
    "creation_cohort",
    "programme_cluster",
    "replacement",
)
FRAUD_BITS = 3.0


def four_claims(outcome: Outcome, settled: Settled, rows: npt.NDArray[np.int32]) -> dict[str, str]:
    """The four claims for a settled campaign; ``rows`` are its exchanges."""
    return {
        "industrial_scale": _scale(outcome, settled, rows),
        "covert": _covert(settled),
        "unauthorised": _unauthorised(outcome),
        "fraud_enabled": _fraud(outcome, settled),
    }


def _scale(outcome: Outcome, settled: Settled, rows: npt.NDArray[np.int32]) -> str:
    state = outcome.state
    sent = state.window.traffic.sent_us[rows]
    days = max(float(sent[-1] - sent[0]) / 86.4e9, 1.0)
    per_day = rows.size / days
    volumes = state.of("exchanges")
    ordinary = float(np.median(volumes[volumes > 0]))
    text = (
        f"{rows.size:,} exchanges over {settled.members.nodes.size:,} accounts, "
        f"{per_day:,.0f} a day; "
        f"the median account of the window sent {ordinary:,.0f} in all"
    )
    if per_day >= SCALE_PER_DAY and rows.size >= SCALE_TIMES * ordinary:
        return f"met: {text}"
    return f"not shown: {text}"


def _covert(settled: Settled) -> str:
    families = ", ".join(sorted(settled.weighing.support))
    return (
        f"met: one operator is indicated by {families}, and the accounts do not declare "
        "themselves as one customer"
    )


def _unauthorised(outcome: Outcome) -> str:
    if "disclosed" not in outcome.state.window.population.known_us:
        return "could not look: the account table does not say which uses were disclosed and agreed"
    return "met: no use of these accounts was disclosed and agreed beforehand"


def _fraud(outcome: Outcome, settled: Settled) -> str:
    readings = settled.weighing.readings
    grounds = [
        f"{name.replace('_', ' ')} {readings[name].bits:+.1f} bits"
        for name in FRAUD_SIGNALS
        if name in readings and readings[name].bits >= FRAUD_BITS
    ]
    if grounds:
        return "met: accounts were not opened independently (" + "; ".join(grounds) + ")"
    if all(name in outcome.not_looked for name in FRAUD_SIGNALS):
        return "could not look: no column on payment, devices, contacts or openings"
    return "not shown: openings, payment and devices look independent"
