"""Read a world and link its traits by an engine; print a digest of both and what was said."""

from __future__ import annotations

import hashlib
import sys
from functools import partial
from pathlib import Path

import numpy as np
import orjson

from stillwatch.adapters.engines import parse_engine
from stillwatch.adapters.engines.driving import Elsewhere
from stillwatch.adapters.engines.ray_engine import connected
from stillwatch.adapters.gathering import Rejects
from stillwatch.adapters.ingest import ingest, read_key
from stillwatch.adapters.readers import open_exchanges, read_accounts
from stillwatch.adapters.shelving import Overflow
from stillwatch.detect.links import Links, build_links
from stillwatch.detect.population import build_population
from stillwatch.detect.traffic import Traffic
from stillwatch.model.errors import StillwatchError


def gathered(folder: Path, engine: str, part_mib: int, said: list[str]) -> tuple[Traffic, Links]:
    """Traffic and links of a world."""
    rejects = Rejects(None, remember=False)
    reading = open_exchanges([folder / "exchanges"], on_reject=rejects)
    table, key = read_accounts(folder / "accounts.parquet"), read_key(None)
    address = parse_engine(engine)
    if address is None:
        traffic = ingest(reading, key, hear=reading.responds)
        return traffic, build_links(traffic, build_population(traffic, table), Overflow())
    made = Elsewhere(
        connect=partial(connected, address, unauthenticated=False, say=said.append),
        reading=reading, rejects=rejects, key=key, say=said.append, part_bytes=part_mib << 20,
        on_rows=lambda _: None, on_linking=lambda: None,
    )  # fmt: skip
    return made.traffic_and_links(table)


def main() -> None:
    """Gather and print."""
    folder, engine, part_mib = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    said: list[str] = []
    traffic, links = gathered(folder, engine, part_mib, said)
    digest = hashlib.blake2b(digest_size=8)
    arrays = [traffic.sent_us, traffic.account, traffic.digest, traffic.flags]
    arrays += [*traffic.codes.values(), links.key, links.offsets, links.node, links.known_us]
    for values in arrays:
        digest.update(np.ascontiguousarray(values).tobytes())
    found = {"n": traffic.n, "digest": digest.hexdigest(), "said": said}
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    try:
        main()
    except StillwatchError as error:
        # 1 stands for campaigns that were found
        print(error, error.__cause__, file=sys.stderr)
        sys.exit(2)
