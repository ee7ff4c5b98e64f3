"""How often liars win a quorum, by what they do and how voices are counted; the cost of a note.

PYTHONPATH=. python benchmarks/ally/quorum/run.py [--full]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table  # noqa: E402
from stillwatch.adapters.ally.members import load_members  # noqa: E402
from stillwatch.adapters.ally.node import Node  # noqa: E402
from stillwatch.adapters.signing import new_key  # noqa: E402
from stillwatch.ally import Note, Opinion, Stance, equivocations, quorum  # noqa: E402
from stillwatch.ally.equivocation import header_of  # noqa: E402
from stillwatch.model.finding import Claim, Finding  # noqa: E402
from stillwatch.model.marking import LegalBasis, Marking, Tlp  # noqa: E402
from stillwatch.model.quantity import exactly  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

SEED, N_NODES, NOW = 11, 7, 1_790_000_000_000_000
ABOUT, CLAIM = "campaign:x", Claim.ONE_OPERATOR
FAMILIES = ("network", "payment", "timing")
LIES = ("weight", "echo", "made up", "copy and fight", "two faces")
BASIS = LegalBasis(name="b", kind="contract", from_us=0, until_us=2**52)
MEMBERS = frozenset(f"n{i}" for i in range(N_NODES))


def note(node: str, body: Finding | Opinion, salt: str = "0" * 32) -> Note:
    """A note."""
    mark = Marking(
        tlp=Tlp.GREEN, owner=node, until_us=2**52, basis=BASIS, communities=frozenset({"isac"}),
        jurisdictions=frozenset({"US", "DE"}),
    )  # fmt: skip
    return Note(node=node, revision=1, made_us=NOW, marking=mark, body=body, salt=salt,
                personal=False)  # fmt: skip


def opinion(bits: float) -> Opinion:
    """What a node thinks."""
    stance = Stance.SUPPORTS if bits > 0 else Stance.DISSENTS if bits < 0 else Stance.ABSTAINS
    return Opinion(about=ABOUT, claim=CLAIM, stance=stance, weight=exactly(bits, "bit"))


def finding(bits: float, family: str, start: int) -> Finding:
    """What a node found."""
    return Finding(about=ABOUT, claim=CLAIM, value=exactly(bits, "bit"), family=family,
                   evidence=(), method="bench", window=(start, start + 1))  # fmt: skip


def honest(name: str, true: bool, rng: np.random.Generator) -> list[Note]:
    """What an honest node tells."""
    seen = rng.random() < (0.8 if true else 0.1)
    if true and not seen:
        return [note(name, opinion(0.0))]
    families = rng.choice(FAMILIES, int(rng.integers(1, 4)), replace=False)
    sign = 1.0 if seen else -1.0
    found = [
        finding(sign * float(rng.uniform(3, 8)), str(f), int(rng.integers(2**40))) for f in families
    ]
    total = sum(f.value.best for f in found)
    return [*(note(name, f) for f in found), note(name, opinion(total))]


def lying(
    name: str, lie: str, true: bool, others: list[Note], rng: np.random.Generator
) -> list[Note]:
    """What a liar tells, against the truth."""
    push = -900.0 if true else 900.0
    copied = [note(name, n.body) for n in others if isinstance(n.body, Finding)]
    if lie == "weight":
        return [note(name, opinion(push))]
    if lie == "echo":
        return [*copied, note(name, opinion(push if not true else 900.0))]
    if lie == "made up":
        made = finding(push, "payment", int(rng.integers(2**40)))
        return [note(name, made), note(name, opinion(push))]
    if lie == "copy and fight":
        return [*copied, note(name, opinion(-900.0))]
    made = finding(push, "payment", int(rng.integers(2**40)))
    return [note(name, made), note(name, opinion(push)), note(name, opinion(-push), "1" * 32)]


def counted(notes: list[Note]) -> dict[str, bool]:
    """Whether the claim holds, by each way of counting."""
    caught = equivocations(header_of(n) for n in notes)
    said: dict[str, float] = {n.node: n.body.weight.best for n in notes
                              if isinstance(n.body, Opinion)}  # fmt: skip
    signers = sum(bits > 0 for bits in said.values()) - sum(bits < 0 for bits in said.values())
    return {
        "ours": quorum(notes, caught, MEMBERS, ABOUT, CLAIM.value, NOW).holds,
        "signers": signers > 0 and sum(b > 0 for b in said.values()) > N_NODES // 2,
        "sum": sum(said.values()) > 8.0,
    }


def cases(n: int) -> Iterator[dict[str, Any]]:
    """Every lie, every number of liars, true and false claims."""
    for lie in LIES:
        for n_liars in (0, 1, 2, 3) if lie == LIES[0] else (1, 2, 3):
            for true in (True, False):
                rng = np.random.default_rng(SEED)
                wrong = {"ours": 0, "signers": 0, "sum": 0}
                for _ in range(n):
                    names = [f"n{i}" for i in rng.permutation(N_NODES)]
                    told = [x for a in names[n_liars:] for x in honest(a, true, rng)]
                    lies = [x for a in names[:n_liars] for x in lying(a, lie, true, told, rng)]
                    notes = lies + told if rng.random() < 0.5 else told + lies
                    for way, holds in counted(notes).items():
                        wrong[way] += holds is not true
                row: dict[str, Any] = {
                    "kind": "case", "lie": lie if n_liars else "nobody lies", "n_liars": n_liars,
                    "claim": "true" if true else "false", "n": n,
                }  # fmt: skip
                for way, k in wrong.items():
                    row[f"{way}_wrong"] = k / n
                row["ours_low_95"], row["ours_high_95"] = clopper_pearson(wrong["ours"], n)
                yield row


def cost(n: int) -> dict[str, Any]:
    """Tell ``n`` notes at one node, take them at another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = {x: new_key(folder / f"{x}.pem", x).public_pem for x in ("a", "b")}
        for me, other in (("a", "b"), ("b", "a")):
            (folder / f"{me}.toml").write_text(
                f'key = "{me}.pem"\nfolder = "{me}"\n[me]\nname = "{me}"\njurisdiction = "US"\n'
                f'communities = ["isac"]\n[[member]]\nname = "{other}"\njurisdiction = "DE"\n'
                f'communities = ["isac"]\npublic_key = """{keys[other]}"""\n', "utf-8",
            )  # fmt: skip
        one, other_ = (Node(load_members(folder / f"{x}.toml")) for x in ("a", "b"))
        begun = time.process_time()
        for nth in range(n):
            body = finding(1.0, "network", nth)
            one.tell(body, note("a", body).marking, personal=False)
        tell_s = time.process_time() - begun
        begun, wall, after, headers = time.process_time(), time.monotonic(), 0, 0
        while True:
            given = one.give("b", after, headers)
            if (given["last"], given["headers_last"]) == (after, headers):
                break
            assert other_.take(given, "a")["refused"] == 0
            after, headers = given["last"], given["headers_last"]
        take_s, wall_s = time.process_time() - begun, time.monotonic() - wall
        assert len(other_.store.held()) == n
        limit_s = n * _limit(folder)
        return {
            "kind": "cost", "n": n, "tell_cpu_ms_a_note": tell_s / n * 1e3,
            "take_cpu_ms_a_note": take_s / n * 1e3, "take_wall_ms_a_note": wall_s / n * 1e3,
            "limit_cpu_ms_a_note": limit_s / n * 1e3, "times_the_limit": take_s / limit_s,
        }  # fmt: skip


