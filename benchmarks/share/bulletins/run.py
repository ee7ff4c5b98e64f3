"""What a bulletin costs: made, cut for a partner, sealed, opened, read, as a MISP event and back.

PYTHONPATH=. python benchmarks/share/bulletins/run.py [--full]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import orjson  # noqa: E402
import stix2  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from stix2validator import ValidationOptions, validate_instance  # noqa: E402

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.share.made import MARKING, NOW_US, bundle  # noqa: E402
from stillwatch.adapters.share.misp import bundle_from, event_from, event_of  # noqa: E402
from stillwatch.model.party import Party  # noqa: E402
from stillwatch.share.cutting import released_bundle  # noqa: E402
from stillwatch.share.markings import marking_object  # noqa: E402
from stillwatch.share.reading import Taking, read_bundle  # noqa: E402
from stillwatch.share.releasing import may_release  # noqa: E402
from stillwatch.share.sealing import Kind, opened, sealed  # noqa: E402

ALPHA = Party(name="alpha", jurisdiction="US", communities=frozenset({"labs"}))
KNOWN = {marking_object(MARKING)["id"]: MARKING}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def spent(work: Callable[[], object], rounds: int) -> float:
    """Median processor time of one round, in milliseconds."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        found.append((time.process_time() - begun) * 1e3)
    return statistics.median(found)


def by_stix2(data: bytes) -> list[str]:
    """The peer: the library of OASIS reads and writes the same objects, and checks no more."""
    return [
        stix2.parse(one, allow_custom=False, version="2.1").serialize()
        for one in orjson.loads(data)["objects"]
    ]


def steps() -> dict[str, Callable[[], object]]:
    """What is done with a bulletin, by name."""
    made = bundle()
    data = orjson.dumps(made)
    letter = sealed(
        data, sender="omega", recipient="alpha", kind=Kind.BULLETIN, now_us=NOW_US, key=KEY
    )
    event = event_of(made).to_json().encode()
    taking = Taking(sender="omega", me="alpha", now_us=NOW_US)
    return {
        "peer: stix2 reads and writes": lambda: by_stix2(data),
        "peer: stix2-validator": lambda: validate_instance(
            orjson.loads(data), ValidationOptions(version="2.1")
        ),
        "make": bundle,
        "ask whether it may go": lambda: may_release(MARKING, ALPHA, NOW_US),
        "cut for a partner": lambda: released_bundle(made, KNOWN, ALPHA, NOW_US),
        "seal": lambda: sealed(
            data, sender="omega", recipient="alpha", kind=Kind.BULLETIN, now_us=NOW_US, key=KEY
        ),
        "open": lambda: opened(letter, {"omega": PEM}),
        "read": lambda: read_bundle(data, taking),
        "to MISP": lambda: event_of(made).to_json(),
        "from MISP": lambda: bundle_from(event_from(event)),
    }


def main() -> None:
    """Time each, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 41 rounds of each")
    asked = parser.parse_args()
    rounds = 41 if asked.full else 9
    made = bundle()
    n_objects, n_bytes = len(made["objects"]), len(orjson.dumps(made))
    rows: list[dict[str, Any]] = []
    for name, work in steps().items():
        work()
        cpu_ms = spent(work, rounds)
        peer_ms = rows[0]["cpu_ms"] if rows else cpu_ms
        rows.append({
            "step": name, "cpu_ms": cpu_ms, "cpu_us_an_object": cpu_ms * 1e3 / n_objects,
            "times_stix2": cpu_ms / peer_ms,
        })  # fmt: skip
        told(f"{name}: {cpu_ms:.2f} ms of processor")
    print(table(rows))
    facts = {"objects": n_objects, "bytes": n_bytes, "rounds": rounds}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    by = {row["step"]: row for row in rows}
    return [
        f"Making a bulletin takes {by['make']['cpu_ms']:.0f} ms of processor "
        f"({by['make']['times_stix2']:.1f} times what stix2 needs to read and write it), reading "
        f"one with every check {by['read']['cpu_ms']:.0f} ms ({by['read']['times_stix2']:.1f} "
        f"times); the validator of OASIS {by['peer: stix2-validator']['cpu_ms']:.0f} ms.",
        f"Whether it may go is asked in {by['ask whether it may go']['cpu_ms'] * 1e3:.0f} us.",
    ]


if __name__ == "__main__":
    main()
