"""reasoning_elicitation"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal


def weigh(group: Group) -> Reading:
    """Weigh the share against the population."""
    return unusual_share(group, "reasoning", "ask for hidden reasoning", 0.01)


SIGNAL = Signal(
    id="SWS-5",
    name="reasoning_elicitation",
    family="content",
    question="harvest",
    reads=(),
    twin="audit, explainability and monitorability work",
    weigh=weigh,
    techniques=("SWT-L2",),
)
