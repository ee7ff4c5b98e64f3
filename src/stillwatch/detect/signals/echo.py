"""echo"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-20


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "echo", INNOCENT_SHARE, "spans that the model had given to another member")


SIGNAL = Signal(
    id="SWS-19",
    name="echo",
    family="content",
    question="operator",
    reads=(),
    twin="a text that many accounts received",
    weigh=weigh,
    techniques=("SWT-L11",),
)
