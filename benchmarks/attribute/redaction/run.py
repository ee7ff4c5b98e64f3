"""Which planted secrets are taken out before sealing, and how much ordinary text goes with them.

PYTHONPATH=. python benchmarks/attribute/redaction/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import datafog_core
import numpy as np
from kingfisher_sdk import DetectionScanner, Rules
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.attribute.redaction.planting import Planted, planted  # noqa: E402
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.custody.detectors import redactor  # noqa: E402
from stillwatch.attribute.redaction.spans import Span, merged, without  # noqa: E402

SEED = 11
PIECE_CHARS = 1_500
_CODE = (
    "argparse.py", "asyncio/base_events.py", "email/message.py", "hashlib.py", "http/client.py",
    "json/decoder.py", "logging/__init__.py", "secrets.py", "smtplib.py", "ssl.py",
    "statistics.py", "tarfile.py", "typing.py", "unittest/mock.py", "uuid.py",
)  # fmt: skip
Redact = Callable[[bytes], tuple[bytes, dict[str, int]]]


def ours(data: bytes) -> tuple[bytes, dict[str, int]]:
    """The redactor as it is used."""
    done = redactor().redact(data)
    return done.content, done.counts


def alone() -> list[tuple[str, Redact]]:
    """The kept detectors by themselves."""
    scanner = DetectionScanner(Rules())

    def kingfisher(data: bytes) -> tuple[bytes, dict[str, int]]:
        places = [finding.location for finding in scanner.scan(data)]
        return without(
            data, merged(Span(p["start_offset"], p["end_offset"], "secret") for p in places)
        )

    def datafog(data: bytes) -> tuple[bytes, dict[str, int]]:
        found = datafog_core.scan(data.decode(), {})
        spans = (Span(f.byte_range.start, f.byte_range.end, "secret") for f in found)
        return without(data, merged(spans))

    return [("kingfisher alone", kingfisher), ("datafog-core alone", datafog)]


def recall(name: str, redact: Redact, texts: list[Planted]) -> list[dict[str, Any]]:
    """Rows by format and by carrier, and one for all."""
    n: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    begun = time.process_time()
    for one in texts:
        left = redact(one.text.encode())[0].decode()
        for key in (("format", one.kind), ("carrier", one.carrier), ("all", "all")):
            n[key] += 1
            found[key] += not one.leaks(left)
    cpu_us = 1e6 * (time.process_time() - begun) / len(texts)
    rows = []
    for kind, what in n:
        hits, tried = found[kind, what], n[kind, what]
        rows.append({
            "kind": f"recall by {kind}", "name": what, "by": name, "n": tried, "n_found": hits,
            "recall": hits / tried,
            "low_95": float(beta.ppf(0.025, hits, tried - hits + 1)) if hits else 0.0,
            "cpu_us_each": cpu_us if kind == "all" else None,
        })  # fmt: skip
    told(f"{name}: {found['all', 'all']} of {len(texts)}")
    return rows


def pieces(texts: Iterable[str]) -> list[bytes]:
    """Texts in pieces of the length of a prompt."""
    return [
        text[i : i + PIECE_CHARS].encode()
        for text in texts
        for i in range(0, len(text), PIECE_CHARS)
    ]


def ordinary() -> list[tuple[str, list[bytes]]]:
    """Text that nobody planted anything in; addresses that stand in it are rightly taken out."""
    library = Path(sysconfig.get_paths()["stdlib"])
    code = [(library / name).read_text("utf-8") for name in _CODE]
    pages = [path.read_text("utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))]
    own = [path.read_text("utf-8") for path in sorted((ROOT / "src").rglob("detect/**/*.py"))]
    return [("code of the standard library", pieces(code)),
            ("documentation in prose", pieces(pages)),
            ("code with word lists in nine languages", pieces(own))]  # fmt: skip


def false_redactions(name: str, texts: list[bytes]) -> dict[str, Any]:
    """How much of ordinary text was taken out."""
    n_bytes = gone = n_hit = 0
    counts: Counter[str] = Counter()
    for text in texts:
        left, taken = ours(text)
        n_marks = sum(len(f"[redacted:{kind}]") * n for kind, n in taken.items())
        n_bytes += len(text)
        gone += len(text) - (len(left) - n_marks)
        n_hit += bool(taken)
        counts.update(taken)
    told(f"{name}: {gone} of {n_bytes} bytes, {dict(counts)}")
    return {
        "kind": "ordinary", "name": name, "by": "stillwatch", "n": len(texts), "n_hit": n_hit,
        "share_of_bytes": gone / n_bytes, "secrets": counts["secret"],
        "personal": sum(counts.values()) - counts["secret"],
    }  # fmt: skip


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    whole = {row["by"]: row for row in rows if row["kind"] == "recall by all"}
    by_kind = [r for r in rows if r["kind"] == "recall by format" and r["by"] == "stillwatch"]
    least = min(by_kind, key=lambda row: row["recall"])
    mine = whole["stillwatch"]
    apart = [row for row in rows if row["kind"] == "ordinary"]
    return [
        f"{mine['recall']:.2%} of {mine['n']:,} planted secrets in {len(by_kind)} formats are "
        f"taken out (at least {mine['low_95']:.2%}, 95%); of the hardest format, {least['name']}, "
        f"{least['recall']:.1%}.",
        "The kept detectors alone: "
        + ", ".join(f"{n.removesuffix(' alone')} {r['recall']:.1%}" for n, r in whole.items()
                    if n != "stillwatch") + ".",
        "Of ordinary text, " + ", ".join(
            f"{row['share_of_bytes']:.3%} ({row['name']})" for row in apart) + " is taken out.",
        f"A text takes {mine['cpu_us_each']:.0f} us of processor.",
    ]  # fmt: skip


def main() -> None:
    """Plant, look, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 72 texts of each kind")
    asked = parser.parse_args()
    each = 72 if asked.full else 6
    texts = list(planted(each, np.random.default_rng(SEED)))
    ours(b"warm")
    rows = recall("stillwatch", ours, texts)
    for name, redact in alone():
        rows += recall(name, redact, texts)
    for name, apart in ordinary():
        rows.append(false_redactions(name, apart))
    print(table(rows))
    facts = {"seed": SEED, "texts": len(texts), "of_each": each, "piece_chars": PIECE_CHARS}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
