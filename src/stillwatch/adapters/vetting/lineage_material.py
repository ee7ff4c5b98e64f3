"""Material of a plan: slots, keys, decoys and twins, read and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.defend.key_files import load_ring
from stillwatch.adapters.defend.reserve_file import read_kept
from stillwatch.adapters.defend.slots import load_slots
from stillwatch.adapters.vetting.lineage_keys import committed, decoys_committed, load_decoys
from stillwatch.adapters.vetting.lineage_plan import Green, Marks, Pairs, Plan
from stillwatch.defend.canaries import Slot
from stillwatch.defend.keys import Key
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.playbooks.lineage import choices_from, greens_from, pairs_from
from stillwatch.vet.lineage import Choices, Greens, Material, ServedPair
from stillwatch.vet.lineage.heard import shown_way
from stillwatch.vet.lineage.material import distinct

#: wrong keys with which a mark on tokens is tried.
N_TOKEN_KEYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A plan's material.

    Args:
        material: for the room.
        questions: by slot.
        notes: sentences about what was left out, for the report.
        promise: digest of what must not change between looks.
        keys: digest of the keys and marks that are looked for; empty where there are none.
    """

    material: Material
    questions: dict[str, str]
    notes: tuple[str, ...]
    promise: str
    keys: str = ""


def load_material(plan: Plan) -> Loaded:
    """Read everything that a plan names.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: one is not what it should be, or the log of commitments was changed.
    """
    notes: list[str] = []
    promise: dict[str, Any] = {"about": plan.about}
    choices: tuple[Choices, ...] = ()
    greens: tuple[Greens, ...] = ()
    questions: dict[str, str] = {}
    if plan.marks:
        slots = load_slots(plan.marks.slots)
        key, decoys, is_committed = _keys(plan.about, plan.marks, slots, notes)
        choices = (choices_from(plan.about, key, decoys, slots, is_committed=is_committed),)
        questions = _questions(plan.marks, slots)
        promise["marks"] = key.commitment
    if plan.green:
        slots = load_slots(plan.green.slots) if plan.green.slots else {}
        key, decoys, is_committed = _keys(plan.about, plan.green, slots, notes)
        gamma, n_window = plan.green.gamma, plan.green.n_window
        greens = (
            greens_from(plan.about, key, decoys[:N_TOKEN_KEYS], gamma=gamma, n_window=n_window,
                        is_committed=is_committed),
        )  # fmt: skip
        promise["green"] = [key.commitment, str(gamma), n_window]
    pairs = _pairs(plan.about, plan.pairs, notes) if plan.pairs else ()
    is_sealed = plan.pairs is None or plan.pairs.reserve is not None
    if not (choices or greens or pairs):
        raise BadInput("names nothing to look for: [marks], [green] or [pairs].", where="plan")
    return Loaded(
        material=Material(
            choices=choices, pairs=pairs, greens=greens, is_sealed=is_sealed,
            names=plan.leads.names if plan.leads else (),
        ),
        questions=questions, notes=tuple(dict.fromkeys(notes)),
        promise=digest_of("lineage", promise),
        keys=digest_of("lineage keys", promise) if choices or greens else "",
    )  # fmt: skip


def _keys(
    about: str, told: Marks | Green, slots: dict[str, Slot], notes: list[str]
) -> tuple[Key, list[Key], bool]:
    used_us = round(told.served_from.timestamp() * 1e6)
    ring = load_ring(told.ring)
    if not ring.keys:
        raise BadInput("holds no key.", where=str(told.ring))
    # The key in force then; where none was yet, the first, which is then a lead.
    started = [one for one in ring.keys if one.starts_us <= used_us and not one.revoked]
    key = started[-1] if started else ring.keys[0]
    line = committed(told.commitments, about, key, slots, used_us, picks=isinstance(told, Marks))
    if line is None:
        notes.append(
            f"No line of the log commits to key {key.id} and its slots before "
            f"{told.served_from.isoformat()}: what it shows is a lead."
        )
    decoys = load_decoys(told.decoys, about)
    if not decoys_committed(told.commitments, about, key, decoys):
        notes.append("The decoys stand in no line of the log: somebody could have picked them.")
    return key, decoys, line is not None


def _questions(marks: Marks, slots: dict[str, Slot]) -> dict[str, str]:
    if marks.questions is None:
        return {}
    where = str(marks.questions)
    try:
        tree = tomllib.loads(marks.questions.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{where} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", where=where) from None
    told = tree.get("question")
    if not isinstance(told, dict) or set(tree) != {"question"}:
        raise BadInput("holds no [question] table, or others too.", where=where)
    for name, text in told.items():
        if name not in slots or not isinstance(text, str) or not text.strip():
            raise BadInput(f"question {name!r} is of no slot, or no text.", where=where)
        ways = slots[name].ways
        if 0 < sum(shown_way(text, (way,)) >= 0 for way in ways) < len(ways):
            raise BadInput(
                f"question {name!r} names some of its ways: it may hint at the key's.", where=where,
                remedy="Name none of them, or all in the slot's order.",
            )  # fmt: skip
    return {str(name): text for name, text in told.items()}


def _pairs(about: str, told: Pairs, notes: list[str]) -> tuple[ServedPair, ...]:
    rows = _rows(told.file, ("exchange_id", "prompt", "served"))
    if told.reserve is not None and told.ring is not None:
        exchanges = {r["exchange_id"]: (r["prompt"], r["served"], _cluster(r, about)) for r in rows}
        found, n_wrong = pairs_from(read_kept(told.reserve), exchanges, load_ring(told.ring))
        if n_wrong:
            notes.append(f"{n_wrong} twins do not fit what the log says was served; left out.")
    else:
        where = str(told.file)
        if any(not isinstance(r.get("unserved"), str) for r in rows):
            raise BadInput("lacks `unserved`, and no reserve is named.", where=where)
        found = [
            ServedPair(name=r["exchange_id"], about=_cluster(r, about), prompt=r["prompt"],
                       served=r["served"], unserved=r["unserved"])
            for r in rows
        ]  # fmt: skip
        notes.append(
            "The twins came from no sealed reserve: that they were drawn like the served answers, "
            "and before anybody heard a suspect, rests on a word. What they show is a lead."
        )
    published = _lines(told.published) if told.published else frozenset()
    kept, left_out = distinct(found, published)
    for why, n in left_out.items():
        if n:
            notes.append(f"{n} pairs were left out: {why.replace('_', ' ')}.")
    if not published:
        notes.append("No list of published answers was named; what stood on the web counts too.")
    return kept


def _cluster(row: dict[str, Any], about: str) -> str:
    """Who was served: another cluster of the same log is the best comparison there is."""
    told = row.get("cluster", about)
    return told if isinstance(told, str) and told else about


def _rows(path: Path, wanted: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
            right = all(isinstance(row[name], str) for name in wanted)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            right = False
        if not right:
            raise BadInput(f"lacks one of {', '.join(wanted)}.", where=f"{path}, line {number}")
        rows.append(row)
    if len({row[wanted[0]] for row in rows}) != len(rows):
        raise BadInput("an exchange stands twice.", where=str(path))
    return rows


def _lines(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise OutsideFailed(f"{path} cannot be read: {error}.") from None
