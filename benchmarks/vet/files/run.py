"""Which hostile files are found by whom, which honest ones are hit, and what a file costs.

PYTHONPATH=. python benchmarks/vet/files/run.py [--scanners FOLDER] [--full]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scipy.stats import beta  # noqa: E402

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.scanning.examining import Examined, examine  # noqa: E402
from stillwatch.adapters.scanning.scanners import SCANNERS  # noqa: E402
from stillwatch.adapters.scanning.settings import FilesSection  # noqa: E402
from stillwatch.vet.files import Record, Verdict, judged  # noqa: E402
from stillwatch.vet.files.checks import OWN  # noqa: E402
from stillwatch.vet.files.pickle_rules import rule_on_import  # noqa: E402
from stillwatch.vet.files.records import alone_by  # noqa: E402
from stillwatch.vet.files.verdicts import gravest  # noqa: E402
from tests.rooms.vet.files_made import chat_templates  # noqa: E402
from tests.rooms.vet.files_made.every import HONEST, HOSTILE, made  # noqa: E402

QUICK = ("picklescan", "fickling")
TOGETHER = "all together"
#: what a scanner's own environment prints: the names that it lists as bad.
LISTS = {
    "picklescan": """
from picklescan.scanner import _unsafe_globals as listed
for module, names in listed.items():
    names = ["anything"] if names == "*" else [names] if isinstance(names, str) else names
    found += [[module, name] for name in names]
""",
    "fickling": """
from fickling.analysis import UnsafeImportsML
from fickling.fickle import UNSAFE_IMPORTS
found += [[m, name] for m, names in UnsafeImportsML.UNSAFE_IMPORTS.items() for name in names]
found += [[m, "anything"] for m in (*UnsafeImportsML.UNSAFE_MODULES, *UNSAFE_IMPORTS)]
""",
    "modelscan": """
from modelscan.settings import DEFAULT_SETTINGS
for modules in DEFAULT_SETTINGS["unsafe_globals"].values():
    for module, names in modules.items():
        names = ["anything"] if names == "*" else names
        found += [[module, name] for name in names]
