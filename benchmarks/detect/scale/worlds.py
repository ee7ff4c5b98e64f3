"""The worlds of the published scale, and smaller and larger ones of the same kind."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.detect.scale.measuring import STILLWATCH, measured
from stillwatch.adapters.labelled import read_columns

#: exchanges that Anthropic named in February 2026, of about 24,000 accounts.
PUBLISHED = 16_550_000
SIZES = {
    "200k": 200_000,
    "1M": 1_000_000,
    "4M": 4_000_000,
    "16M": PUBLISHED,
    "50M": 50_000_000,
}
#: campaign accounts at the published size, 24,000 in all, and the benign ones around them.
CAMPAIGNS = {
    "C02": 400, "C03": 327, "C04": 20_000, "C05": 500, "C08": 1_500, "C11": 273, "C12": 1_000,
}  # fmt: skip
N_BENIGN = 226_100
LEAST_ACCOUNTS = 12
PROMPT_CHARS = 810
ROWS_A_FILE = 600_000
SEED = 1
#: worlds of a million exchanges that are hard in one way: what is put in place of the usual.
STRESSES: dict[str, dict[str, str]] = {
    "loud account": {"--stress": "loud-account"},
    "one template": {"--stress": "one-template"},
    "one cluster": {"--fixture": "C04", "--campaign-accounts": "C04=20000"},
}


@dataclass(frozen=True, slots=True)
class Made:
    """A world on disk: what it holds and what it took to make."""

    label: str
    n_exchanges: int
    n_accounts: int
    n_campaign_accounts: int
    mean_prompt_chars: float
    n_bytes: int
    make_cpu_s: float
    make_wall_s: float
    make_peak_mib: float


def options_of(n: int, instead: dict[str, str] | None = None) -> dict[str, str]:
    """Options of ``stillwatch lab simulate`` for a world of ``n`` exchanges.

    Accounts and campaigns are to the exchanges as at the published size; no campaign has
    fewer than a dozen accounts.
    """
    share = n / PUBLISHED
    sizes = {name: max(LEAST_ACCOUNTS, round(size * share)) for name, size in CAMPAIGNS.items()}
    usual = {
        "--accounts": str(math.ceil(N_BENIGN * share)),
        "--fixture": ",".join(CAMPAIGNS),
        "--campaign-accounts": ",".join(f"{name}={size}" for name, size in sizes.items()),
        "--exchanges": str(n),
        "--prompt-chars": str(PROMPT_CHARS),
        "--files": str(max(2, math.ceil(n / ROWS_A_FILE))),
        "--seed": str(SEED),
    }
    return usual | (instead or {})


def made(label: str, options: dict[str, str], place: Path) -> tuple[Path, Made]:
    """Make a world below ``place``, or take the one that stands there with equal options."""
    folder = place / label.replace(" ", "-")
    note = folder / "made.json"
    if note.is_file():
        known: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        if known.pop("options") == options:
            return folder, Made(**known)
        note.unlink()
    words = [word for pair in options.items() for word in pair]
    took = measured([STILLWATCH, "lab", "simulate", folder, *words], place / "made.log")
    truth = read_columns(folder / "truth.parquet", ("campaign",))
    n_rows, mean_chars, n_bytes = _looked_at(folder / "exchanges")
    world = Made(
        label,
        n_rows,
        truth.num_rows,
        truth.num_rows - truth["campaign"].null_count,
        mean_chars,
        n_bytes,
        took.cpu_s,
        took.wall_s,
        took.peak_mib,
    )
    told = json.dumps({"options": options, **asdict(world)}, indent=2)
    note.write_text(told + "\n", encoding="utf-8")
    return folder, world


def _looked_at(folder: Path) -> tuple[int, float, int]:
    """Rows, mean characters of a prompt and bytes of a folder of exchanges."""
    n_rows = n_prompts = n_chars = n_bytes = 0
    for path in sorted(folder.glob("*.parquet")):
        n_bytes += path.stat().st_size
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(65_536, columns=["prompt"]):
                lengths = pc.utf8_length(batch.column(0))
                n_rows += len(lengths)
                n_prompts += len(lengths) - lengths.null_count
                n_chars += pc.sum(lengths).as_py() or 0
    return n_rows, n_chars / max(n_prompts, 1), n_bytes
