"""Configurations and other text: what they name, and what runs because they name it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from stillwatch.vet.files import keras, names, remote_code, templates
from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

_YAML_OBJECT: Final = re.compile(r"!!?python/|!<tag:yaml\.org,2002:python/")
_SITE_LINE: Final = re.compile(r"^import[ \t]", re.MULTILINE)
_OWN: Final = "stillwatch"
Found = tuple[list[Reason], bool]


def examine(
    text: str, file_name: str, references: dict[str, str] | None = None, name: str = _OWN
) -> Sight:
    """Say what a file of text would set off.

    Args:
        text: all of it.
        file_name: its name, for what only the name tells: requirements, ``.pth``.
        references: chat templates of the publisher by file name.
        name: of the scanner, for the sight.
    """
    try:
        told = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict):
        return examine_json(told, file_name, references or {}, name)
    reasons: list[Reason] = []
    ending = file_name.rpartition(".")[2].lower()
    if _YAML_OBJECT.search(text):
        said = "makes Python objects when a YAML reader loads it, and can call anything"
        reasons.append((Verdict.MALICIOUS, said))
    if ending == "pth" and _SITE_LINE.search(text):
        said = "runs a line of Python at every start, where it lies among installed packages"
        reasons.append((Verdict.MALICIOUS, said))
    if re.match(r"(?:.*require.*\.(?:txt|in)|constraints.*\.txt)$", file_name, re.IGNORECASE):
        reasons += names.rule_on_requirements(text)
    if text.startswith("#!"):
        reasons.append((Verdict.UNKNOWN_IMPORT, "is a script that a shell would run"))
    return _sight(name, reasons)


def examine_json(
    told: dict[str, Any], file_name: str, references: dict[str, str], name: str = _OWN
) -> Sight:
    """Say what a configuration would set off: code, templates, repositories, layers."""
    reasons = list(_of_names(told))
    if keras.is_keras(told):
        reasons += keras.rule_on(told)
    sights = []
    for at, template in _templates(told):
        reference = references.get(at) or references.get("chat_template")
        sights.append(templates.examine(template, name, reference, at=at))
    if isinstance(told.get("cells"), list):
        sights += [remote_code.examine(one, name) for one in _cells(told["cells"])]
    for one in sights:
        reasons += [(one.verdict, text) for text in one.because]
    return _sight(name, reasons)


def _of_names(told: dict[str, Any]) -> Iterator[Reason]:
    for key in ("auto_map", "custom_pipelines"):
        for target in _leaves(told.get(key)):
            repository, dashes, code = target.partition("--")
            if dashes:
                said = f"has {code[:60]!r} fetched from repository"
                yield from names.rule_on_repository(repository, said)
                yield Verdict.UNKNOWN_IMPORT, f"{said} {repository[:80]!r} and run"
            else:
                yield Verdict.CLEAN, f"names code to be run: {target[:80]!r}"
    for key in ("_name_or_path", "base_model_name_or_path", "parent_model"):
        yield from names.rule_on_repository(told.get(key), "says that it is made of")


def _leaves(value: Any, depth: int = 5) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one, depth - 1)


def _templates(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    value = told.get("chat_template")
    if isinstance(value, str):
        yield "chat_template", value
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict) and isinstance(one.get("template"), str):
                yield f"chat_template.{str(one.get('name'))[:40]}", one["template"]
    elif isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str):
                yield f"chat_template.{key[:40]}", one


def _cells(cells: list[Any]) -> Iterator[str]:
    for one in cells:
        if isinstance(one, dict) and one.get("cell_type") == "code":
            source = one.get("source")
            text = "".join(source) if isinstance(source, list) else str(source)
            yield "\n".join("" if line.lstrip()[:1] in "%!" else line for line in text.split("\n"))


def _sight(name: str, reasons: list[Reason]) -> Sight:
    return Sight(
        scanner=name,
        verdict=gravest([Verdict.CLEAN, *(one for one, _ in reasons)]),
        because=tuple(dict.fromkeys(text for _, text in reasons)),
        read_all=True,
    )
