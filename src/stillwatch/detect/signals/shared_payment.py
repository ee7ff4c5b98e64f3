"""shared_payment"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-10


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "payment", INNOCENT_SHARE, "payment instruments")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_payment",
    family="payment",
    question="operator",
    reads=("payment",),
    twin="company card, university purchasing",
    weigh=weigh,
    techniques=("SWT-A3",),
)
