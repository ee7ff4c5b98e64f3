"""Whether every change of a signed review is found, and what a review costs.

PYTHONPATH=. python benchmarks/vet/review/run.py [--full]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.serialization import (  # noqa: E402
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from scipy.stats import beta  # noqa: E402

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.pages import pdf_of  # noqa: E402
from stillwatch.adapters.reviewing.attesting import attest  # noqa: E402
from stillwatch.adapters.reviewing.hashing import inventory_of  # noqa: E402
from stillwatch.adapters.reviewing.making import Forms, gather, make  # noqa: E402
from stillwatch.adapters.reviewing.names import DIGESTS  # noqa: E402
from stillwatch.adapters.reviewing.page import page_of  # noqa: E402
from stillwatch.adapters.reviewing.rehearsal import made_tool  # noqa: E402
from stillwatch.adapters.reviewing.toolfile import load_tool  # noqa: E402
from stillwatch.adapters.reviewing.verifying import verify  # noqa: E402
from stillwatch.adapters.reviewing.writing import held, write_report  # noqa: E402
from stillwatch.adapters.settings import Settings  # noqa: E402
from stillwatch.adapters.signing import new_key  # noqa: E402
from stillwatch.vet.review.modes import Mode  # noqa: E402

PYTHON = os.environ.get("STILLWATCH_REVIEW__SIGNING_PYTHON", str(ROOT / ".venv-signing/bin/python"))
#: 26 November 2026, 12:00 UTC.
NOW_US = 1_795_694_400_000_000


def report_in(folder: Path) -> tuple[Path, Path, Callable[[], Forms]]:
    """A signed report of a made tool with its PDF, the reviewer's public key, and what makes it."""
    for name, content in made_tool(1, 0).items():
        path = folder / "tool" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    settings, file = Settings(), load_tool(folder / "tool/TOOL.toml")
    key = new_key(folder / "key.pem", "Ann Lee")
    (folder / "key.pub").write_text(key.public_pem)

    def made() -> Forms:
        gathered = gather(file, settings)
        return make(gathered, settings, mode=Mode.PRIVATE, made_us=NOW_US, pdf=False)

    forms = made()
    contents = dict(forms.contents)
    contents["report.pdf"] = pdf_of(page_of(forms.document), "x")
    contents |= attest(forms.document, contents, folder / "key.pem", "Ann Lee")
    write_report(contents, forms.document, folder / "report")
    return folder / "report", folder / "key.pub", made


def changed(folder: Path, key: Path, n: int, *, repaired: bool) -> dict[str, Any]:
    """Change one bit, look, change it back, ``n`` times."""
    rng = np.random.default_rng(7)
    names = [name for name in held(folder) if not (repaired and name == DIGESTS)]
    lengths = np.array([(folder / name).stat().st_size for name in names], float)
    sums = (folder / DIGESTS).read_bytes()
    n_found = peer_found = 0
    for _ in range(n):
        path = folder / names[rng.choice(len(names), p=lengths / lengths.sum())]
        content = bytearray(path.read_bytes())
        before, at = bytes(content), int(rng.integers(len(content)))
        content[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        if repaired:
            digests = (hashlib.sha256(one).hexdigest().encode() for one in (before, bytes(content)))
            (folder / DIGESTS).write_bytes(sums.replace(*digests))
        checks = verify(folder, now_us=NOW_US, key=key)
        n_found += any(one.holds is False for one in checks)
        done = subprocess.run(
            ["sha256sum", "-c", "--status", DIGESTS], cwd=folder, check=False,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        peer_found += done.returncode != 0
        path.write_bytes(before)
        (folder / DIGESTS).write_bytes(sums)
    missed = n - n_found
    return {
        "kind": "change", "name": "digests repaired" if repaired else "digests left", "n": n,
        "n_found": n_found, "peer_found": peer_found,
        "missed_high_95": float(beta.ppf(0.975, missed + 1, n - missed)) if missed < n else 1.0,
    }  # fmt: skip


def spent(work: Callable[[], object], rounds: int) -> float:
    """Median processor seconds of a round in this process."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return statistics.median(found)


def spent_by(words: list[str], rounds: int) -> float:
    """Median processor seconds of a program."""
    found = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(found)


def hashed(folder: Path, mib: int, rounds: int) -> list[dict[str, Any]]:
    """The same model read whole by three programs."""
    model = folder / "model"
    model.mkdir()
    rng = np.random.default_rng(1)
    for n in range(4):
        (model / f"w{n}.safetensors").write_bytes(rng.bytes(mib * 2**20 // 4))
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ec.pem").write_bytes(pem)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "ec.pub").write_bytes(public)
    program = [PYTHON, "-I", "-m", "model_signing"]
    signature = ["--signature", str(folder / "model.sig")]
    subprocess.run([*program, "sign", "key", str(model), *signature, "--private_key",
                    str(folder / "ec.pem")], check=True, capture_output=True)  # fmt: skip
    files = sorted(str(path) for path in model.iterdir())
    times = {
        "sha256sum": spent_by(["sha256sum", *files], rounds),
        "stillwatch": spent(lambda: inventory_of(model), rounds),
        "model-signing verify": spent_by(
            [*program, "verify", "key", str(model), *signature, "--public_key",
             str(folder / "ec.pub")], rounds),
    }  # fmt: skip
    return [
        {"kind": "hash", "name": name, "mib": mib, "cpu_s": cpu_s,
         "times_sha256sum": cpu_s / times["sha256sum"]}
        for name, cpu_s in times.items()
    ]  # fmt: skip


def main() -> None:
    """Change, time, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; five times the changes")
    asked = parser.parse_args()
    n, mib, rounds = (300, 256, 5) if asked.full else (60, 64, 3)
    with TemporaryDirectory() as name:
        folder = Path(name)
        report, key, made = report_in(folder)
        rows = [changed(report, key, n, repaired=repaired) for repaired in (False, True)]
        told(f"{rows[0]['n_found']} and {rows[1]['n_found']} of {n} changes found")
        page = page_of(made().document)
        steps: dict[str, Callable[[], object]] = {
            "report without PDF": made,
            "PDF": lambda: pdf_of(page, "x"),
            "verify": lambda: verify(report, now_us=NOW_US, key=key),
        }
        rows += [
            {"kind": "cost", "name": step, "cpu_s": spent(work, rounds)}
            for step, work in steps.items()
        ]
        rows += hashed(folder, mib, rounds)
    print(table(rows))
    freeze(HERE, rows, full=asked.full, facts={"rounds": rounds}, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    by = {row["name"]: row for row in rows}
    left, repaired = by["digests left"], by["digests repaired"]
    n = left["n"] + repaired["n"]
    return [
        f"Of {n:,} changed bits of a signed report {left['n_found'] + repaired['n_found']:,} are "
        f"found; of the {repaired['n']:,} whose digest was repaired sha256sum finds "
        f"{repaired['peer_found']:,}.",
        f"A report takes {by['report without PDF']['cpu_s']:.2f} s of processor, its PDF "
        f"{by['PDF']['cpu_s']:.2f} s more, a check {by['verify']['cpu_s']:.2f} s.",
        f"A model is hashed at {by['stillwatch']['times_sha256sum']:.2f} times the cost of "
        "sha256sum; model-signing takes "
        f"{by['model-signing verify']['times_sha256sum']:.1f} times.",
    ]


if __name__ == "__main__":
    main()
