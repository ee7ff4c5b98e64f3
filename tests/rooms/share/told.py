"""A campaign that was found, and bulletins of it, for the tests of the room."""

from __future__ import annotations

from typing import Any

import orjson
from stix2validator import ValidationOptions, validate_instance

from stillwatch.model.marking import Marking
from stillwatch.share.bulletins import bulletin_of
from stillwatch.share.indicators import Indicator
from stillwatch.share.lists import OriginClass, Response, Service
from stillwatch.share.wire import Span
from tests.rooms.share.marked import DAY_US, NOW_US, marking

SECRET = bytes(range(32))


def campaign(**changes: Any) -> dict[str, Any]:
    """One campaign of ``stillwatch.campaigns/1``, as ``detect --json`` prints it."""
    return {
        "id": "campaign:644b9003f5aa",
        "weight_bits": 58.9,
        "fdr": 1.8e-6,
        "families": {"content": 12.0, "payment": 10.0, "timing": 23.9, "network": 13.0},
        "harvest": {"content": 5.4},
        "claims": {
            "industrial_scale": "met: 23,138 exchanges over 180 accounts, 4,003 a day",
            "covert": "met: one operator is indicated by content",
            "unauthorised": "could not look: the account table does not say",
            "fraud_enabled": "not shown: openings, payment and devices look independent",
        },
        "accounts": [{"account": f"a-{n}", "membership": 1.0, "weight_bits": 9.0}
                     for n in range(180)],
        "n_exchanges": 23138,
        "output_tokens": 5508928,
        "models": {"orrery-3": 1.0},
        "first_seen": "2026-03-03T05:17:12.883458Z",
        "last_seen": "2026-03-08T23:59:54.327894Z",
        "detected_at": "2026-03-03T08:59:40.682592Z",
        "techniques": ["SWT-A1", "SWT-E1", "SWT-L2"],
        "signals": [
            {"signal": "SWS-1", "name": "load_balance", "family": "timing", "bits": 23.9,
             "observed": "180 members, volumes vary by 14%", "evidence": []},
            {"signal": "SWS-2", "name": "shared_payment", "family": "payment", "bits": 10.0,
             "observed": "45 of 180 members", "evidence": ["payment:075ac4e5a3411081"]},
        ],
        "rivals": [{"hypothesis": "campus", "bits": -37.3, "why": "strangers"}],
        **changes,
    }  # fmt: skip


def an_indicator(pattern: str = "[domain-name:value = 'relay.example']") -> Indicator:
    """A pattern that was read in public."""
    return Indicator(
        pattern=pattern,
        origin_class=OriginClass.PUBLIC,
        span=Span(document="document:" + "0" * 40, place="page 147", words="words:" + "1" * 40),
        from_us=NOW_US,
        until_us=NOW_US + DAY_US,
    )


def bulletin(mark: Marking | None = None, **changes: Any) -> dict[str, Any]:
    """A bulletin with one of everything."""
    told: dict[str, Any] = {
        "secret": SECRET, "now_us": NOW_US, "roles": ["model-provider"], "service": Service.API,
        "responses": [Response.SUSPENDED], "indicators": [an_indicator()],
    }  # fmt: skip
    found = changes.pop("campaign", None) or campaign()
    return bulletin_of(found, mark or marking(), **{**told, **changes})


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The objects of one type."""
    return [one for one in bundle["objects"] if one["type"] == kind]


def complaints(bundle: dict[str, Any]) -> list[str]:
    """What the validator of OASIS says: errors and warnings, every check switched on."""
    result = validate_instance(orjson.loads(orjson.dumps(bundle)), ValidationOptions(version="2.1"))
    return [str(one) for one in (*(result.errors or ()), *(result.warnings or ()))]
