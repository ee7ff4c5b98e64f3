"""shared_address"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing beyond chance."""
    return sharing(group, "address", INNOCENT_SHARE, "addresses")


SIGNAL = Signal(
    id="SWS-11",
    name="shared_address",
    family="network",
    question="operator",
    reads=("address",),
    twin="CGNAT, campus, VPN, cloud NAT",
    weigh=weigh,
    techniques=("SWT-E1",),
)
