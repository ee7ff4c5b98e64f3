"""What other scanners print, as sights. What cannot be read is *not examined*, never *clean*."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from stillwatch.vet.files.pickle_rules import rule_on_import
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

#: what fickling calls a pickle, as a verdict: it calls everything it does not know unsafe.
_FICKLING: Final = {
    "LIKELY_SAFE": Verdict.CLEAN,
    "POSSIBLY_UNSAFE": Verdict.UNKNOWN_IMPORT,
    "SUSPICIOUS": Verdict.UNKNOWN_IMPORT,
    "LIKELY_UNSAFE": Verdict.UNKNOWN_IMPORT,
    "LIKELY_OVERTLY_MALICIOUS": Verdict.MALICIOUS,
    "OVERTLY_MALICIOUS": Verdict.MALICIOUS,
}
_PICKLESCAN: Final = {
    "dangerous": Verdict.MALICIOUS,
    "suspicious": Verdict.UNKNOWN_IMPORT,
    "innocuous": Verdict.CLEAN,
}
_MOST_REASONS: Final = 8
_IMPORT: Final = re.compile(r"`from ([\w.]+) import (\w+)`")
Sights = dict[str, Sight]


def of_picklescan(out: bytes, views: Sequence[str]) -> Sights:
    """Sights from the lines of our driver of picklescan, by path."""
    return _by_line("picklescan", out, views, _one_of_picklescan)


def of_fickling(out: bytes, views: Sequence[str]) -> Sights:
    """Sights from the lines of our driver of fickling, by path."""
    return _by_line("fickling", out, views, _one_of_fickling)


def of_modelscan(out: bytes, views: Sequence[str]) -> Sights:
    """Sights from modelscan's JSON report, by path."""
    told = _json("modelscan", out)
    issues, errors = _grouped(told["issues"], "source"), _grouped(told["errors"], "source")
    scanned = {_file_of(one) for one in told["summary"]["scanned"].get("scanned_files", ())}
    found = {}
    for view in views:
        mine = issues.get(_relative(view), [])
        wrong = [str(one.get("description", ""))[:200] for one in errors.get(_relative(view), [])]
        verdict = gravest(_severity(str(one.get("severity"))) for one in mine)
        because = [str(one.get("description", "no description"))[:200] for one in mine]
        if not mine:
            looked = _relative(view) in scanned and not wrong
            verdict = Verdict.CLEAN if looked else Verdict.NOT_EXAMINED
            because = wrong or ([] if looked else ["passed it over"])
        found[view] = _sight("modelscan", verdict, because, read_all=False)
    return found


def of_modelaudit(out: bytes, views: Sequence[str]) -> Sights:
    """Sights from ModelAudit's JSON report, by path."""
    told = _json("modelaudit", out)
    looked = told["file_metadata"]
    issues: dict[str, list[Mapping[str, Any]]] = {}
    for one in told["issues"]:
        place = str(one.get("location") or "")
        view = max((v for v in views if place.startswith(v)), key=len, default="")
        issues.setdefault(view, []).append(one)
    return {view: _one_of_modelaudit(looked.get(view), issues.get(view, [])) for view in views}


def _one_of_modelaudit(
    looked: Mapping[str, Any] | None, issues: Sequence[Mapping[str, Any]]
) -> Sight:
    verdict = gravest([Verdict.CLEAN, *map(_rule_of_modelaudit, issues)])
    because = [str(one.get("message", ""))[:200] for one in issues
               if _rule_of_modelaudit(one) is verdict]  # fmt: skip
    if verdict is not Verdict.CLEAN:
        return _sight("modelaudit", verdict, because, read_all=False)
    if looked is None or set(looked.get("scanner_dependency_ids") or ["unknown"]) == {"unknown"}:
        return _sight("modelaudit", Verdict.NOT_EXAMINED, ["passed it over"], read_all=False)
    incomplete = (
        looked.get("analysis_incomplete")
        or looked.get("scan_outcome") in ("inconclusive", "incomplete", "failed")
        or any("incomplete" in str(one.get("message", "")).lower()
               or str(one.get("rule_code")) in ("S901", "S902") for one in issues)
    )  # fmt: skip
    if incomplete:
        said = str(looked.get("scan_outcome_message") or "says that it did not see all of it")
        return _sight("modelaudit", Verdict.NOT_EXAMINED, [said[:200]], read_all=False)
    return _sight("modelaudit", Verdict.CLEAN, [], read_all=True)


