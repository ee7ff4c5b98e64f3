"""Changes: what two reviews of one tool say differently.

A change can come from the tool, or from the means: another scanner, another suite, another mode.
Both are told apart where the reports let one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stillwatch.model.errors import BadInput

SCHEMA: Final = "stillwatch.review-changes/1"
_TOOL: Final = ("version", "vendor", "licence", "purpose", "built_on", "datasets", "endpoints")


def changes_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What changed from one review to the next.

    Args:
        old: an earlier report, schema ``stillwatch.review/1``.
        new: a later one of the same tool.

    Returns:
        Plain values; ``warnings`` says what makes the two hard to compare.

    Raises:
        BadInput: they are of two tools, or the first is the later one.
    """
    if old["tool"]["name"] != new["tool"]["name"]:
        raise BadInput(
            f"one is about {old['tool']['name']}, the other about {new['tool']['name']}.",
            where="compare",
            remedy="Compare two reviews of one tool.",
        )
    if old["made_at"] > new["made_at"]:
        raise BadInput(
            "the first report is the later one.", where="compare", remedy="Swap the two."
        )
    rows = {row["name"]: row for row in old["examinations"]}
    return {
        "schema": SCHEMA,
        "tool": new["tool"]["name"],
        "old": _which(old),
        "new": _which(new),
        "answer": _pair(old["answer"]["answer"], new["answer"]["answer"]),
        "warnings": list(_warnings(old, new)),
        "tool_changes": [
            {"field": name, **_pair(old["tool"][name], new["tool"][name])}
            for name in _TOOL
            if old["tool"][name] != new["tool"][name]
        ],
        "outcomes": [
            {
                "name": row["name"], "title": row["title"],
                **_pair(rows[row["name"]]["outcome"], row["outcome"]),
                "because": row["because"],
            }
            for row in new["examinations"]
            if row["name"] in rows and rows[row["name"]]["outcome"] != row["outcome"]
        ],
        "points": _points(old, new),
        "files": _files(old, new),
        "conditions": _listed(
            [one["do"] for one in old["answer"]["conditions"]],
            [one["do"] for one in new["answer"]["conditions"]],
        ),
        "dissents": _listed(*([f"{d['by']}: {d['says']}" for d in one["dissents"]]
                              for one in (old, new))),
        "vendor": _pair(old["vendor"]["state"], new["vendor"]["state"]),
    }  # fmt: skip


def is_same(changes: Mapping[str, Any]) -> bool:
    """Whether nothing about the tool or the findings changed."""
    lists = ("tool_changes", "outcomes")
    pairs = (changes["answer"], changes["vendor"])
    groups = (changes["points"], changes["files"], changes["conditions"], changes["dissents"])
    return (
        not any(changes[name] for name in lists)
        and all(pair["old"] == pair["new"] for pair in pairs)
        and not any(rows for group in groups for rows in group.values())
    )


def _points(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    before, after = _by_place(old), _by_place(new)
    changed = []
    for key in sorted(before.keys() & after.keys()):
        a, b = before[key], after[key]
        fields = [f for f in ("severity", "value", "p_value", "observed") if a[f] != b[f]]
        if fields:
            changed.append({**b, "fields": fields, "was": {f: a[f] for f in fields}})
    return {
        "appeared": [after[key] for key in sorted(after.keys() - before.keys())],
        "gone": [before[key] for key in sorted(before.keys() - after.keys())],
        "changed": changed,
    }


def _by_place(document: Mapping[str, Any]) -> dict[tuple[str, str, str, int], dict[str, Any]]:
    """Points by part, title and place; several alike are numbered."""
    found: dict[tuple[str, str, str, int], dict[str, Any]] = {}
    for part in document["parts"]:
        for point in part["points"]:
            n = 0
            while (key := (part["name"], point["title"], point["where"], n)) in found:
                n += 1
            found[key] = {"part": part["name"], **point}
    return found


def _files(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    a, b = ({one["path"]: one["sha256"] for one in d["files"]["listed"]} for d in (old, new))
    return {
        "appeared": sorted(b.keys() - a.keys()),
        "gone": sorted(a.keys() - b.keys()),
        "changed": sorted(path for path in a.keys() & b.keys() if a[path] != b[path]),
    }


def _listed(old: list[str], new: list[str]) -> dict[str, list[str]]:
    return {
        "appeared": [one for one in new if one not in old],
        "gone": [one for one in old if one not in new],
    }


def _warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["mode"] != new["mode"]:
        yield (
            f"one report is {old['mode']} and the other {new['mode']}: points can differ because "
            "words are held back."
        )
    a, b = _tools(old), _tools(new)
    moved = [f"{n} {a[n]} to {b[n]}" for n in sorted(a.keys() & b.keys()) if a[n] != b[n]]
    if moved:
        yield f"the means changed: {', '.join(moved)}; a finding can be new because they are."
    for what, names in (("no longer", a.keys() - b.keys()), ("newly", b.keys() - a.keys())):
        if names:
            yield f"{what} used: {', '.join(sorted(names))}."
    if old["files"]["digest"] and old["files"]["digest"] == new["files"]["digest"]:
        yield "the files are the same to the last byte: what changed in them is in the looking."


def _tools(document: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{part['name']}: {name}": version
        for part in document["parts"]
        for name, version in part["tools"].items()
    }


def _which(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": document["tool"]["version"], "made_at": document["made_at"],
        "mode": document["mode"], "files_digest": document["files"]["digest"],
    }  # fmt: skip


def _pair(old: Any, new: Any) -> dict[str, Any]:
    return {"old": old, "new": new}
