"""Sketches in files: made by each side from its own logs, compared by whoever holds both.

The cloud's accounts go out as numbers; which number is whose stays in a file of the cloud's own.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from stillwatch.adapters.readers import open_exchanges
from stillwatch.adapters.settled import put_in_place
from stillwatch.cloud.evidence import rank_p
from stillwatch.cloud.matching import Match, Sketch, SketchSet
from stillwatch.cloud.series import BUCKET_S, bucketed, ready
from stillwatch.cloud.sketches import N_BITS, address_digests, check_key, key_id, signs
from stillwatch.cloud.telemetry import F64, Flow
from stillwatch.model.errors import BadInput, NotEnoughEvidence, OutsideFailed

SCHEMA: Final = "stillwatch.cloud-sketches/1"
#: lags in hours that a cloud offers: answers may rest on the way.
LAGS: Final = tuple(range(13))
_MOST_BYTES: Final = 512 << 20


def read_key(path: Path) -> bytes:
    """The key that both sides agreed.

    Raises:
        OutsideFailed: the file cannot be read.
        BadSettings: it is too short.
    """
    try:
        return check_key(path.read_bytes().strip())
    except OSError as error:
        raise OutsideFailed(f"{path}: the key cannot be read ({error.strerror}).") from error


def sketch_campaigns(
    result: Mapping[str, Any], logs: Sequence[Path], window: tuple[int, int], key: bytes
) -> SketchSet:
    """Sketches of the campaigns that ``stillwatch detect --json`` found, from the same logs.

    Args:
        result: the contract ``stillwatch.campaigns/1``.
        logs: the provider's logs.
        window: start and end, microseconds since 1970-01-01 UTC, whole hours.
        key: the agreed key.

    Raises:
        BadInput: the result is none, or the logs hold none of its accounts.
    """
    owners = _owners(result)
    volumes: dict[str, F64] = {name: _none(window) for name in set(owners.values())}
    addresses: dict[str, set[str]] = defaultdict(set)
    from_us, width = window[0], BUCKET_S * 1_000_000
    for batch in open_exchanges(logs):
        table = batch.select(["account", "sent_at", "output_tokens", "address"])
        cells = (table.column(i).to_pylist() for i in range(4))
        for account, sent_at, tokens, address in zip(*cells, strict=True):
            name = owners.get(account)
            if (
                name is None
                or not window[0] <= (at := round(sent_at.timestamp() * 1e6)) < window[1]
            ):
                continue
            volumes[name][(at - from_us) // width] += tokens or 0
            if address:
                addresses[name].add(address)
    sketches = tuple(
        Sketch(
            about=name,
            signs=_signs(volumes[name], (0,), key),
            addresses=address_digests(addresses[name], key),
        )
        for name in sorted(volumes)
    )
    return _side("provider", window, sketches, key)


def sketch_accounts(
    flows: Iterable[Flow], window: tuple[int, int], key: bytes
) -> tuple[SketchSet, dict[str, str]]:
    """Sketches of every account that fetches from outside, and whose number is whose.

    Args:
        flows: of all accounts, not of suspects: the others say what chance does.
        window: start and end, microseconds since 1970-01-01 UTC, whole hours.
        key: the agreed key.

    Raises:
        NotEnoughEvidence: fewer than ten accounts; chance could not be told.
    """
    moments: dict[str, list[tuple[int, float]]] = defaultdict(list)
    addresses: dict[str, set[str]] = defaultdict(set)
    for flow in flows:
        if flow.remote_kind == "corpus":
            continue
        moments[flow.account].append((flow.bucket_us, flow.bytes_in))
        if flow.address:
            addresses[flow.account].add(flow.address)
    if len(moments) < 10:
        raise NotEnoughEvidence("accounts to compare with", needed=10, had=len(moments))
    volumes = {name: bucketed(told, *window) for name, told in moments.items()}
    totals = {name: float(values.sum()) for name, values in volumes.items()}
    names: dict[str, str] = {}
    sketches = []
    # The order is that of keyed digests: a number tells nothing of its account.
    order = sorted(volumes, key=lambda name: sorted(address_digests([f"account {name}"], key)))
    for n, account in enumerate(order):
        number = f"a{n}"
        names[number] = account
        others = [total for name, total in totals.items() if name != account]
        sketches.append(
            Sketch(
                about=number,
                signs=_signs(volumes[account], LAGS, key),
                addresses=address_digests(addresses[account], key),
                p_volume=rank_p(totals[account], others),
            )
        )
    return _side("cloud", window, tuple(sketches), key), names


def named(matches: Iterable[Match], names: Mapping[str, str]) -> list[Match]:
    """Matches with the cloud's own names in place of numbers."""
    return [replace(one, account=names.get(one.account, one.account)) for one in matches]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file that its owner alone can read, whole or not at all.

    Raises:
        OutsideFailed: it cannot be written.
    """
    write_whole(path, orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, whole or not at all, though two write at once.

    Raises:
        OutsideFailed: it cannot be written.
    """
    try:
        put_in_place(path, content, path.with_name(f".{path.name}.{os.getpid()}.half"))
    except OSError as error:
        raise OutsideFailed(f"{path}: cannot be written ({error.strerror}).") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is none, or too large.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("is larger than 512 MiB.", where=str(path))
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
    except orjson.JSONDecodeError as error:
        raise BadInput("is not JSON.", where=str(path)) from error
    if not isinstance(value, dict):
        raise BadInput("is no JSON object.", where=str(path))
    return value


