"""judge_use"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal


def weigh(group: Group) -> Reading:
    """Weigh the share against the population."""
    return unusual_share(group, "judge", "use the model as a judge or reward model", 0.01)


SIGNAL = Signal(
    id="SWS-6",
    name="judge_use",
    family="content",
    question="harvest",
    reads=(),
    twin="LLM-as-judge evaluations",
    weigh=weigh,
    techniques=("SWT-L8",),
)
