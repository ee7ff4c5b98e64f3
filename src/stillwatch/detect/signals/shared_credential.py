"""shared_credential"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "credential", INNOCENT_SHARE, "credentials")


SIGNAL = Signal(
    id="SWS-10",
    name="shared_credential",
    family="identity",
    question="operator",
    reads=("credential",),
    twin="a key moved between accounts of one team",
    weigh=weigh,
    techniques=("SWT-A4",),
)
