"""Speaking: an answer as a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillwatch.adapters.report.visible import visible

_ADVICE = {
    "go_on": "Nothing here speaks for it being anybody on a list.",
    "ask_for_a_second_identifier": "A name fits, and a name alone decides nothing: ask for a "
    "second identifier.",
    "review_by_a_person": "More than a name fits: a person should look.",
}
_LAYERS = (
    ("legal_prohibition", "Legal prohibition, if a person confirms it"),
    ("policy_choice", "Policy choice"),
    ("risk_note", "Risk note"),
)
_N_MATCHES = 8


def spoken(told: Mapping[str, Any]) -> str:
    """An answer of :func:`stillwatch.screen.answering.answer` as text."""
    lines = [_ADVICE[told["advice"]]]
    for match in told["matches"][:_N_MATCHES]:
        lines += ["", *_match(match)]
    if len(told["matches"]) > _N_MATCHES:
        lines.append(f"and {len(told['matches']) - _N_MATCHES} more; --json has all.")
    for key, head in _LAYERS:
        if told[key]:
            lines += ["", f"{head}:"]
            lines += list(dict.fromkeys(_note(one) for one in told[key]))
    if told["exceptions_to_read"]:
        lines += ["", "Exceptions to read:"]
        lines += [f"  {one['says']} ({one['source']})" for one in told["exceptions_to_read"]]
    lines.append("")
    if told["n_faint"]:
        lines.append(
            f"{told['n_faint']} faint likeness(es) of names, which count for nothing alone."
        )
    lines += told["could_not_look"]
    rests = ", ".join(f"{k} {v[9:21]}" for k, v in told["rests_on"]["snapshots"].items())
    lines.append(f"On {told['date']}, resting on {rests}. {told['id']}")
    lines.append(told["note"])
    return "\n".join(lines)


def _match(match: Mapping[str, Any]) -> list[str]:
    weak = ", a name that the list itself calls weak" if match["weak_name"] else ""
    lines = [
        f"{match['called'].replace('_', ' ').upper()}  {visible(match['listed_name'])}  "
        f"[{match['listing']}]  names {match['p_name']:.2f}{weak}"
    ]
    parts = "; ".join(
        f"{visible(one['asked'])} = {visible(one['listed'])} ({one['how']})"
        if one["asked"] and one["listed"]
        else f"{visible(one['asked'] or one['listed'])} ({one['how']})"
        for one in match["parts"]
    )
    if parts:
        lines.append(f"  name: {parts}")
    lines += [
        f"  {one['kind']}: {one['says']}, {visible(one['detail'])}" for one in match["seconds"]
    ]
    if match["clearance"]:
        lines.append(f"  cleared by {match['clearance']}")
    return lines


def _note(note: Mapping[str, Any]) -> str:
    if "regime" not in note:
        return f"  {note['listing']}: {note['says']}"
    doubt = f" To be verified: {note['to_verify']}" if note.get("to_verify") else ""
    return (
        f"  {note['name']} ({note['jurisdiction']}, {note['status'].replace('_', ' ')}): "
        f"{note['says']} Only if: {note['only_if']}{doubt}"
    )
