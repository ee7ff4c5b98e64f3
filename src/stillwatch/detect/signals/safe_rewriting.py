"""safe_rewriting"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal


def weigh(group: Group) -> Reading:
    """Weigh the share against the population."""
    return unusual_share(group, "rewrite", "ask for censorship-safe rewriting", 0.01)


SIGNAL = Signal(
    id="SWS-5",
    name="safe_rewriting",
    family="content",
    question="harvest",
    reads=(),
    twin="editors, translators",
    weigh=weigh,
    techniques=("SWT-L10",),
)