def _limit(folder: Path) -> float:
    """Two verifications and one forced write of two kilobytes, in processor time."""
    key, data = Ed25519PrivateKey.generate(), b"x" * 2_000
    public, signature = key.public_key(), key.sign(data)
    begun = time.process_time()
    for nth in range(200):
        public.verify(signature, data)
        public.verify(signature, data)
        file = os.open(folder / f"limit{nth}", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(file, data)
        os.fsync(file)
        os.close(file)
    return (time.process_time() - begun) / 200


def main() -> None:
    """Lie, count, take notes, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 400 cases of each kind")
    full = parser.parse_args().full
    rows = [*cases(400 if full else 60), cost(1_000 if full else 100)]
    print(table(rows))
    facts = {"seed": SEED, "nodes": N_NODES, "needed": N_NODES // 2 + 1, "n_lying": 1,
             "ceiling_bits": 8.0}  # fmt: skip
    freeze(HERE, rows, full=full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    said = []
    for n_liars in (0, 1, 2, 3):
        for claim, what in (("false", "holds"), ("true", "does not hold")):
            mine = [r for r in rows if r["kind"] == "case" and r["n_liars"] == n_liars
                    and r["claim"] == claim]  # fmt: skip
            worst = {w: max(r[f"{w}_wrong"] for r in mine) for w in ("ours", "signers", "sum")}
            said.append(
                f"{n_liars} of {N_NODES} lie, a {claim} claim {what}, worst lie: "
                f"{worst['ours']:.1%} by ours, {worst['signers']:.1%} by counting signers, "
                f"{worst['sum']:.1%} by adding what is said."
            )
    one = rows[-1]
    said.append(
        f"To take a note costs {one['take_cpu_ms_a_note']:.2f} ms of processor, "
        f"{one['times_the_limit']:.1f} times its verifications and its write; to tell one "
        f"{one['tell_cpu_ms_a_note']:.2f} ms."
    )
    return said


if __name__ == "__main__":
    main()
