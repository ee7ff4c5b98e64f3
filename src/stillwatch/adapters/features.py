"""Features on disk: one file of terms a campaign, and what is checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from stillwatch import __version__
from stillwatch.adapters.results import write_whole
from stillwatch.detect.sealing import to_terms
from stillwatch.detect.settling import Outcome
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.stats.terms import SCHEMA, Compared, compare

#: what a recomputation is printed as.
CHECK_SCHEMA = "stillwatch.recheck/1"
#: no file of terms is larger, bytes.
MOST_BYTES = 2**30
_SUFFIX = ".terms.json"


def make_folder(folder: Path) -> None:
    """Make a folder for files of terms, before a long search.

    Raises:
        OutsideFailed: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutsideFailed(
            f"{folder} cannot be made: {error.strerror}.", remedy="Name a folder that can be."
        ) from error
    write_whole(folder / ".stillwatch", b"")
    (folder / ".stillwatch").unlink(missing_ok=True)


def write_features(outcome: Outcome, folder: Path) -> list[Path]:
    """Write one file of terms for each campaign, readable by its owner only.

    Args:
        outcome: what a search found.
        folder: it is there; files of other campaigns in it stay.

    Raises:
        OutsideFailed: the disk refuses.
    """
    out = []
    for features in to_terms(outcome, __version__):
        path = folder / f"{features['campaign'].replace(':', '-')}{_SUFFIX}"
        write_whole(path, orjson.dumps(features, option=orjson.OPT_APPEND_NEWLINE))
        out.append(path)
    return out


def load_features(path: Path, target: str) -> dict[str, Any]:
    """The file of terms of a campaign.

    Args:
        path: the file, or a folder of such files.
        target: id of the campaign, or enough of its beginning.

    Raises:
        BadInput: there is none of that campaign, or it is of another schema.
    """
    wanted = target.removeprefix("campaign:")
    if path.is_dir():
        named = sorted(path.glob(f"campaign-*{_SUFFIX}"))
        fitting = [p for p in named if p.name.removeprefix("campaign-").startswith(wanted)]
        if len(fitting) != 1:
            found = f"{len(fitting)} files" if fitting else "no file"
            raise BadInput(
                f"holds {found} of terms of {target!r}.",
                where=str(path),
                remedy="Make them with `detect LOGS --features DIR`.",
            )
        path = fitting[0]
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"is larger than {MOST_BYTES >> 20} MiB.", where=str(path))
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path)) from error
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=str(path)) from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise BadInput(f"is no file of terms of the schema {SCHEMA}.", where=str(path))
    if not str(value.get("campaign")).removeprefix("campaign:").startswith(wanted):
        raise BadInput(f"is not of the campaign {target!r}.", where=str(path))
    return value


def check_features(features: Mapping[str, Any], record: Mapping[str, Any] | None) -> dict[str, Any]:
    """Recompute a file of terms, and hold it against what the search printed.

    Args:
        features: a file of terms.
        record: the campaign in a result; None where there is none at hand.

    Returns:
        of the schema ``stillwatch.recheck/1``: whether everything agrees, the signals with
        what was said and recomputed, and all that differs.
    """
    compared = compare(features)
    printed = _printed(features, record) if record is not None and _is_whole(compared) else ()
    members = [one for one in compared if one.what.endswith("].membership")]
    names = {str(s.get("name")): s for s in _rows(features, "signals")}
    return {
        "schema": CHECK_SCHEMA,
        "campaign": str(features.get("campaign")),
        "agrees": all(one.agrees for one in (*compared, *printed)),
        "n_compared": len(compared) + len(printed),
        "n_exactly": sum(one.exactly for one in (*compared, *printed)),
        "held_against_result": bool(printed),
        "signals": [
            {
                "name": one.what,
                "family": str(names[one.what].get("family")),
                "question": str(names[one.what].get("question")),
                "said_bits": one.said,
                "recomputed_bits": one.redone,
                "agrees": one.agrees,
                "exactly": one.exactly,
                "n_terms": len(_rows(names[one.what], "terms")),
            }
            for one in compared
            if one.what in names
        ],
        "sums": [
            {"what": one.what, "said": one.said, "recomputed": one.redone, "agrees": one.agrees}
            for one in compared
            if one.what.split(".")[0] in ("families", "harvest", "weight_bits", "discovery")
            or one.what.startswith("rival ")
        ],
        "accounts": {"n": len(members), "n_agree": sum(one.agrees for one in members)},
        "problems": [str(one) for one in (*compared, *printed) if not one.agrees],
    }


def _is_whole(compared: tuple[Compared, ...]) -> bool:
    """Whether the file is such that its numbers can be looked up by name."""
    return bool(compared) and not any(one.why and one.said is None for one in compared)


def _printed(features: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[Compared, ...]:
    """What a result says of the campaign, beside the same numbers of the terms, rounded alike."""
    out = [Compared("result: id", str(record.get("id")), str(features.get("campaign")))]
    signals = {s["name"]: s for s in _rows(features, "signals")}
    for row in _rows(record, "signals"):
        name, place = str(row.get("name")), row.get("benign_percentile")
        signal = signals.get(name, {})
        out.append(_same(f"result: {name[:40]}", row.get("bits"), signal.get("bits"), 1))
        if place is not None:
            given = [t["gives"].get("percentile") for t in _rows(signal, "terms")]
            out.append(_same(f"result: {name[:40]}.percentile", place, next(iter(given), None), 5))
    for key in ("families", "harvest"):
        for name, said in dict(record.get(key) or {}).items():
            out.append(_same(f"result: {key}.{str(name)[:40]}", said, features[key].get(name), 1))
    out.append(_same("result: weight_bits", record.get("weight_bits"), features["weight_bits"], 1))
    left = {str(r["hypothesis"]): -r["unexplained_bits"] for r in _rows(features, "rivals")}
    for row in _rows(record, "rivals"):
        rival = str(row.get("hypothesis"))
        out.append(_same(f"result: rival {rival[:60]}", row.get("bits"), left.get(rival), 1))
    accounts, rows = features["accounts"], _rows(record, "accounts")
    out.append(_same("result: accounts", len(rows), len(accounts["membership"]), 0))
    for key, digits in (("membership", 4), ("weight_bits", 1)):
        for nth, (row, exact) in enumerate(zip(rows, accounts[key], strict=False)):
            out.append(_same(f"result: accounts[{nth}].{key}", row.get(key), exact, digits))
    fdr = float(f"{features['discovery']['fdr']:.3g}")
    out.append(_same("result: fdr", record.get("fdr"), fdr, None))
    return tuple(out)


def _same(what: str, said: object, exact: object, digits: int | None) -> Compared:
    """A number as it was printed beside one that is not rounded yet."""
    printed = float(said) if isinstance(said, (int, float)) else None
    if not isinstance(exact, (int, float)):
        return Compared(what, printed, None, "the terms say nothing of it")
    return Compared(what, printed, float(exact) if digits is None else round(float(exact), digits))


def _rows(of: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = of.get(key)
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []
