"""Run the example: ``python -m examples.defended_server FOLDER [PORT]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import uvicorn

from examples.defended_server.server import Defences, Defended
from stillwatch.adapters.defend.key_files import KeptRing, new_ring
from stillwatch.adapters.defend.outside_file import OutsideFile
from stillwatch.adapters.defend.slots import load_slots


def made(folder: Path) -> Defended:
    """The application over a folder; its ring is made where there is none."""
    ring = folder / "ring.json"
    if not ring.exists():
        new_ring(ring, time.time_ns() // 1_000)
    return Defended(
        Defences(
            ring=KeptRing(ring),
            outside=OutsideFile(folder / "outside.jsonl"),
            reserve=folder / "reserve.jsonl",
            reserve_share=0.01,
            slots=load_slots(Path(__file__).with_name("slots.toml")),
        )
    )


if __name__ == "__main__":
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8765
    uvicorn.run(made(Path(sys.argv[1])), host="127.0.0.1", port=port)
