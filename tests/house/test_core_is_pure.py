"""Below the adapters nothing opens, asks the time or rolls global dice.

import-linter holds the modules; here stand the calls that hide in modules one may import.
"""

from __future__ import annotations

import ast

from tests.house.tree import core_files, dotted, parsed, place

CALLS = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
CLOCKS = {"now", "utcnow", "today"}
DOORS = {"csv", "dataset", "feather", "flight", "fs", "json", "orc", "parquet"}
DICE_BY_HAND = {"Generator", "PCG64", "SeedSequence", "default_rng", "BitGenerator"}
MODULE_FILES = {"load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "memmap"}


def test_calls_nothing_that_reaches_outside() -> None:
    wrong = [
        f"{place(path, node)} {what}"
        for path in core_files()
        for node in ast.walk(parsed(path))
        if (what := _reaches_outside(node))
    ]
    assert not wrong, wrong


def _reaches_outside(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.ImportFrom) and node.module:
        top, _, rest = node.module.partition(".")
        names = {rest.partition(".")[0]} if rest else {alias.name for alias in node.names}
        if top == "pyarrow" and names & DOORS:
            return f"imports a door: {node.module}"
    if isinstance(node, ast.Import):
        for alias in node.names:
            top, _, rest = alias.name.partition(".")
            if top == "pyarrow" and rest.partition(".")[0] in DOORS:
                return f"imports a door: {alias.name}"
    return ""


def _call(node: ast.Call) -> str:
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    if name in CALLS:
        return f"calls {name}"
    if last in CLOCKS and ("datetime" in name or "date" in name):
        return f"asks the time: {name}"
    if name.startswith(("np.random.", "numpy.random.")):
        if last not in DICE_BY_HAND:
            return f"rolls global dice: {name}"
        if last == "default_rng" and not node.args:
            return "seeds from the machine: default_rng()"
    if name in {f"{module}.{call}" for module in ("np", "numpy") for call in MODULE_FILES}:
        return f"opens a file: {name}"
    return ""
