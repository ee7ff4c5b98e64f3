"""Snapshots: what an answer rests on, in one file, from which the same answer can be made again.

It holds what the closed lists let in (jobs, samples on their grid, flows), the dated data that was
asked, and the options; no record of a customer but the facts that rules asked for.
"""

from __future__ import annotations

import gzip
import hashlib
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

import stillwatch
from stillwatch.adapters.cloud.shipped import read_toml, rules_of, text_of
from stillwatch.adapters.cloud.sketch_files import match_from, write_whole
from stillwatch.cloud.flops import reach_from
from stillwatch.cloud.hardware import hardware_from
from stillwatch.cloud.oversight import Options, Tables
from stillwatch.cloud.rhythm import rhythm_model_from
from stillwatch.cloud.telemetry import Flow, Job, Telemetry, Trace
from stillwatch.model.errors import BadInput, OutsideFailed

SCHEMA: Final = "stillwatch.cloud-snapshot/1"
#: packs of data that runs are judged by.
PACKS: Final = ("accelerators", "reach", "regimes", "rhythm")
_MOST_BYTES: Final = 8 << 30


def packs(own_rules: Path | None) -> dict[str, str]:
    """The text of every pack that runs are judged by, with a user's own rules.

    Raises:
        OutsideFailed: the user's file cannot be read.
        BadInput: it is no TOML.
    """
    found = {name: text_of(name) for name in PACKS}
    if own_rules is not None:
        try:
            read_toml(own_rules)
            found["own_rules"] = own_rules.read_text(encoding="utf-8")
        except OSError as error:
            raise OutsideFailed(f"{own_rules}: cannot be read ({error.strerror}).") from error
    return found


def tables_of(told: Mapping[str, str]) -> Tables:
    """The dated data that the texts of packs hold.

    Raises:
        BadInput: a text is none.
    """
    try:
        parsed = {name: tomllib.loads(text) for name, text in told.items()}
        return Tables(
            hardware=hardware_from(parsed["accelerators"]),
            reach=reach_from(parsed["reach"]),
            rhythm=rhythm_model_from(parsed["rhythm"]),
            rules=rules_of(parsed["regimes"], parsed.get("own_rules")),
        )
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"a pack cannot be read: {error}.", where="packs") from error


def basis_of(logs: Sequence[Path], told: Mapping[str, str]) -> dict[str, Any]:
    """What an answer rests on, for the answer itself: digests of files and packs.

    Raises:
        OutsideFailed: a file cannot be read.
    """
    listed = []
    for path in logs:
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
                listed.append(
                    {"file": path.name, "n_bytes": file.tell(), "sha256": digest.hexdigest()}
                )
        except OSError as error:
            raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
    return {
        "program": stillwatch.__version__,
        "files": listed,
        "packs": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in told.items()},
    }


def save(
    path: Path, telemetry: Telemetry, packs_told: Mapping[str, str], options: Options,
    result: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write a snapshot, whole or not at all.

    Raises:
        OutsideFailed: it cannot be written.
    """
    told = {
        "schema": SCHEMA,
        "packs": dict(packs_told),
        "options": {
            "day": str(options.day),
            "facts": {name: dict(facts) for name, facts in options.facts.items()},
            "disclosed": sorted(options.disclosed),
            "matches": [match.to_json() for match in options.matches],
            "least_device_hours": options.least_device_hours,
        },
        "jobs": _by_column(telemetry.jobs, Job),
        "flows": _by_column(telemetry.flows, Flow),
        "traces": {
            name: {"from_us": trace.from_us, "step_s": trace.step_s, "columns": trace.columns}
            for name, trace in telemetry.traces.items()
        },
        "result": dict(result),
    }
    content = orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
    write_whole(path, gzip.compress(content, 6, mtime=0))


def load(path: Path) -> tuple[Telemetry, Tables, Options, dict[str, Any]]:
    """What a snapshot holds, and the answer that was given.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is none, or damaged.
    """
    try:
        with path.open("rb") as file:
            opened = zlib.decompressobj(31)
            content = opened.decompress(file.read(), _MOST_BYTES)
        if not opened.eof:
            raise BadInput("breaks off, or is too long.", where=str(path))
        told = orjson.loads(content)
        if told["schema"] != SCHEMA:
            raise ValueError("another schema")
        telemetry = Telemetry(
            jobs=tuple(Job(**row) for row in _rows(told["jobs"])),
            flows=tuple(Flow(**row) for row in _rows(told["flows"])),
            traces={name: _trace(one) for name, one in told["traces"].items()},
        )
        chosen = told["options"]
        options = Options(
            day=date.fromisoformat(chosen["day"]),
            facts=chosen["facts"],
            disclosed=frozenset(chosen["disclosed"]),
            matches=[match_from(one) for one in chosen["matches"]],
            least_device_hours=float(chosen["least_device_hours"]),
        )
        return telemetry, tables_of(told["packs"]), options, dict(told["result"])
    except OSError as error:
        raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
    except (
        zlib.error, orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError
    ) as error:  # fmt: skip
        raise BadInput("is no snapshot of `cloud runs --keep`.", where=str(path)) from error


def _trace(told: Mapping[str, Any]) -> Trace:
    columns = {name: np.array(values, float) for name, values in told["columns"].items()}
    return Trace(from_us=int(told["from_us"]), step_s=float(told["step_s"]), columns=columns)


def _by_column(rows: Sequence[Any], kind: type) -> dict[str, list[Any]]:
    return {one.name: [getattr(row, one.name) for row in rows] for one in fields(kind)}


def _rows(told: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    names = list(told)
    return [
        dict(zip(names, cells, strict=True))
        for cells in zip(*(told[name] for name in names), strict=True)
    ]