def _rule_of_modelaudit(issue: Mapping[str, Any]) -> Verdict:
    """What one issue is worth: what it could not follow to the end is no find."""
    details = issue.get("details")
    told = details if isinstance(details, dict) else {}
    verdict = _severity(str(issue.get("severity")))
    if verdict is Verdict.MALICIOUS and (
        told.get("analysis_incomplete") or told.get("pickle_rule_code") == "MALFORMED_STACK_GLOBAL"
    ):
        return Verdict.UNKNOWN_IMPORT
    return verdict


def _one_of_picklescan(told: Mapping[str, Any]) -> Sight:
    found = [(_PICKLESCAN[str(safety)], f"imports {module}.{name}")
             for module, name, safety in told["globals"]]  # fmt: skip
    verdict = gravest([Verdict.CLEAN, *(one for one, _ in found)])
    because = [text for one, text in found if one is verdict and one is not Verdict.CLEAN]
    whole = told["end"] == told["size"] and not told["err"] and not told["said"]
    if verdict is Verdict.CLEAN and (not whole or not told["scanned"]):
        said = [str(one) for one in told["said"]] or ["did not read all of it"]
        return _sight("picklescan", Verdict.NOT_EXAMINED, said, read_all=False)
    return _sight("picklescan", verdict, because, read_all=whole)


def _one_of_fickling(told: Mapping[str, Any]) -> Sight:
    found = [(_rule_of_fickling(*map(str, one)), str(one[2])) for one in told["found"]]
    errors = [str(one) for one in told["errors"]]
    verdict = gravest([Verdict.CLEAN, *(one for one, _ in found)])
    said = [text for one, text in found if one is verdict]
    if not told["n"] or (errors and verdict is not Verdict.MALICIOUS):
        because = errors or ["found no pickle"]
        return _sight("fickling", Verdict.NOT_EXAMINED, because, read_all=False)
    if verdict is Verdict.CLEAN and not told["whole"]:
        because = ["did not read all of it"]
        return _sight("fickling", Verdict.NOT_EXAMINED, because, read_all=False)
    return _sight("fickling", verdict, said if found else [], read_all=bool(told["whole"]))


def _rule_of_fickling(severity: str, analysis: str, message: str) -> Verdict:
    """What one result of fickling is worth: an import that our list knows is at most unknown.

    It calls whole packages unsafe, joblib's wrapper of arrays among them.
    """
    verdict = _FICKLING[severity]
    match = _IMPORT.search(message)
    if verdict is Verdict.MALICIOUS and analysis == "UnsafeImports" and match is not None:
        known = rule_on_import(match[1], match[2]) is None
        return Verdict.UNKNOWN_IMPORT if known else verdict
    return verdict


def _by_line(
    name: str, out: bytes, views: Sequence[str], one: Callable[[Mapping[str, Any]], Sight]
) -> Sights:
    found: Sights = {}
    for line in out.splitlines():
        try:
            told = json.loads(line)
            path = str(told["path"])
            if "failed" in told:
                because = [str(told["failed"])[:200]]
                found[path] = _sight(name, Verdict.NOT_EXAMINED, because, read_all=False)
            else:
                found[path] = one(told)
        except (ValueError, KeyError, TypeError):
            continue
    return {view: sight for view, sight in found.items() if view in set(views)}


def _json(name: str, out: bytes) -> dict[str, Any]:
    """The report.

    Raises:
        ValueError: it is none.
    """
    told = json.loads(out)
    if not isinstance(told, dict):
        raise ValueError(f"{name} printed no report")
    return told


def _grouped(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(_file_of(str(row.get(key, ""))), []).append(row)
    return found


def _file_of(source: str) -> str:
    """A file's path, where a member follows after a colon."""
    return source.partition(":")[0].removeprefix("/examined/").removeprefix("./")


def _relative(view: str) -> str:
    return view.removeprefix("/examined/")


def _severity(word: str) -> Verdict:
    grave = {"critical": Verdict.MALICIOUS, "high": Verdict.MALICIOUS}
    return grave.get(word.lower(), Verdict.CLEAN if word.lower() in ("info", "debug", "none")
                     else Verdict.UNKNOWN_IMPORT)  # fmt: skip


def _sight(name: str, verdict: Verdict, because: Sequence[str], *, read_all: bool) -> Sight:
    kept = tuple(dict.fromkeys(because))[:_MOST_REASONS]
    return Sight(scanner=name, verdict=verdict, because=kept, read_all=read_all)
