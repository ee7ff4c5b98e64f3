"""What a list of messages says: the prompt, the system text, the turn, replayed reasoning.

All providers' shapes are read by the same code: ``content`` as text or as parts,
parts as ``{"type": "text", "text": ...}`` (OpenAI, Anthropic), ``{"text": ...}``
(Bedrock Converse) or ``{"type": "text", "content": ...}`` (OpenTelemetry).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stillwatch.adapters.readers.fields import digest_id, obj, seq, text
from stillwatch.adapters.readers.interface import Row

_TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal", None})
_TOOL_RESULTS = frozenset({"tool_result", "tool_call_response", "function_call_output"})
_SYSTEM_ROLES = frozenset({"system", "developer"})

#: reasons for stopping of every provider, in the contract's words.
_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "completed": "stop",
    "eos": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "max_completion_tokens": "length",
    "model_context_window_exceeded": "length",
    "incomplete": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "function_call": "tool_calls",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "safety": "content_filter",
}


def finish(reason: Any) -> str | None:
    """A provider's reason for stopping in the contract's words; unknown ones as they are."""
    found = text(reason)
    return None if found is None else _FINISH.get(found.lower(), found.lower())


def text_of(content: Any) -> str | None:
    """The text parts of a message's content joined by newlines, or None without any."""
    if isinstance(content, str):
        return content or None
    if isinstance(content, dict):
        content = [content]
    found = [piece for part in seq(content) if (piece := _part_text(part))]
    return "\n".join(found) if found else None


def _part_text(part: Any) -> str | None:
    if isinstance(part, str):
        return part
    inner = obj(part)
    if not isinstance(kind := inner.get("type"), str | None) or kind not in _TEXT_PARTS:
        return None
    return text(inner.get("text")) or text(inner.get("content")) or text(inner.get("refusal"))


def message_text(message: Any) -> str | None:
    """The text of one message, under ``content`` or (OpenTelemetry) ``parts``."""
    inner = obj(message)
    return text_of(inner.get("content")) or text_of(inner.get("parts"))


def read_messages(messages: Any) -> Row:
    """The columns that a conversation's history gives.

    ``turn`` counts the messages before the last user message, system and developer
    messages and items without a role not counted, so that an opening is 0. A user
    message that only carries tool results is not the user speaking and does not count
    as the last one.

    Args:
        messages: the request's messages or input items; anything else gives nothing.

    Returns:
        ``prompt``, ``system_prompt``, ``turn`` and ``replayed_reasoning``, where known.
    """
    history = [one for one in seq(messages) if isinstance(one, dict)]
    system = [
        piece for one in history if _is_system(one) and (piece := message_text(one)) is not None
    ]
    spoken = [one for one in history if "role" in one and not _is_system(one)]
    row: Row = {}
    for position in range(len(spoken) - 1, -1, -1):
        if _user_speaks(spoken[position]):
            row["prompt"] = message_text(spoken[position])
            row["turn"] = position
            break
    if system:
        row["system_prompt"] = "\n".join(system)
    if replayed := list(dict.fromkeys(_replayed(history))):
        row["replayed_reasoning"] = replayed
    return row


def _is_system(message: dict[str, Any]) -> bool:
    role = message.get("role")
    return isinstance(role, str) and role in _SYSTEM_ROLES


def _user_speaks(message: dict[str, Any]) -> bool:
    if message.get("role") != "user":
        return False
    parts = seq(message.get("content")) or seq(message.get("parts"))
    if not parts:
        return True
    return not all(_is_tool_result(part) for part in parts)


def _is_tool_result(part: Any) -> bool:
    inner = obj(part)
    kind = inner.get("type")
    return (isinstance(kind, str) and kind in _TOOL_RESULTS) or "toolResult" in inner


def _replayed(history: list[dict[str, Any]]) -> Iterator[str]:
    for message in history:
        yield from _sealed(message)
        parts = seq(message.get("content")) + seq(message.get("parts"))
        held = seq(message.get("thinking_blocks")) + seq(message.get("reasoning_details"))
        for part in parts + held:
            if isinstance(part, dict):
                yield from _sealed(part)


def _sealed(block: dict[str, Any]) -> Iterator[str]:
    """Ids of a signed or encrypted reasoning block; nothing for any other block."""
    kind = block.get("type")
    sealed: str | None = None
    if kind == "thinking":
        sealed = text(block.get("signature"))
    elif kind in ("redacted_thinking", "reasoning.encrypted"):
        sealed = text(block.get("data"))
    elif kind == "reasoning.text":
        sealed = text(block.get("signature"))
    elif kind in ("reasoning", "compaction"):
        sealed = (
            text(block.get("encrypted_content"))
            or text(block.get("signature"))
            or text(block.get("id"))
        )
    elif isinstance(inner := block.get("reasoningContent"), dict):
        sealed = text(obj(inner.get("reasoningText")).get("signature")) or text(
            inner.get("redactedContent")
        )
    if sealed is None:
        sealed = text(block.get("thought_signature")) or text(block.get("thoughtSignature"))
    if sealed is not None:
        yield digest_id(sealed)


def tool_names(tools: Any) -> list[str] | None:
    """Names of the tools offered, whatever the provider's shape; None without tools.

    A built-in tool without a name goes by its type (``web_search``).
    """
    if isinstance(tools, dict):
        tools = tools.get("tools")
    found = [piece for tool in seq(tools) if (piece := _tool_name(obj(tool)))]
    return found or None


def _tool_name(tool: dict[str, Any]) -> str | None:
    nested = obj(tool.get("function")) or obj(tool.get("toolSpec"))
    return text(nested.get("name")) or text(tool.get("name")) or text(tool.get("type"))
