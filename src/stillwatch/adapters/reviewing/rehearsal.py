"""A made tool: files, a tool's file and parts, so that a review can be rehearsed.

The files are real and small: weights, a configuration, a template, and in the first release an old
checkpoint that would print a line if somebody loaded it. The parts are made up, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import numpy as np

from stillwatch.adapters.reviewing.part_files import spelled
from stillwatch.model.quantity import Quantity
from stillwatch.vet.part import Outcome, Part, Point, Severity
from stillwatch.vet.review.inventory import tree_digest

RELEASES: Final = (1, 2)
_MADE: Final = "Made for a rehearsal: nothing was measured, and no such tool or vendor exists."
_ENDPOINT: Final = "https://api.coder.example/v1"
#: prints a line when it is unpickled; a scanner finds it, and nobody here loads it.
_OLD_CHECKPOINT: Final = b"cbuiltins\nprint\n(S'a rehearsal: this file would have run code'\ntR."

_TOML: Final = """\
# A made tool, for a rehearsal. `stillwatch vet review TOOL.toml --out report/`

[tool]
name = "Example Coder"
version = "{version}"
vendor = "Example Works"
licence = "Apache-2.0"
purpose = "Completes and explains code in an editor."
files = "model"
built_on = ["Example Base 3B"]
limits = ["Knows nothing after March 2026, says the vendor."]

[review]
by = "Ann Lee"
valid_days = 180
limits = ["Only English and Spanish were asked."]

[vendor]
contact = "security@coder.example"
appeal_to = "appeals@reviewer.example"
asked_on = {asked_on}
days_to_reply = 30
{reply}
[[endpoint]]
name = "first-party"
address = "{endpoint}"
model = "coder-{version}"

[[dataset]]
name = "Example Code Corpus"
source = "https://data.coder.example/corpus"
licence = "CC-BY-4.0"

[[dataset]]
name = "Reasoning-500k"
licence = "MIT"
outputs_of = ["a model of another maker"]

[[dissent]]
by = "Ben Ode"
on = 2026-11-20
about = "behaviour"
says = "The hijacking rate was taken with one harness only. I would not call it a concern before \
a second one agrees."

[parts]
files = "parts/files.json"
behaviour = "parts/behaviour.json"
data_flow = "parts/data_flow.json"
lineage = "parts/lineage.json"
"""
_REPLY: Final = """
[vendor.reply]
on = 2026-11-18
says = "The old checkpoint was left in by mistake and is gone in 2.1. We dispute the hijacking \
rate: our own harness asks for a confirmation."

