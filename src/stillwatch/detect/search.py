"""Search: replay a window look by look, and settle who belongs to what was opened."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from stillwatch.detect.links import Links
from stillwatch.detect.looks import LooksOfLinks
from stillwatch.detect.replay import Replay
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.settling import Outcome
from stillwatch.detect.traffic import Traffic
from stillwatch.model.release import Release


def search(
    traffic: Traffic,
    accounts: pa.Table | None = None,
    releases: tuple[Release, ...] = (),
    settings: DetectSettings | None = None,
    on_look: Callable[[int, int], None] | None = None,
    links: Links | LooksOfLinks | None = None,
) -> Outcome:
    """Look for campaigns in a window of traffic.

    Args:
        traffic: the exchanges.
        accounts: the account table in ``ACCOUNTS_SCHEMA``, if there is one.
        releases: models and when they were released.
        settings: what the search may be told; defaults otherwise.
        on_look: called after each look with (looks so far, looks in all).
        links: what ``build_links`` makes of the traffic and its accounts, where that was
            made already; by looks, if those are of the clock that ``clock_of`` gives.

    Returns:
        What was found. Same input and settings, same outcome, in whatever order the
        exchanges came.
    """
    replay = Replay(settings or DetectSettings(), on_look=on_look)
    replay.go_on(traffic, accounts, releases, links=links)
    return replay.outcome()
