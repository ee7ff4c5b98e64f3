"""What is installed is pinned by hash, from nowhere in particular, and declared once."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import ROOT, parsed, python_files

FOLDER = ROOT / "requirements"
LOCKS = sorted(FOLDER.glob("*.txt"))
#: run inside an environment of their own, which the benchmark makes.
ELSEWHERE = {
    "callback.py", "fickling_driver.py", "inspect_worker.py", "modelscan_driver.py",
    "peers_worker.py", "picklescan_driver.py", "psi_worker.py", "pymerkle_worker.py",
    "serve_medallion.py", "serve_opentaxii.py", "seven_zip_driver.py", "smollm_worker.py",
    "torch_answering.py", "torch_net.py", "torch_training.py", "torch_worker.py",
    "unmimic_worker.py",
}  # fmt: skip
#: what an extra brings, and where it is used.
EXTRAS = {
    "aligning.py": {"rigour"},
    "rough.py": {"rapidfuzz"},
    "calls.py": {"grpc"},
    "drawers.py": {"rigour"},
    "ftm.py": {"followthemoney"},
    "kafka.py": {"confluent_kafka"},
    "inspect_worker.py": {"inspect_ai"},
    "keras_files.py": {"h5py"},
    "listfile.py": {"lxml"},
    "matches.py": {"rapidfuzz"},
    "misp.py": {"pymisp"},
    "oasis.py": {"stix2validator"},
    "postgres.py": {"asyncpg"},
    "psi_worker.py": {"private_set_intersection"},
    "ray_engine.py": {"ray", "grpc"},
    "seconds.py": {"rigour"},
    "validating.py": {"cyclonedx"},
    "screen/wording.py": {"rapidfuzz"},
    "screen/spelling.py": {"rigour"},
    "torch_worker.py": {"torch"},
}
#: the list that holds what each extra brings.
EXTRA_LOCKS = {
    "behaviour": "behaviour", "distil": "distil", "envoy": "dev", "files": "dev", "kafka": "dev",
    "match": "match", "misp": "dev", "oasis": "dev", "postgres": "dev", "ray": "ray",
    "review": "dev", "screen": "dev",
}  # fmt: skip
#: an environment of its own, whose programs are driven and not imported.
APART = {
    "behaviour.txt", "distil.txt", "gateways.txt", "match.txt", "scan-fickling.txt",
    "scan-modelaudit.txt", "scan-modelscan.txt", "scan-picklescan.txt", "signing.txt",
    "smollm-model.txt", "smollm.txt",
}  # fmt: skip
INPUTS = sorted(FOLDER.glob("*.in"))


def _wanted(path: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def _pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", path.read_text("utf-8"), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_every_input_has_its_lock() -> None:
    assert [path.stem for path in INPUTS] == [path.stem for path in LOCKS]


def test_base_is_what_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert _wanted(FOLDER / "base.in") == project["dependencies"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash_and_no_address(path: Path) -> None:
    text = path.read_text("utf-8")
    logical = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    pins = [line for line in logical if not line.lstrip().startswith("#")]
    assert pins
    assert [line for line in pins if "--hash=sha256:" not in line] == []
    assert not re.search(r"://|^-|\s@\s|--(extra-)?index|--find-links", text, re.MULTILINE)


@pytest.mark.parametrize(
    "path", [path for path in LOCKS if path.name not in APART], ids=lambda path: path.name
)
def test_locks_agree_with_dev(path: Path) -> None:
    dev = _pins(FOLDER / "dev.txt")
    assert {name: dev.get(name, version) for name, version in _pins(path).items()} == _pins(path)


@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.name)
def test_the_lock_holds_what_the_input_wants(source: Path) -> None:
    names = {re.split(r"[<>=!~\[ ]", line)[0].lower() for line in _wanted(source)}
    assert names <= set(_pins(source.with_suffix(".txt")))


@pytest.mark.parametrize(
    ("folder", "lock"),
    [("src", "base"), ("tools", "dev"), ("tests", "dev"), ("benchmarks", "bench")],
)
def test_what_is_imported_is_declared(folder: str, lock: str) -> None:
    ours = {
        "stillwatch",
        "benchmarks",
        "tests",
        "examples",
        *(path.stem for path in (ROOT / "tools").glob("*")),
    }
    distributions = packages_distributions()
    declared = set(_pins(FOLDER / f"{lock}.txt"))
    undeclared = {
        f"{top} in {path.relative_to(ROOT)}"
        for path in python_files(folder)
        if path.name not in ELSEWHERE
        for top in _imports(path)
        if top not in sys.stdlib_module_names | ours | _brought(path)
        and not {name.lower().replace("_", "-") for name in distributions.get(top, [])} & declared
    }
    assert not undeclared, undeclared


def test_what_an_extra_brings_is_declared_and_imported_in_one_file() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    assert set(extras) == set(EXTRA_LOCKS)
    for extra, lock in EXTRA_LOCKS.items():
        assert set(extras[extra]) <= set(_wanted(FOLDER / f"{lock}.in")), extra
    for name, brought in EXTRAS.items():
        assert brought <= _imports(next((ROOT / "src").glob(f"**/{name}"))), name


def _brought(path: Path) -> set[str]:
    """What extras bring to a file."""
    return {one for name, brought in EXTRAS.items() if path.match(name) for one in brought}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
