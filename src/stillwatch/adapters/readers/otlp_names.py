"""Which OpenTelemetry attribute fills which column, in the order of precedence.

The conventions have no attribute for the account, the credential or the client's
TLS stack; ``stillwatch.*`` names them and stands first wherever it occurs.
"""

from __future__ import annotations

ACCOUNTS = (
    "stillwatch.account.id",
    "stillwatch.account",
    "enduser.id",
    "user.id",
    "enduser.pseudo.id",
)

NAMES: dict[str, tuple[str, ...]] = {
    "exchange_id": ("stillwatch.exchange.id", "gen_ai.response.id"),
    "model": (
        "gen_ai.request.model",
        "gen_ai.response.model",
        "llm.request.model",
        "llm.model_name",
    ),
    "credential": ("stillwatch.credential.hash", "stillwatch.credential"),
    "conversation": (
        "stillwatch.conversation",
        "gen_ai.conversation.id",
        "session.id",
    ),
    "operation": ("stillwatch.operation", "gen_ai.operation.name", "llm.request.type"),
    "pathway": ("stillwatch.pathway", "gen_ai.provider.name", "gen_ai.system"),
    "address": ("client.address", "http.client_ip", "net.sock.peer.addr", "net.peer.ip"),
    "network": ("stillwatch.network.asn", "client.as.number", "source.as.number"),
    "client": ("user_agent.original", "http.user_agent"),
    "tls": ("stillwatch.network.ja4", "tls.client.ja4", "tls.client.ja3"),
}

NUMBERS: dict[str, tuple[str, ...]] = {
    "turn": ("stillwatch.turn",),
    "temperature": ("gen_ai.request.temperature", "llm.request.temperature"),
    "max_tokens": ("gen_ai.request.max_tokens", "llm.request.max_tokens"),
    "samples": ("gen_ai.request.choice.count", "gen_ai.request.n"),
    "logprobs": (
        "stillwatch.logprobs",
        "gen_ai.request.logprobs",
        "gen_ai.openai.request.logprobs",
    ),
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
    ),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
    ),
}

STATUSES = ("http.response.status_code", "http.status_code")
INPUT = ("gen_ai.input.messages", "gen_ai.prompt", "llm.prompts")
OUTPUT = ("gen_ai.output.messages", "gen_ai.completion", "llm.completions")
SYSTEM = ("gen_ai.system_instructions", "gen_ai.system.instructions")
TOOLS = ("gen_ai.tool.definitions", "gen_ai.request.tools")
FINISH = "gen_ai.response.finish_reasons"

#: operations that are no call of a model.
NOT_CALLS = frozenset(
    {
        "execute_tool",
        "invoke_agent",
        "create_agent",
        "invoke_workflow",
        "plan",
        "retrieval",
        "run_guardrail",
    }
)

OPERATIONS = {
    "generate_content": "chat",
    "text_completion": "completion",
    "embedding": "embeddings",
}
