"""Keys of lineage on the disk: a cluster's key, its decoys, and their line in the log."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from stillwatch.adapters.defend.commitments import Commitment, Commitments
from stillwatch.adapters.defend.key_files import load_ring, new_ring
from stillwatch.defend.canaries import Slot, commitment
from stillwatch.defend.keys import SECRET_BYTES, Key
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.playbooks.lineage import decoys_digest, decoys_of, mark_digests

SCHEMA: Final = "stillwatch.decoys/1"
MOST_DECOYS: Final = 99_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made, and the lines that say so.

    Args:
        key: id of the key.
        n_decoys: how many.
        mark: the line of the key and its slots.
        decoys: the line of the key among its decoys.
    """

    key: str
    n_decoys: int
    mark: Commitment
    decoys: Commitment


def make_keys(
    about: str, slots: dict[str, Slot], *, ring: Path, decoys: Path, log: Path, n_decoys: int,
    now_us: int,
) -> Made:  # fmt: skip
    """Make a cluster's key and decoys where there are none, and commit to both.

    Args:
        about: the cluster.
        slots: in which the key will pick; none where only tokens are marked.
        ring: file of the key; its owner's alone.
        decoys: file of the decoys' seed; likewise.
        log: of commitments.
        n_decoys: >= 300.
        now_us: the moment.

    Raises:
        BadInput: a file is of something else, or the log was changed.
        OutsideFailed: one cannot be written.
    """
    key = (load_ring(ring) if ring.exists() else new_ring(ring, now_us)).sealing(now_us)
    if decoys.exists():
        drawn = load_decoys(decoys, about)
    else:
        _save_decoys(decoys, about, secrets.token_bytes(SECRET_BYTES), n_decoys)
        drawn = load_decoys(decoys, about)
    lines = Commitments(log)
    mark = lines.add("mark", about, commitment(key, list(slots.values())), now_us)
    beside = lines.add("decoys", about, decoys_digest(key, drawn), now_us)
    return Made(key=key.id, n_decoys=len(drawn), mark=mark, decoys=beside)


def load_decoys(path: Path, about: str) -> list[Key]:
    """The decoys of a cluster.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: others may read it, it is none, or another cluster's.
    """
    where = str(path)
    try:
        mode = path.stat().st_mode
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise OutsideFailed(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Make one with `stillwatch vet keys make`.",
        ) from None
    except orjson.JSONDecodeError:
        raise BadInput("is no JSON.", where=where) from None
    if mode & 0o077:
        raise BadInput("others may read the decoys.", where=where, remedy="chmod 600 it.")
    try:
        right = told["schema"] == SCHEMA and told["about"] == about
        seed, n = base64.b64decode(told["seed"], validate=True), int(told["n"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no {SCHEMA}: {type(error).__name__}.", where=where) from None
    if not right or len(seed) != SECRET_BYTES or not 1 <= n <= MOST_DECOYS:
        raise BadInput(f"is no {SCHEMA} of {about}.", where=where)
    return decoys_of(seed, n)


def committed(
    log: Path, about: str, key: Key, slots: dict[str, Slot], before_us: int, *, picks: bool
) -> Commitment | None:
    """The first line that commits to a key, where it stands from before its use.

    Args:
        log: of commitments; its chain is checked.
        about: the cluster.
        key: the key.
        slots: that it was committed to with.
        before_us: when the first marked answer went out.
        picks: whether what it picks in the slots is judged; see :func:`mark_digests`.
    """
    wanted = mark_digests(key, slots, picks=picks)
    for line in Commitments(log).read():
        right = line.purpose == "mark" and line.about == about and line.digest in wanted
        if right and line.committed_us <= before_us:
            return line
    return None


def decoys_committed(log: Path, about: str, key: Key, decoys: list[Key]) -> bool:
    """Whether a line commits to a key among these decoys."""
    wanted = ("decoys", about, decoys_digest(key, decoys))
    return any((o.purpose, o.about, o.digest) == wanted for o in Commitments(log).read())


def _save_decoys(path: Path, about: str, seed: bytes, n: int) -> None:
    told = {"schema": SCHEMA, "about": about, "n": n, "seed": base64.b64encode(seed).decode()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(orjson.dumps(told, option=orjson.OPT_INDENT_2))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
