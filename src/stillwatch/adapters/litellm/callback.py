"""A callback of LiteLLM's proxy that throttles with 429 and Retry-After, which guardrails cannot.

In the proxy's configuration: ``litellm_settings: {callbacks:
[stillwatch.adapters.litellm.callback.stillwatch]}``; the way to the decision service comes from
``STILLWATCH_GATEWAY__*``. Imported by LiteLLM only, which brings its own packages.
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

from stillwatch.adapters.gateway.asking import Asking, credential_of
from stillwatch.adapters.gateway.options import ask_for_less, options_of

_OPERATIONS = {
    "text_completion": "completion",
    "atext_completion": "completion",
    "embeddings": "embeddings",
    "aembedding": "embeddings",
    "responses": "responses",
    "aresponses": "responses",
    "acreate_batch": "batch",
}


class Stillwatch(CustomLogger):  # type: ignore[misc]
    """Ask about each call before it is made.

    Args:
        asking: the way to the service; by default what the environment says, read at once, so
            that a proxy that cannot ask does not start.
    """

    def __init__(self, asking: Asking | None = None) -> None:
        super().__init__()
        self._asking = asking or Asking.from_environment()

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any] | None:
        """Let the call go, ask for less, or refuse it.

        Raises:
            HTTPException: the service says no; status, Retry-After and body are the service's.
        """
        told = await self._asking.ask(
            {
                **who(user_api_key_dict, data),
                **options_of(data),
                "operation": _OPERATIONS.get(call_type, "chat"),
            }
        )
        if told.go:
            return data if told.less and ask_for_less(data, told.less) else None
        raise HTTPException(
            status_code=told.status,
            detail={"error": dict(told.error or {})},
            headers=told.headers(),
        )


def who(key: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Who calls, as LiteLLM knows it: its team or user is the account, its end user the tenant."""
    metadata = data.get("metadata") or data.get("litellm_metadata") or {}
    return {
        "account": key.team_id or key.user_id or "",
        "credential": _digest(key.token or key.api_key or ""),
        "tenant": key.end_user_id or "",
        "address": metadata.get("requester_ip_address") or "",
    }


def _digest(key: str) -> str:
    """LiteLLM's own digest of a key; a key that it left as it came goes no further than here."""
    return key if re.fullmatch("[0-9a-f]{64}", key) else credential_of({"x-api-key": key})


stillwatch = Stillwatch()
