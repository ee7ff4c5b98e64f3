"""What gateways ask, each in its own words, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from stillwatch.adapters.envoy.check import Checked
from stillwatch.adapters.gateway.asking import CREDENTIAL, credential_of
from stillwatch.adapters.gateway.options import operation_of, options_of
from stillwatch.control import Call
from stillwatch.model.errors import BadInput

_TEXTS: Final = (
    "account",
    "credential",
    "tenant",
    "exchange",
    "address",
    "client",
    "model",
    "operation",
    "pathway",
)
_FLAGS: Final = ("logprobs", "reasoning", "safety_relevant")
_COUNTS: Final = ("max_tokens", "samples", "replayed_reasoning", "unasked")
FIELDS: Final = (*_TEXTS, *_FLAGS, *_COUNTS)
"""Everything that ``stillwatch.ask/1`` may hold."""
_KINDS: Final[dict[str, type]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_FLAGS, bool),
    **dict.fromkeys(_COUNTS, int),
}
_MOST_CHARACTERS: Final = 512
_MOST: Final = 2**31 - 1
MOST_UNASKED: Final = 64
"""Requests on a lease that one question can report; each is counted as if it had been asked."""


def asked_of(fields: Any) -> Call:
    """Read ``stillwatch.ask/1``.

    Raises:
        BadInput: a field is unknown or of the wrong kind, or nothing says who asks.
    """
    if type(fields) is not dict:
        raise BadInput("the question must be a JSON object", where="body")
    for name, value in fields.items():
        wanted, kind = _KINDS.get(name), type(value)
        if wanted is str:
            good = kind is str and len(value) <= _MOST_CHARACTERS
        elif wanted is bool:
            good = kind is bool
        elif wanted is int:
            most = MOST_UNASKED if name == "unasked" else _MOST
            good = kind in (int, float) and 0 <= value <= most and value == int(value)
            if kind is float and good:
                # To JSON 3 and 3.0 are one number.
                fields[name] = int(value)
        else:
            raise BadInput("there is no such field", where=str(name)[:60])
        if not good:
            raise BadInput(f"it will not do; {_wanted(name)}", where=name)
    get = fields.get
    account, credential = get("account", ""), get("credential", "")
    if not account and not credential:
        raise BadInput("say who asks", where="account", remedy="Send account or credential.")
    return Call(
        account,
        credential,
        get("model", ""),
        get("operation") or "chat",
        get("pathway", ""),
        network_of(get("address", "")),
        get("client", ""),
        get("tenant", ""),
        get("exchange", ""),
        get("max_tokens"),
        get("samples", 1),
        get("logprobs", False),
        get("reasoning", False),
        get("replayed_reasoning", 0),
        get("safety_relevant", False),
    )


def network_of(address: str) -> str:
    """The /24 or /48 that an address lies in; empty for what is no address.

    >>> network_of("203.0.113.9"), network_of("2001:db8:1:2::3"), network_of("::ffff:192.0.2.1")
    ('203.0.113', '2001:db8:1', '192.0.2')
    """
    if "." in address:
        return address.rpartition(":")[2].rpartition(".")[0]
    return ":".join(address.split(":")[:3]) if ":" in address else ""


def asked_by_envoy(
    checked: Checked, account_header: str, credential_header: str = CREDENTIAL
) -> Call | None:
    """Read what Envoy holds; ``None`` where the address is none of a model's.

    Args:
        checked: path, headers and, where Envoy sends it, the beginning of the body.
        account_header: header in which a filter before this one names the account.
        credential_header: header in which the API behind reads keys.
    """
    operation = operation_of(checked.path)
    if not operation:
        return None
    headers = checked.headers
    fields: dict[str, Any] = {"operation": operation}
    if checked.body:
        fields |= options_of(_object(checked.body))
    forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return Call(
        headers.get(account_header, "")[:_MOST_CHARACTERS],
        credential_of(headers, credential_header),
        network=network_of(checked.address or forwarded),
        client=headers.get("user-agent", "")[:_MOST_CHARACTERS],
        tenant=headers.get("x-stillwatch-tenant", "")[:_MOST_CHARACTERS],
        exchange_id=headers.get("x-request-id", "")[:_MOST_CHARACTERS],
        **fields,
    )


def asked_by_guardrail(told: Any) -> Call | None:
    """Read what LiteLLM's ``generic_guardrail_api`` sends; ``None`` for an answer of the model.

    Texts and messages are not looked at.

    Raises:
        BadInput: it is not in that form.
    """
    if not isinstance(told, dict) or not isinstance(told.get("request_data"), dict):
        raise BadInput("request_data must be an object", where="request_data")
    if told.get("input_type") != "request":
        return None
    who = told["request_data"]
    headers = told.get("request_headers")
    heads = (
        {str(name).lower(): str(value) for name, value in headers.items()}
        if isinstance(headers, dict)
        else {}
    )
    account = _text(who, "user_api_key_team_id") or _text(who, "user_api_key_user_id")
    credential = _text(who, "user_api_key_hash")
    if not account and not credential:
        raise BadInput("say who asks", where="request_data", remedy="Use keys of LiteLLM.")
    forwarded = heads.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return Call(
        account,
        credential,
        _text(told, "model"),
        network=network_of(forwarded),
        client=heads.get("user-agent", "")[:_MOST_CHARACTERS],
        tenant=_text(who, "user_api_key_end_user_id"),
        exchange_id=_text(told, "litellm_call_id"),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value[:_MOST_CHARACTERS] if isinstance(value, str) else ""


def _wanted(name: str) -> str:
    if name in _TEXTS:
        return f"it must be text of at most {_MOST_CHARACTERS} characters"
    return "it must be true or false" if name in _FLAGS else f"it must be a number, 0 to {_MOST}"
