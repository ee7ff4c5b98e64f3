"""A campaign and its bulletin, for the benchmarks of the room."""

from __future__ import annotations

from typing import Any

from stillwatch.model.marking import LegalBasis, Marking, Tlp
from stillwatch.share.bulletins import bulletin_of
from stillwatch.share.indicators import Indicator
from stillwatch.share.lists import OriginClass, Response, Service
from stillwatch.share.techniques import TECHNIQUES
from stillwatch.share.wire import Span

NOW_US = 1_780_000_000_000_000
DAY_US = 86_400_000_000
MARKING = Marking(
    tlp=Tlp.AMBER,
    owner="omega",
    until_us=NOW_US + 90 * DAY_US,
    basis=LegalBasis(name="contract 7", kind="contract", from_us=0, until_us=NOW_US + 365 * DAY_US),
    communities=frozenset({"labs"}),
    jurisdictions=frozenset({"US"}),
)


def campaign(number: int = 0) -> dict[str, Any]:
    """A campaign of ``stillwatch.campaigns/1``."""
    families = {"content": 12.0, "payment": 10.0, "timing": 23.9, "network": 8.0, "identity": 8.0}
    return {
        "id": f"campaign:{number:012x}",
        "weight_bits": sum(families.values()),
        "fdr": 1e-6,
        "families": families,
        "claims": {"industrial_scale": "met: x", "covert": "met: x"},
        "accounts": [{"account": f"a{n}"} for n in range(180)],
        "n_exchanges": 23138,
        "first_seen": "2026-03-03T05:17:12Z",
        "last_seen": "2026-03-08T23:59:54Z",
        "detected_at": "2026-03-03T08:59:40Z",
        "techniques": [one.id for one in TECHNIQUES[:12]],
        "signals": [
            {"signal": f"SWS-{n}", "family": "timing", "bits": float(n)} for n in range(1, 14)
        ],
        "rivals": [{"bits": -37.3}],
    }


def bundle(number: int = 0) -> dict[str, Any]:
    """Its bulletin, with one of everything."""
    indicator = Indicator(
        pattern="[domain-name:value = 'relay.example']",
        origin_class=OriginClass.PUBLIC,
        span=Span(document="document:" + "0" * 40, place="page 147", words="words:" + "1" * 40),
        from_us=NOW_US,
        until_us=NOW_US + DAY_US,
    )
    return bulletin_of(
        campaign(number), MARKING, secret=bytes(32), now_us=NOW_US, roles=["model-provider"],
        service=Service.API, responses=[Response.SUSPENDED], indicators=[indicator],
    )  # fmt: skip
