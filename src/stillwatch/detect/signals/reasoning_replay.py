"""reasoning_replay"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-20


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "replayed_reasoning", INNOCENT_SHARE, "replayed reasoning blocks")


SIGNAL = Signal(
    id="SWS-16",
    name="reasoning_replay",
    family="content",
    question="operator",
    reads=("replayed_reasoning",),
    twin="session resume, shared-project hand-off inside one organisation",
    weigh=weigh,
    techniques=("SWT-L6",),
)
