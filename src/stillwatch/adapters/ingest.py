"""Ingest: batches from a reader become traffic, sketched on the side by other threads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from stillwatch.adapters.shelving import Overflow, Pages, give_back
from stillwatch.detect.batches import Batch, read_batch
from stillwatch.detect.shelf import Shelf
from stillwatch.detect.traffic import Traffic, TrafficBuilder
from stillwatch.model.errors import BadSettings
from stillwatch.stats.ahead import ahead
from stillwatch.stats.sketches import Key

LEAST_SECRET_BYTES = 32


def read_key(key_file: Path | None) -> Key:
    """The key of sketches: from a file, or drawn for this run alone.

    Sketches that are kept must be made under a key of the user's; those of one run
    that are thrown away need none that lasts.

    Raises:
        BadSettings: the file cannot be read or holds under 32 bytes.
    """
    if key_file is None:
        return Key.of(b"stillwatch.one-run")
    try:
        secret = key_file.read_bytes().strip()
    except OSError as error:
        raise BadSettings(
            "detect.key_file", f"{key_file} cannot be read: {error.strerror}"
        ) from error
    if len(secret) < LEAST_SECRET_BYTES:
        raise BadSettings(
            "detect.key_file",
            f"{key_file} holds {len(secret)} bytes; at least {LEAST_SECRET_BYTES} are needed, "
            "for example from `openssl rand -hex 32`",
        )
    return Key.of(secret)


def key_id(key: Key) -> str:
    """A name of a key that does not give it away."""
    both = int(key.k0).to_bytes(8, "little") + int(key.k1).to_bytes(8, "little")
    return hashlib.blake2b(both, digest_size=8, person=b"stillwatch.keyid").hexdigest()


def read_ahead(
    batches: Iterable[pa.RecordBatch], key: Key, hear: bool = False
) -> Iterator[tuple[pa.RecordBatch, Batch]]:
    """Batches in the order they come, each with what other threads made of it.

    At most a few of them are in memory at a time.
    """
    some = (batch for batch in batches if batch.num_rows)
    return ahead(some, lambda batch: read_batch(batch, key, None, hear))


def fill(
    builder: TrafficBuilder,
    batches: Iterable[pa.RecordBatch],
    on_rows: Callable[[int], None] | None = None,
) -> None:
    """Put batches into a builder.

    Args:
        builder: takes them.
        batches: in ``EXCHANGES_SCHEMA``.
        on_rows: called after each batch with its number of rows.
    """
    for batch, made in read_ahead(batches, builder.key, builder.hear):
        builder.take(made, batch.column("prompt"))
        if on_rows:
            on_rows(batch.num_rows)
    give_back()


def ingest(
    batches: Iterable[pa.RecordBatch],
    key: Key,
    *,
    keep_text: bool = False,
    on_rows: Callable[[int], None] | None = None,
    shelf: Shelf | None = None,
    hear: bool = False,
) -> Traffic:
    """Fold batches into traffic.

    Args:
        batches: in ``EXCHANGES_SCHEMA``.
        key: key of the sketches.
        keep_text: keep a few prompts an account for template examples.
        on_rows: called after each batch with its number of rows.
        shelf: where sketches wait; in memory while they are few, else in a temporary file.
        hear: responses are kept somewhere in the logs.
    """
    builder = TrafficBuilder(key, keep_text, shelf or Overflow(), hear, Pages())
    fill(builder, batches, on_rows)
    return builder.finish()
