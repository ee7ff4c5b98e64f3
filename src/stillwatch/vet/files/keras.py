"""Keras: layers that carry code, and classes taken from modules that are no part of Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Verdict

_OWN: Final = ("keras", "keras_nlp", "keras_hub", "keras_cv", "tf_keras", "tensorflow.keras",
               "tensorflow.python.keras", "builtins")  # fmt: skip
_CODE: Final = frozenset({"Lambda", "__lambda__", "TFOpLambda", "SlicingOpLambda", "function"})
_MOST: Final = 200_000


def is_keras(told: Any) -> bool:
    """Whether some JSON describes a model of Keras."""
    return isinstance(told, dict) and {"class_name", "config"} <= set(told)


def rule_on(told: Mapping[str, Any]) -> list[Reason]:
    """What speaks against a model's description.

    Args:
        told: the JSON of ``config.json`` or of the attribute ``model_config``.

    >>> rule_on({"class_name": "Lambda", "config": {}})[0][0].value
    'malicious'
    """
    found: list[Reason] = []
    for one in _objects(told):
        module, kind = one.get("module"), str(one.get("class_name"))
        if kind in ("Lambda", "__lambda__"):
            said = "has a layer that carries Python code, which runs when the model is loaded"
            found.append((Verdict.MALICIOUS, said))
        elif isinstance(module, str) and not _is_own(module):
            said = f"takes {kind[:60]!r} from module {module[:60]!r}, which is no part of Keras"
            found.append((Verdict.MALICIOUS, said))
        elif kind in _CODE:
            found.append((Verdict.UNKNOWN_IMPORT, f"has a layer of kind {kind}"))
        elif one.get("registered_name") not in (None, kind) and module is None:
            said = f"needs {str(one['registered_name'])[:60]!r}, a class that others must bring"
            found.append((Verdict.UNKNOWN_IMPORT, said))
    return list(dict.fromkeys(found))


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN)


def _objects(told: Any) -> Iterator[Mapping[str, Any]]:
    open_, n = [told], 0
    while open_ and n < _MOST:
        one, n = open_.pop(), n + 1
        if isinstance(one, dict):
            if "class_name" in one:
                yield one
            open_ += one.values()
        elif isinstance(one, list):
            open_ += one