def to_json(told: SketchSet) -> dict[str, Any]:
    """Plain values."""
    return {
        "schema": SCHEMA,
        "side": told.side,
        "key_id": told.key_id,
        "from_us": told.from_us,
        "n_buckets": told.n_buckets,
        "bucket_s": told.bucket_s,
        "sketches": [
            {
                "about": one.about,
                "signs": [bits.hex() for bits in one.signs],
                "addresses": sorted(one.addresses),
                "p_volume": one.p_volume,
            }
            for one in told.sketches
        ],
    }


def from_json(told: Mapping[str, Any], *, where: str) -> SketchSet:
    """The sketches that :func:`to_json` told.

    Raises:
        BadInput: it is no file of sketches.
    """
    try:
        if told["schema"] != SCHEMA:
            raise ValueError(f"the schema is not {SCHEMA}")
        sketches = tuple(
            Sketch(
                about=str(one["about"]),
                signs=tuple(bytes.fromhex(bits) for bits in one["signs"]),
                addresses=frozenset(map(str, one["addresses"])),
                p_volume=min(1.0, max(1e-9, float(one["p_volume"]))),
            )
            for one in told["sketches"]
        )
        if any(not 8 <= len(bits) <= 1 << 16 for one in sketches for bits in one.signs):
            raise ValueError("a sketch has too few or too many bits")
        found = SketchSet(
            side=str(told["side"]), key_id=str(told["key_id"]), from_us=int(told["from_us"]),
            n_buckets=int(told["n_buckets"]), bucket_s=int(told["bucket_s"]), sketches=sketches,
        )  # fmt: skip
        if found.n_buckets < 1 or found.bucket_s < 1:
            raise ValueError("the window is empty")
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no file of sketches: {error}.", where=where) from error
    return found


def match_from(told: Mapping[str, Any]) -> Match:
    """A match that ``stillwatch cloud match --json`` told.

    Raises:
        BadInput: it is none.
    """
    try:
        p = told["p_timing"]
        if not all(0 < float(one) <= 1 for one in (p, told["p_network"]) if one is not None):
            raise ValueError("a p-value is none")
        return Match(
            campaign=str(told["campaign"]), account=str(told["account"]),
            p_timing=None if p is None else float(p), lag_buckets=int(told["lag_buckets"]),
            p_network=float(told["p_network"]), n_common=int(told["n_common"]),
            e_value=float(told.get("e_value", 0.0)), said=told["said"] is True,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no match: {error}.", where="matches") from error


def _signs(volumes: F64, lags: Sequence[int], key: bytes) -> tuple[bytes, ...]:
    series = ready(volumes)
    if series is None:
        return ()
    moved = [np.concatenate((series[k:], np.zeros(k))) for k in lags]
    return tuple(signs(np.array(moved), key, N_BITS))


def _none(window: tuple[int, int]) -> F64:
    return bucketed((), *window)


def _side(
    side: str, window: tuple[int, int], sketches: tuple[Sketch, ...], key: bytes
) -> SketchSet:
    return SketchSet(
        side=side, key_id=key_id(key), from_us=window[0],
        n_buckets=(window[1] - window[0]) // (BUCKET_S * 1_000_000), bucket_s=BUCKET_S,
        sketches=sketches,
    )  # fmt: skip


def _owners(result: Mapping[str, Any]) -> dict[str, str]:
    try:
        found = {
            str(member["account"] if isinstance(member, Mapping) else member): str(campaign["id"])
            for campaign in result["campaigns"]
            for member in campaign["accounts"]
        }
    except (KeyError, TypeError) as error:
        raise BadInput(f"is no result of detect: {error} is missing.", where="result") from error
    if not found:
        raise BadInput("names no campaign.", where="result")
    return found
