"""task_concentration"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal


def weigh(group: Group) -> Reading:
    """Weigh the share against the population."""
    return unusual_share(group, "task", "are self-contained, data-set-like tasks", 0.2)


SIGNAL = Signal(
    id="SWS-4",
    name="task_concentration",
    family="content",
    question="harvest",
    reads=(),
    twin="vertical SaaS, data-set builders",
    weigh=weigh,
    techniques=("SWT-L1", "SWT-L9"),
)
