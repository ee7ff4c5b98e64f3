"""shared_device"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "device", INNOCENT_SHARE, "registration devices")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_device",
    family="identity",
    question="operator",
    reads=("device",),
    twin="a laboratory, a library, a family",
    weigh=weigh,
    techniques=("SWT-A1",),
)
