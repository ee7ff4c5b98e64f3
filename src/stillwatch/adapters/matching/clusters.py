"""Ask a partner whether its cluster is the same pool as ours, hidden among decoys."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stillwatch.adapters.matching.asking import Asking, Question, Say
from stillwatch.adapters.matching.terms import Terms
from stillwatch.adapters.matching.workers import Workers
from stillwatch.model.errors import BadInput, NotEnoughEvidence, OutsideFailed
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import Mode
from stillwatch.share.matching_clusters import Likeness, decoys, likeness, rare
from stillwatch.share.matching_names import Kind, items

_LEAST: int = 20


def read_population(path: Path) -> list[list[str]]:
    """Keys of each innocent account, from a CSV of ``account,key``.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it has other columns, or is no UTF-8.
    """
    units: dict[str, list[str]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != ["account", "key"]:
                raise BadInput("must have the columns account,key.", where=str(path))
            for row in reader:
                units.setdefault(row["account"], []).append(row["key"])
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadInput("is no CSV in UTF-8.", where=str(path)) from None
    return list(units.values())


def ask_cluster(
    terms: Terms, workers: Workers, *, partner: str, kind: Kind, purpose: Purpose, about: str,
    keys: Sequence[str], units: Sequence[Sequence[str]], n_decoys: int, seed: int, say: Say,
) -> Likeness:  # fmt: skip
    """Count our cluster's keys at the partner, and those of decoys, in one session.

    Keys that several innocent accounts hold are left out on both sides of the comparison. The
    cluster stands at a place among the decoys that is drawn, so that the partner cannot tell.

    Args:
        terms: who we are.
        workers: who computes.
        partner: whom.
        kind: of the keys.
        purpose: of the match.
        about: name of the partner's set.
        keys: of our cluster.
        units: keys of each of our innocent accounts.
        n_decoys: how many.
        seed: of the draw.
        say: told of progress.

    Raises:
        NotEnoughEvidence: too few keys are left, or too few innocent ones to draw from.
    """
    spelled = [sorted(items(kind, purpose, unit)[0]) for unit in units]
    ours = sorted(items(kind, purpose, keys)[0])
    left = rare(spelled)
    common = {key for unit in spelled for key in unit} - {key for unit in left for key in unit}
    cluster = [key for key in ours if key not in common]
    if len(cluster) < _LEAST:
        raise NotEnoughEvidence("keys that few hold", needed=_LEAST, had=len(cluster))
    mine = set(cluster)
    innocent = [unit for unit in left if mine.isdisjoint(unit)]
    rng = np.random.default_rng(seed)
    sets = decoys(len(cluster), innocent, n_decoys, rng)
    place = int(rng.integers(n_decoys + 1))
    sets.insert(place, cluster)
    question = Question(partner=partner, kind=kind, purpose=purpose, mode=Mode.SIZE, about=about)
    values = [[key.rpartition("|")[2] for key in one] for one in sets]
    counts = list(Asking(terms, workers, say).ask(question, values).counts)
    n_shared = counts.pop(place)
    return likeness(len(cluster), n_shared, counts)