""",
}


def interval(n: int, of: int) -> tuple[float, float]:
    """Clopper-Pearson, 95 of 100."""
    low = 0.0 if n == 0 else float(beta.ppf(0.025, n, of - n + 1))
    high = 1.0 if n == of else float(beta.ppf(0.975, n + 1, of - n))
    return low, high


def by_case(seen: Examined) -> dict[str, list[Record]]:
    """Files and members of each case."""
    found: dict[str, list[Record]] = defaultdict(list)
    for one in seen.subjects:
        found[one.shown.split("/")[0]].append(one)
    return found


def of_set(kind: str, seen: Examined) -> Iterator[dict[str, Any]]:
    """A row a scanner: how many of a set it calls what."""
    cases, verdicts = by_case(seen), judged(seen.subjects)
    joint = [gravest(verdicts[one.number] for one in some) for some in cases.values()]
    n_files = sum(one.depth == 0 for one in seen.subjects)
    for name in (TOGETHER, OWN, *seen.versions):
        said = joint if name == TOGETHER else [alone_by(name, some) for some in cases.values()]
        n = len(said)
        n_called = said.count(Verdict.MALICIOUS)
        low, high = interval(n_called, n)
        spent = sum(seen.cpu_s.values()) if name == TOGETHER else seen.cpu_s.get(name, 0.0)
        yield {
            "kind": kind, "by": name, "version": seen.versions.get(name, ""), "n": n,
            "called_malicious": n_called, "share": n_called / n, "low_95": low, "high_95": high,
            "unknown_import": said.count(Verdict.UNKNOWN_IMPORT),
            "not_examined": said.count(Verdict.NOT_EXAMINED),
            "called_clean": said.count(Verdict.CLEAN), "cpu_ms_a_file": 1e3 * spent / n_files,
        }  # fmt: skip


def of_cases(kind: str, seen: Examined) -> Iterator[dict[str, Any]]:
    """A row a case: what each scanner says of it."""
    verdicts = judged(seen.subjects)
    for name, some in by_case(seen).items():
        row: dict[str, Any] = {"kind": f"{kind} case", "by": name}
        row["all"] = gravest(verdicts[one.number] for one in some).value
        row |= {scanner: alone_by(scanner, some).value for scanner in (OWN, *seen.versions)}
        yield row


def of_lists(environments: Path, scanners: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What our list of imports says of names that others list as bad; it was not made from them."""
    for name, code in LISTS.items():
        python = environments / name / "bin" / "python"
        if name not in scanners or not python.exists():
            continue
        done = subprocess.run(
            [python, "-c", f"found = []{code}import json\nprint(json.dumps(sorted(found)))"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told(f"{name} shows no list: {done.stderr.strip().splitlines()[-1]}")
            continue
        rules = [rule_on_import(module, what) for module, what in json.loads(done.stdout)]
        verdicts = [Verdict.CLEAN if one is None else one[0] for one in rules]
        n, n_called = len(verdicts), verdicts.count(Verdict.MALICIOUS)
        low, high = interval(n_called, n)
        yield {
            "kind": "names listed as bad", "by": f"listed by {name}", "n": n,
            "called_malicious": n_called, "share": n_called / n, "low_95": low, "high_95": high,
            "unknown_import": verdicts.count(Verdict.UNKNOWN_IMPORT),
            "called_clean": verdicts.count(Verdict.CLEAN),
        }  # fmt: skip


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    by = {(row["kind"], row["by"]): row for row in rows}
    hostile, honest = by["hostile", TOGETHER], by["honest", TOGETHER]
    alone = [
        f"{row['by']} {row['called_malicious']}" for row in rows
        if row["kind"] == "hostile" and row["by"] != TOGETHER
    ]  # fmt: skip
    return [
        f"{hostile['called_malicious']} of {hostile['n']} hostile cases are called malicious "
        f"(95% interval from {hostile['low_95']:.3f}); alone: {', '.join(alone)}.",
        f"{honest['called_malicious']} of {honest['n']} honest cases are called malicious (at most "
        f"{honest['high_95']:.3f}), {honest['unknown_import']} have unknown imports, "
        f"{honest['not_examined']} hold something that nobody reads.",
        "Known and missed: a chat template that acts on a digest of what is written.",
        f"A hostile file costs {hostile['cpu_ms_a_file']:.0f} ms of processor, of which our own "
        f"checks {by['hostile', OWN]['cpu_ms_a_file']:.0f}.",
    ]


def main() -> None:
    """Make both sets, examine them, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scanners", type=Path, default=ROOT / ".venv-scan", metavar="FOLDER")
    parser.add_argument("--full", action="store_true", help="publish; every scanner")
    wanted = parser.parse_args()
    names = tuple(one.name for one in SCANNERS) if wanted.full else QUICK
    settings = FilesSection(environments=wanted.scanners, timeout_s=300)
    rows: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        marker = Path(folder) / "MARKER"
        for kind, some in (("hostile", HOSTILE), ("honest", HONEST)):
            made(some, Path(folder) / kind, marker)
            seen = examine(Path(folder) / kind, settings, scanners=names)
            told(f"{kind}: {seen.cpu_s}, {seen.wall_s:.0f} s on the clock")
            rows += of_set(kind, seen)
            cases += of_cases(kind, seen)
            facts |= {"isolation": seen.isolation.value, "scanners": seen.versions,
                      f"{kind}_files": sum(one.depth == 0 for one in seen.subjects)}  # fmt: skip
        assert not marker.exists(), "a payload ran"
    missed = chat_templates.HOSTILE["digest_of_word"]
    assert "ns.h" in missed
    rows += of_lists(wanted.scanners, names)
    print(table(rows))
    freeze(HERE, [*rows, *cases], full=wanted.full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
