"""shared_contact"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-6


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "contact", INNOCENT_SHARE, "contact patterns")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_contact",
    family="identity",
    question="operator",
    reads=("contact",),
    twin="one mail host, one naming habit of a firm",
    weigh=weigh,
    techniques=("SWT-A1",),
)
