"""The fields that stand beside a request and its response: who, when, from where."""

from __future__ import annotations

from stillwatch.adapters.readers.fields import credential, first, first_name
from stillwatch.adapters.readers.interface import Record, Row
from stillwatch.adapters.readers.times import time_us

_TIMES = ("sent_at", "timestamp", "time", "started_at", "start_time", "created_at", "ts")
_IDS = ("exchange_id", "request_id", "id")
_ACCOUNTS = (
    "account",
    "account_id",
    "organization",
    "organization_id",
    "org_id",
    "workspace_id",
    "project_id",
)
_CREDENTIALS = ("credential", "api_key_hash", "api_key_id", "key_id", "api_key")
_NAMES: dict[str, tuple[str, ...]] = {
    "conversation": ("conversation", "conversation_id", "session_id", "thread_id"),
    "pathway": ("pathway", "provider"),
    "operation": ("operation",),
    "address": ("address", "ip", "client_ip", "ip_address", "remote_addr", "client.address"),
    "network": ("network", "asn"),
    "client": ("client", "user_agent", "user-agent", "user_agent.original"),
    "tls": ("tls", "ja4", "tls_ja4"),
}
_STATUSES = ("status", "status_code", "http_status")


def read_envelope(record: Record) -> Row:
    """The columns that the fields around a request and response give.

    A value under ``api_key`` or any that looks like a key itself is digested.
    """
    row: Row = {
        "exchange_id": first_name(record, _IDS),
        "sent_at": first_time(record, _TIMES),
        "account": first_name(record, _ACCOUNTS),
        "credential": credential(first(record, _CREDENTIALS)),
        "status": first(record, _STATUSES),
    }
    for column, keys in _NAMES.items():
        row[column] = first_name(record, keys)
    return {column: value for column, value in row.items() if value is not None}


def first_time(record: Record, keys: tuple[str, ...]) -> int | None:
    """The first of ``keys`` that reads as a time, in microseconds since 1970 UTC."""
    for key in keys:
        if key in record and (found := time_us(record[key])) is not None:
            return found
    return None


def merged(*rows: Row) -> Row:
    """One row of several; of two values for a column the earlier row's stands."""
    whole: Row = {}
    for row in rows:
        for column, value in row.items():
            if value is not None and whole.get(column) is None:
                whole[column] = value
    return whole
