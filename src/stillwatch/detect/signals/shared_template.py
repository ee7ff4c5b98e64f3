"""shared_template"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-12


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "template", INNOCENT_SHARE, "prompt templates")


SIGNAL = Signal(
    id="SWS-3",
    name="shared_template",
    family="content",
    question="operator",
    reads=(),
    twin="a popular harness or open-source tool, homework",
    weigh=weigh,
    techniques=("SWT-L1",),
)