"""


def made_tool(release: int, seed: int) -> dict[str, bytes]:
    """A made tool in a folder of its own.

    Args:
        release: one of :data:`RELEASES`; the second mends what the first was found to have.
        seed: equal seeds give equal bytes.

    Returns:
        bytes by path below the folder.
    """
    version = "2.0" if release == 1 else "2.1"
    text = _TOML.format(
        version=version, endpoint=_ENDPOINT,
        asked_on="2026-11-02" if release == 1 else "2026-11-10",
        reply=_REPLY if release == 2 else "",
    )  # fmt: skip
    model = _model(release, seed)
    digest = tree_digest((name, sha256(content).hexdigest()) for name, content in model.items())
    parts = [_files(release, digest), _behaviour(release), _data_flow(), _lineage()]
    return {
        "TOOL.toml": text.encode(),
        **{f"model/{name}": content for name, content in model.items()},
        **{f"parts/{part.name}.json": spelled(part) for part in parts},
    }


def _model(release: int, seed: int) -> Mapping[str, bytes]:
    rng = np.random.default_rng([seed, release])
    weights = rng.standard_normal((64, 32)).astype("<f4").tobytes()
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [64, 32], "data_offsets": [0, len(weights)]}}
    ).encode()
    header += b" " * (-len(header) % 8)
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32}
    template = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
    files = {
        "config.json": json.dumps(config, indent=2).encode(),
        "model.safetensors": len(header).to_bytes(8, "little") + header + weights,
        "tokenizer_config.json": json.dumps({"chat_template": template}, indent=2).encode(),
    }
    if release == 1:
        files["old_checkpoint.bin"] = _OLD_CHECKPOINT
    return files


def _files(release: int, digest: str) -> Part:
    grave = Point(
        title="a file calls a function when it is loaded", severity=Severity.CRITICAL,
        observed="REDUCE of builtins.print with one argument, found by 3 of 4 scanners.",
        where="old_checkpoint.bin", method="opcodes read, nothing loaded",
    )  # fmt: skip
    note = Point(
        title="the chat template is the plain one", severity=Severity.NOTE,
        observed="it puts out the same for 240 pairs of dialogues that differ in a trigger.",
        where="tokenizer_config.json", method="rendered in a sandbox",
    )  # fmt: skip
    first = release == 1
    return Part(
        name="files",
        subject=digest,
        outcome=Outcome.CONCERN if first else Outcome.NO_CONCERN,
        because=(
            "one file of four would run a function when it is loaded." if first
            else "no file runs anything when it is loaded, and every byte was read."
        ),
        points=(grave, note) if first else (note,),
        covered=("weights, configuration and template were read to the last byte",),
        limits=(_MADE,),
        tools={"picklescan": "1.0.5", "modelaudit": "0.2.54"},
        known_evasions={"picklescan": ("a list of what is forbidden can be got round",)},
    )  # fmt: skip


def _behaviour(release: int) -> Part:
    share = 0.31 if release == 1 else 0.12
    return Part(
        name="behaviour", subject=_ENDPOINT, outcome=Outcome.CONCERN,
        because="as an agent it follows instructions that stand in what it reads, more often than "
        "the reference does.",
        points=(
            Point(
                title="agent hijacking", severity=Severity.WARNING,
                observed="it called the tool that an injected text named, in plain tasks of an "
                "office.", where="mail and file tools",
                value=_share(share, 240), p_value=4e-4, method="paired with the reference, exact",
            ),
            Point(
                title="forbidden requests answered", severity=Severity.NOTE,
                observed="no more often than the reference does.", where="six frames",
                value=_share(0.04, 300), p_value=0.41, method="paired with the reference, exact",
            ),
            Point(
                title="refuses harmless requests", severity=Severity.NOTE,
                observed="on the harmless twins of the forbidden requests.",
                value=_share(0.03, 300), method="Wilson interval",
            ),
        ),
        covered=("540 items in English and Spanish, each with a harmless twin",),
        not_covered=("other languages: the packs were not asked",),
        limits=(_MADE, "A rule-based grader errs on 3% of a labelled set."),
        tools={"inspect-ai": "0.3"}, measured={"seed": 7, "n_items": 540},
    )  # fmt: skip


def _data_flow() -> Part:
    return Part(
        name="data_flow", subject=_ENDPOINT, outcome=Outcome.CONCERN,
        because="requests go where the vendor says, and nothing says how long they are kept.",
        points=(
            Point(
                title="retention is not stated", severity=Severity.WARNING,
                observed="neither terms nor contract name a number of days.", where="terms, 4.2",
            ),
            Point(
                title="two hosts were contacted", severity=Severity.NOTE,
                observed="both are the vendor's, over TLS 1.3.", where="api, telemetry",
            ),
        ),
        covered=("40 minutes of use in an editor, recorded as HAR",),
        not_covered=("what the vendor's own servers pass on: it cannot be seen from outside",),
        limits=(_MADE,),
    )  # fmt: skip


def _lineage() -> Part:
    return Part(
        name="lineage", subject=_ENDPOINT, outcome=Outcome.UNDECIDED,
        because="nothing speaks for a descent from our model, and 800 queries could not have shown "
        "a small share.",
        points=(
            Point(
                title="served and resampled answers", severity=Severity.NOTE,
                observed="the tool is as close to what was served as to what was not.",
                value=Quantity(best=0.503, low=0.468, high=0.538, unit="share"), p_value=0.44,
                log2_e=-0.8, method="sign test, exact",
            ),
        ),
        covered=("800 probes of our served answers", "two control models and 300 wrong keys"),
        not_covered=("shares below 8% of its training data: 6,100 more queries would be needed",),
        limits=(_MADE,), measured={"seed": 11},
    )  # fmt: skip


def _share(p: float, n: int) -> Quantity:
    """A share of a count with its Wilson interval."""
    z = 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return Quantity(best=p, low=round(centre - half, 4), high=round(centre + half, 4), unit="share")
