"""Numbers that a user exported of open weights: one .npz without pickles."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.stats.radioactivity import windows_of
from stillwatch.vet.lineage import Numbers

#: bytes that the arrays of a file may have in all.
LARGEST: Final = 8 << 30
_KNOWN: Final = frozenset(
    "pair_ids served_nats unserved_nats slot_names slot_probs window_tokens probs tokens".split()
)


def load_numbers(path: Path) -> Numbers:
    """Read what was exported.

    ``pair_ids (n,)`` with ``served_nats`` and ``unserved_nats (n,)``: log-likelihood by the token
    of the served answer and its twin, given the prompt. ``slot_names (n,)`` with ``slot_probs
    (n, most_ways)``: probability of each way, NaN beyond a slot's last. ``window_tokens (n,
    n_window)`` with ``probs (n, k)`` and, where k is not the vocabulary, ``tokens (n, k)``.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no such file, holds objects, is too large, or shapes do not fit.
    """
    arrays = _arrays(path)
    where = str(path)
    if unknown := set(arrays) - _KNOWN:
        raise BadInput(f"holds {min(unknown)!r}, which nobody reads.", where=where)
    try:
        return Numbers(
            pairs=_pairs(arrays), ways=_ways(arrays), windows=_windows(arrays),
            probs=arrays["probs"].astype(np.float64) if "probs" in arrays else None,
            tokens=arrays["tokens"].astype(np.int64) if "tokens" in arrays else None,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput(f"does not fit together: {error}.", where=where) from None


def _arrays(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as held:
            if sum(one.file_size for one in held.infolist()) > LARGEST:
                raise BadInput(f"is larger than {LARGEST >> 30} GiB.", where=str(path))
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error}.") from None
    except (ValueError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise BadInput(f"is no .npz of plain arrays: {error}.", where=str(path)) from None


def _pairs(arrays: dict[str, Any]) -> dict[str, tuple[float, float]]:
    if "pair_ids" not in arrays:
        return {}
    told = zip(
        arrays["pair_ids"].astype(str).tolist(), arrays["served_nats"].astype(float).tolist(),
        arrays["unserved_nats"].astype(float).tolist(), strict=True,
    )  # fmt: skip
    return {name: (served, unserved) for name, served, unserved in told}


def _ways(arrays: dict[str, Any]) -> dict[str, Any]:
    if "slot_names" not in arrays:
        return {}
    told = zip(
        arrays["slot_names"].astype(str).tolist(), arrays["slot_probs"].astype(np.float64),
        strict=True,
    )  # fmt: skip
    return {name: row[~np.isnan(row)] for name, row in told}


def _windows(arrays: dict[str, Any]) -> Any:
    if "window_tokens" not in arrays:
        if "probs" in arrays:
            raise KeyError("window_tokens")
        return None
    told = arrays["window_tokens"].astype(np.int64)
    if arrays["probs"].shape[0] != told.shape[0] or told.ndim != 2:
        raise ValueError("a row of window_tokens for each row of probs")
    if "tokens" in arrays and arrays["tokens"].shape != arrays["probs"].shape:
        raise ValueError("tokens and probs differ in shape")
    return np.array([windows_of(np.append(row, 0), told.shape[1])[0] for row in told], np.uint64)
