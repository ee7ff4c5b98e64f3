"""Code that comes with a model, read and not run: what it would do, in sentences."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.remote_lists import (
    ALLOWED_MODULES,
    DEEDS,
    GRAVE,
    GRAVE_ON_LOADING,
    HARMLESS,
    ON_LOADING,
    REACHING,
    SENTENCES,
)
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

_ADDRESS: Final = ("http://", "https://", "ftp://", "ws://", "wss://")
_DYNAMIC: Final = frozenset({"getattr", "setattr", "hasattr", "delattr"})
_WRITING: Final = frozenset("wax+")


def examine(source: str, name: str = "stillwatch") -> Sight:
    """Say what a module would do when it is imported or its classes are used.

    Args:
        source: of the module; parsed, never compiled to be run.
        name: of the scanner, for the sight.

    >>> examine("import os\\nos.system('x')").because[0]
    "line 2: would start another program by os.system with 'x', as soon as it is loaded"
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = f"cannot be parsed as Python: {error}"[:200]
        return Sight(scanner=name, verdict=Verdict.NOT_EXAMINED, because=(told,))
    reasons = rule_on(tree)
    return Sight(
        scanner=name,
        verdict=gravest([Verdict.CLEAN, *(one for one, _ in reasons)]),
        because=tuple(dict.fromkeys(text for _, text in reasons)),
        read_all=True,
    )


def rule_on(tree: ast.Module) -> list[Reason]:
    """Everything that speaks against a module, gravest first."""
    walker = _Walker()
    walker.visit(tree)
    order = list(Verdict)
    return sorted(dict.fromkeys(walker.found), key=lambda one: order.index(one[0]))


@dataclass(frozen=True, slots=True)
class _Place:
    on_loading: bool


