"""What the imports and calls of a pickle are worth: a verdict, and why in sentences."""

from __future__ import annotations

import _compat_pickle
import re
from collections.abc import Iterator
from typing import Final

from stillwatch.vet.files.import_lists import ALLOWED, CLASSES_OF, DANGEROUS
from stillwatch.vet.files.pickle_machine import Trace
from stillwatch.vet.files.pickle_values import Call, Global, Made, Value, constants
from stillwatch.vet.files.standard_library import STANDARD_LIBRARY
from stillwatch.vet.files.verdicts import Verdict

_CLASS: Final = re.compile(r"(?:__pyx_unpickle_)?[A-Z][A-Za-z0-9]*\Z")
_REACHING: Final = re.compile(
    r"(?:https?|ftp|file|s3|gs|smb|data)://|^\s*(?:/|~/|\.\./)|\b(?:curl|wget|bash|sh -c|cmd\.exe|"
    r"powershell|python3? -c|rm -|nc -|touch )|;\s*\w|\$\(|&&|\|\s*(?:sh|bash)|\b(?:import|exec"
    r"|eval|__import__|lambda)\b",
    re.IGNORECASE,
)
Reason = tuple[Verdict, str]


def rule_on_import(module: str | None, name: str | None) -> Reason | None:
    """What importing a name means; None where it is on the list of what data needs.

    Args:
        module: dotted; None where it is only known at load time.
        name: of the thing in it, may be dotted; None likewise.

    >>> rule_on_import("collections", "OrderedDict")
    >>> rule_on_import("os", "system")[0].value
    'malicious'
    >>> rule_on_import("my_model", "Net")[0].value
    'unknown import'
    """
    if module is None or name is None:
        return Verdict.MALICIOUS, "imports something whose name is only made when it is loaded"
    module, name = renamed(module, name)
    if (module, name) in ALLOWED:
        return None
    said = f"imports {module}.{name}"
    if module.startswith(CLASSES_OF) and _CLASS.match(name):
        return None
    if name.startswith("__pyx_unpickle_") and not _is_of(module, name, STANDARD_LIBRARY):
        return Verdict.UNKNOWN_IMPORT, f"{said}, which is on no list"
    if "." in name or name.startswith("__") or ".__" in module or module.startswith("__builtin"):
        return Verdict.MALICIOUS, f"{said}: reaches through a module into another"
    if _is_of(module, name, STANDARD_LIBRARY):
        return Verdict.MALICIOUS, f"{said}, which no model needs, of the standard library"
    if _is_of(module, name, DANGEROUS):
        return Verdict.MALICIOUS, f"{said}, which can run, load or fetch what it is told to"
    return Verdict.UNKNOWN_IMPORT, f"{said}, which is on no list"


def renamed(module: str, name: str) -> tuple[str, str]:
    """Name of today for one of Python 2, as the unpickler renames it."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def rule_on(trace: Trace) -> list[Reason]:
    """Everything that speaks against one pickle, in its own order."""
    found = [one for pair in trace.imports if (one := rule_on_import(*pair)) is not None]
    found += [
        (Verdict.MALICIOUS, f"changes {_spelt(one)} itself while it is loaded")
        for one in trace.built_on
    ]
    found += [one for call in trace.calls for one in _rule_on_call(call)]
    if trace.persistent:
        found.append((Verdict.CLEAN, "asks its loader for objects that stand elsewhere"))
    return list(dict.fromkeys(found))


def _rule_on_call(call: Call) -> Iterator[Reason]:
    callee = call.callee
    if isinstance(callee, Made):
        # What a call gave is called in its turn: no data needs that.
        yield Verdict.MALICIOUS, f"calls what {_spelt(callee.callee)} gives"
        return
    if not isinstance(callee, Global):
        yield Verdict.MALICIOUS, "calls something that is only known when it is loaded"
        return
    rule = rule_on_import(callee.module, callee.name)
    if rule is None:
        return
    texts = [one for one in constants(call.arguments) if isinstance(one, (str, bytes, bytearray))]
    told = [one if isinstance(one, str) else one.decode("latin-1") for one in texts]
    if rule[0] is Verdict.MALICIOUS:
        with_what = f" with {told[0][:120]!r}" if told else ""
        yield Verdict.MALICIOUS, f"calls {_spelt(callee)}{with_what} while it is loaded"
    elif any(_REACHING.search(one) for one in told):
        reaching = next(one for one in told if _REACHING.search(one))
        yield (
            Verdict.MALICIOUS,
            f"calls {_spelt(callee)}, which is on no list, with {reaching[:120]!r}",
        )


def _spelt(value: Value) -> str:
    if isinstance(value, Global):
        return f"{value.module or '?'}.{value.name or '?'}"
    return "something made while it is loaded"


def _is_of(module: str, name: str, listed: frozenset[str]) -> bool:
    parts = [*module.split("."), name]
    return any(".".join(parts[:n]) in listed for n in range(1, len(parts) + 1))
