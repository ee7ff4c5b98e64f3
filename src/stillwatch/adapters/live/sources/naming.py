"""Naming: from what the user writes after ``watch`` to the sources that are meant."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from stillwatch.adapters.addresses import address_of
from stillwatch.adapters.live.arrivals import Source
from stillwatch.model.errors import BadInput, BadSettings

_BUCKETS = ("s3", "gs", "gcs", "abfs", "abfss", "file")
_REDIS = {
    "redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix",
}  # fmt: skip
#: what may stand behind ``?`` for a stream.
_STREAM_KEYS = ("stream", "group", "consumer", "begin", "idle_s")
#: what may stand behind ``?`` for a topic.
_TOPIC_KEYS = ("group", "begin", "settings")


def source_of(
    text: str, positions: Mapping[str, Mapping[str, Any]], token: str | None, *, once: bool
) -> Source:
    """The source that a word of the command line names.

    Args:
        text: a path or an address.
        positions: what was reached before, by source.
        token: that callers of a receiver must bear.
        once: take what is there, then end.

    Raises:
        BadInput: nothing is there.
        BadSettings: the address is none.
    """
    scheme = urlsplit(text).scheme if "://" in text else ""
    if scheme in _BUCKETS:
        from stillwatch.adapters.live.sources.bucket import BucketSource

        name = f"bucket:{text.partition('?')[0]}"
        poll_s = 0.5 if once or scheme == "file" else 5.0
        return BucketSource(text, dict(positions.get(name, {})), poll_s=poll_s)
    if scheme in _REDIS:
        return _stream(text)
    if scheme == "kafka":
        return _topic(text)
    if scheme == "otlp":
        from stillwatch.adapters.live.sources.otlp import OtlpSource

        if once:
            raise BadSettings("--once", "a receiver never has everything; leave out one of both.")
        host, port = address_of(urlsplit(text).netloc, "SOURCE")
        return OtlpSource(host, port, token)
    if scheme:
        raise BadSettings(
            "SOURCE",
            f"{text}: known are folders, s3://, gs://, redis://, rediss://, kafka:// and otlp://.",
        )
    from stillwatch.adapters.live.sources.folder import FolderSource

    path = Path(os.path.abspath(text))
    if not path.exists():
        raise BadInput("no such file or folder.", where=text, remedy="Check the path.")
    name = f"folder:{path}"
    return FolderSource(path, dict(positions.get(name, {})), ends_there=once)


def _stream(text: str) -> Source:
    from stillwatch.adapters.live.sources.redis_stream import RedisSource

    scheme, _, rest = text.partition("://")
    place, _, query = rest.partition("?")
    given = dict(parse_qsl(query))
    mine = {key: given.pop(key) for key in _STREAM_KEYS if key in given}
    url = f"{_REDIS[scheme]}://{place}" + (f"?{urlencode(given)}" if given else "")
    try:
        idle_s = float(mine.get("idle_s", "60"))
    except ValueError as error:
        raise BadSettings("SOURCE", f"idle_s={mine['idle_s']} is no number.") from error
    return RedisSource(
        url,
        stream=mine.get("stream", "exchanges"),
        group=mine.get("group", "stillwatch"),
        consumer=mine.get("consumer") or socket.gethostname() or "watch",
        begin=mine.get("begin", "0"),
        idle_s=idle_s,
    )


def _topic(text: str) -> Source:
    from stillwatch.adapters.live.sources.kafka import KafkaSource, client_library, settings_in

    place, _, query = text.partition("://")[2].partition("?")
    servers, _, topic = place.partition("/")
    given = dict(parse_qsl(query))
    if (
        not servers
        or not topic
        or "/" in topic
        or "@" in servers
        or not set(given) <= {*_TOPIC_KEYS}
    ):
        raise BadSettings(
            "SOURCE",
            "kafka://HOST:PORT,HOST:PORT/TOPIC?group=NAME&begin=earliest&settings=FILE is meant; "
            "names and secrets of a login stand in FILE.",
        )
    if (begin := given.get("begin", "earliest")) not in ("earliest", "latest"):
        raise BadSettings("SOURCE", f"begin={begin} is neither earliest nor latest.")
    client_library()
    more = settings_in(Path(given["settings"])) if "settings" in given else {}
    return KafkaSource(
        servers, topic, group=given.get("group", "stillwatch"), begin=begin, more=more
    )