class _Walker(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[Reason] = []
        self.names: dict[str, str] = {}
        self.places = [_Place(on_loading=True)]

    # -- imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imported(alias.name, node)
            bound = alias.asname or alias.name.partition(".")[0]
            self.names[bound] = alias.name if alias.asname else bound

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            return
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self.imported(full, node)
            self.names[alias.asname or alias.name] = full

    def imported(self, full: str, node: ast.AST) -> None:
        top = full.partition(".")[0]
        deed = _deed(full)
        if deed == "imports":
            return  # said where it is used
        if deed in GRAVE and top not in ALLOWED_MODULES:
            said = f"imports {full}, with which it can {SENTENCES[deed]}"
            self.say(Verdict.UNKNOWN_IMPORT, node, said)
        elif deed is None and top not in ALLOWED_MODULES and full != "sys":
            self.say(Verdict.UNKNOWN_IMPORT, node, f"imports {top}, which is on no list")
        elif deed in GRAVE_ON_LOADING and top not in ALLOWED_MODULES:
            said = f"imports {full}, with which it can {SENTENCES[deed]}"
            self.say(Verdict.UNKNOWN_IMPORT, node, said)

    # -- where it stands

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for outside in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if outside is not None:
                self.visit(outside)
        self.places.append(_Place(on_loading=node.name in ON_LOADING))
        for one in node.body:
            self.visit(one)
        self.places.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    @property
    def on_loading(self) -> bool:
        return all(one.on_loading for one in self.places)

    # -- deeds

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        full = self.dotted(node.value)
        if full and (full in self.names.values() or _deed(full)):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.names[target.id] = full

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        full = self.dotted(node.func)
        if not full:
            if isinstance(node.func, (ast.Call, ast.Subscript)):
                self.called_made(node)
            return
        last = full.rpartition(".")[2]
        if full in _DYNAMIC:
            self.dynamic(node, full)
        elif last == "from_pretrained" and _is_true(node, "trust_remote_code"):
            self.deed("loads code", node, full)
        elif deed := _deed(full):
            self.deed(self.narrowed(deed, node, full), node, full)
        elif last in ("write_text", "write_bytes", "unlink", "rmdir", "touch", "symlink_to"):
            self.deed("writes", node, full)

    def narrowed(self, deed: str, node: ast.Call, full: str) -> str:
        """What a call is when its arguments are looked at."""
        if deed == "opens":
            return "opens" if _writes(node) else "reads"
        if full in ("torch.load", "numpy.load") and (
            _is_false(node, "weights_only") or _is_true(node, "allow_pickle")
        ):
            return "unpickles"
        if deed == "unpickles" and full.startswith("yaml.") and "Safe" in ast.dump(node):
            return "reads"
        return deed

    def called_made(self, node: ast.Call) -> None:
        inner = node.func
        if isinstance(inner, ast.Call) and self.dotted(inner.func) == "getattr":
            return  # said where getattr was seen
        if isinstance(inner, ast.Subscript) and self.reaches(inner.value):
            self.say(Verdict.MALICIOUS, node, "calls what it takes from the interpreter's tables")

    def dynamic(self, node: ast.Call, full: str) -> None:
        if len(node.args) < 2 or full == "hasattr":
            return
        target, name = node.args[:2]
        module = self.dotted(target)
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            taken = name.value
            if taken in REACHING:
                self.say(Verdict.MALICIOUS, node, f"reaches for {taken} by {full}")
            elif module and (deed := _deed(f"{module}.{taken}")):
                self.deed(deed, node, f"{module}.{taken}")
        elif self.is_module(target) or isinstance(target, ast.Call):
            said = f"takes something by a name that it makes ({full}), which hides what it uses"
            self.say(Verdict.MALICIOUS, node, said)

    def is_module(self, node: ast.expr) -> bool:
        full = self.dotted(node)
        return bool(full) and full in self.names.values() and not full.startswith("torch.")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if node.attr in REACHING:
            self.say(Verdict.MALICIOUS, node, f"reaches for {node.attr}, which leads to everything")
            return
        if isinstance(node.ctx, ast.Load) and (full := self.dotted(node)):
            deed = _deed(full)
            if deed in ("environment", "changes modules"):
                self.deed(deed, node, full)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in ("__builtins__", "__loader__", "__spec__"):
            self.say(Verdict.MALICIOUS, node, f"reaches for {node.id}, which leads to everything")

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, (str, bytes)) and _is_packed(node.value):
            said = f"holds {len(node.value):,} characters that are packed so that nobody reads them"
            self.say(Verdict.UNKNOWN_IMPORT, node, said)

    def reaches(self, node: ast.expr) -> bool:
        full = self.dotted(node)
        return bool(full) and _deed(full) in ("introspects", "evaluates", "changes modules")

    def deed(self, deed: str, node: ast.AST, full: str) -> None:
        if deed in HARMLESS:
            return
        said = f"would {SENTENCES[deed]} by {full}{_with_what(node)}"
        if self.on_loading:
            said += ", as soon as it is loaded"
        address = isinstance(node, ast.Call) and any(
            one.startswith(_ADDRESS) for one in _texts(node)
        )
        grave = deed in GRAVE or (deed in GRAVE_ON_LOADING and (self.on_loading or address))
        grave = grave or (deed in ("opens", "writes") and self.on_loading and self.grave_path(node))
        self.say(Verdict.MALICIOUS if grave else Verdict.UNKNOWN_IMPORT, node, said)

    def grave_path(self, node: ast.AST) -> bool:
        return any(one.startswith(("~", "/", "..")) for one in _texts(node))

    def say(self, verdict: Verdict, node: ast.AST, said: str) -> None:
        self.found.append((verdict, f"line {getattr(node, 'lineno', 0)}: {said}"))

    def dotted(self, node: ast.AST) -> str:
        """``a.b.c`` with names put back to what they were imported as; empty for anything else."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""


def _deed(full: str) -> str | None:
    """What a dotted name does: that of its longest beginning that is listed."""
    best = ""
    for known in DEEDS:
        whole = full == known or full.startswith(f"{known}.")
        begun = "." in known and full.startswith(known)
        if (whole or begun) and len(known) > len(best):
            best = known
    return DEEDS.get(best)


def _texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _with_what(node: ast.AST) -> str:
    told = next(_texts(node), None) if isinstance(node, ast.Call) else None
    return f" with {told[:80]!r}" if told else ""


def _writes(node: ast.Call) -> bool:
    mode = node.args[1] if len(node.args) > 1 else _keyword(node, "mode")
    if mode is None:
        return False
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str):
        return bool(_WRITING & set(mode.value))
    return True


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)


def _is_true(node: ast.Call, name: str) -> bool:
    value = _keyword(node, name)
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)


def _is_false(node: ast.Call, name: str) -> bool:
    value = _keyword(node, name)
    return isinstance(value, ast.Constant) and value.value is False


def _is_packed(text: str | bytes) -> bool:
    """Long, without spaces, and of as many letters as packed bytes have."""
    if len(text) < 400:
        return False
    head = text[:4000] if isinstance(text, str) else text[:4000].decode("latin-1")
    return not any(one.isspace() for one in head.strip()) and len(set(head)) > 24
