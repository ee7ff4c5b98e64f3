"""A plan with its files: a cluster that was served, a student of it, and models that are not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from benchmarks.vet.students import (
    N_TOPICS,
    Student,
    heard_of,
    learned,
    slot_answers,
    spoken,
    teacher,
)
from stillwatch.adapters.defend.key_files import load_ring
from stillwatch.adapters.defend.slots import load_slots
from stillwatch.adapters.vetting.lineage_keys import load_decoys
from stillwatch.cli.main import run
from stillwatch.playbooks.lineage import choices_from, token_key
from stillwatch.vet import Answer
from stillwatch.vet.lineage import Heard

N_SLOTS, N_PAIRS, N_WAYS = 60, 120, 10
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def make_plan(
    folder: Path, *, n_decoys: int = 999, more: str = "", learned_share: float = 0.5
) -> Path:
    """Keys by command, marked answers, twins, a plan, and answers of five models."""
    folder.mkdir(parents=True, exist_ok=True)
    slots_file = folder / "slots.toml"
    ways = [[f"{NUMBERS[w]}{k}" for w in range(N_WAYS)] for k in range(N_SLOTS)]
    slots_file.write_text(
        "".join(f"[slot.s{k}]\nways = {orjson.dumps(one).decode()}\n" for k, one in enumerate(ways))
    )
    (folder / "questions.toml").write_text(
        "[question]\n" + "".join(f's{k} = "Give an example of {k}."\n' for k in range(N_SLOTS))
    )
    names = {name: str(folder / f"{name}.json") for name in ("ring", "decoys")}
    words = ["vet", "keys", "make", "k-1", "--slots", str(slots_file), "--ring", names["ring"],
             "--decoys", names["decoys"], "--n-decoys", str(n_decoys),
             "--log", str(folder / "log.jsonl"), "--json"]  # fmt: skip
    assert run(words) == 0
    rng = np.random.default_rng(7)
    key = load_ring(Path(names["ring"])).keys[0]
    decoys = load_decoys(Path(names["decoys"]), "k-1")
    slots = load_slots(slots_file)
    choices = choices_from("k-1", key, decoys, slots, is_committed=True)
    ours, topics, prompts = teacher(rng), rng.integers(0, N_TOPICS, N_PAIRS), np.arange(N_PAIRS)
    served = ours.answers(topics, rng, token_key(key))
    twins = spoken(ours.answers(topics, rng, token_key(key)))
    ids = [f"e{k}" for k in range(N_PAIRS)]
    asked = [f"{'abcdefghij'[k % 10]}{'klmnopqrst'[k // 10 % 10]}{'uvwxyz'[k // 100]}: go on"
             for k in range(N_PAIRS)]  # fmt: skip
    write_rows(folder / "pairs.jsonl", [
        {"exchange_id": ids[k], "prompt": asked[k], "served": text, "unserved": twins[k]}
        for k, text in enumerate(spoken(served))
    ])  # fmt: skip
    models: Mapping[str, Student] = {
        "student": learned(served, topics, prompts, memory=0.5),
        "cousin": learned(ours.answers(topics, rng), topics, prompts, memory=0.5),
        "a": learned(teacher(rng).answers(topics, rng), topics, prompts, memory=0.5),
        "b": learned(teacher(rng).answers(topics, rng), topics, prompts, memory=0.5),
    }  # fmt: skip
    for name, one in models.items():
        share = learned_share if name == "student" else 0.0
        taste = rng.integers(0, N_WAYS, N_SLOTS)
        told = slot_answers(choices, choices.picks[0], share, taste, rng)
        heard = heard_of(name, one, prompts, topics, ids, told, 2, rng)
        write_rows(folder / f"{name}.jsonl", [one.to_json() for one in answers_of(heard)])
    plan = folder / "plan.toml"
    plan.write_text(f"""
about = "k-1"
[marks]
slots = "slots.toml"
questions = "questions.toml"
ring = "ring.json"
decoys = "decoys.json"
commitments = "log.jsonl"
served_from = {datetime.now(UTC).isoformat()}
[green]
slots = "slots.toml"
ring = "ring.json"
decoys = "decoys.json"
commitments = "log.jsonl"
served_from = {datetime.now(UTC).isoformat()}
[pairs]
file = "pairs.jsonl"
n_samples = 2
[leads]
names = ["Acme"]
[suspects.student]
answers = ["student.jsonl"]
[controls.a]
answers = ["a.jsonl"]
[controls.b]
answers = ["b.jsonl"]
{more}""")
    return plan


def answers_of(heard: Heard) -> list[Answer]:
    """What a model said, as an endpoint would have told it."""
    told = {f"slot:{name}": texts for name, texts in heard.slots.items()}
    told |= {f"pair:{name}": texts for name, texts in heard.pairs.items()}
    return [
        Answer(probe=probe, sample=n, text=text, said_model=heard.name, finish="stop",
               input_tokens=5, output_tokens=30, asked_us=1, took_us=1)
        for probe, texts in told.items()
        for n, text in enumerate(texts)
    ]  # fmt: skip


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """JSON lines."""
    path.write_bytes(b"".join(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in rows))
