"""Exchange: one request and its reply, and the columns in which traffic comes in.

The contract is versioned: ``EXCHANGES_SCHEMA`` is what every reader yields and
what every Parquet or JSONL file in the native format holds. Only the columns of
``REQUIRED`` must be there. A column that is absent is null, and a signal that
reads it says that it could not look.
"""

from __future__ import annotations

import pyarrow as pa

EXCHANGES_VERSION = "stillwatch.exchanges/1"

_STRINGS = pa.list_(pa.string())
_HASHES = pa.list_(pa.uint64())

#: name, Arrow type and meaning of every column, in order.
EXCHANGE_COLUMNS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("exchange_id", pa.string(), "unique id of the exchange (gen_ai.response.id)"),
    ("sent_at", pa.timestamp("us", tz="UTC"), "when the request came"),
    ("account", pa.string(), "who is billed; pseudonymous"),
    ("model", pa.string(), "model asked for (gen_ai.request.model)"),
    ("credential", pa.string(), "digest of the key used"),
    ("conversation", pa.string(), "conversation id (gen_ai.conversation.id)"),
    ("turn", pa.int32(), "messages before the last user message; 0 = opening"),
    ("operation", pa.string(), "chat, completion, responses, batch, embeddings"),
    ("pathway", pa.string(), "first-party API, a named cloud, an aggregator, an app"),
    ("prompt", pa.string(), "last user message (gen_ai.input.messages)"),
    ("system_prompt", pa.string(), "system or developer message (gen_ai.system_instructions)"),
    ("tools", _STRINGS, "names of the tools offered (gen_ai.tool.definitions)"),
    ("temperature", pa.float64(), "gen_ai.request.temperature"),
    ("max_tokens", pa.int32(), "gen_ai.request.max_tokens"),
    ("samples", pa.int32(), "answers asked for (gen_ai.request.choice.count)"),
    ("logprobs", pa.bool_(), "whether token probabilities were asked for"),
    ("input_tokens", pa.int64(), "gen_ai.usage.input_tokens"),
    ("output_tokens", pa.int64(), "gen_ai.usage.output_tokens"),
    ("reasoning_tokens", pa.int64(), "gen_ai.usage.reasoning.output_tokens"),
    ("response", pa.string(), "the answer, where it is kept (gen_ai.output.messages)"),
    ("status", pa.int16(), "HTTP status (http.response.status_code)"),
    ("finish_reason", pa.string(), "stop, length, tool_calls, content_filter, refusal"),
    ("address", pa.string(), "client IP, or a keyed digest of its /24 or /48"),
    ("network", pa.string(), "AS number"),
    ("client", pa.string(), "user agent or SDK (user_agent.original)"),
    ("tls", pa.string(), "JA4 or the like"),
    ("replayed_reasoning", _STRINGS, "ids of signed or encrypted reasoning blocks in the request"),
    ("prompt_digest", pa.uint64(), "keyed digest of the whole prompt (content-free mode)"),
    ("prompt_shingles", _HASHES, "keyed winnowed shingles of the prompt (content-free mode)"),
    ("prompt_facts", pa.uint64(), "packed length, topic cell and class flags of the prompt"),
    ("system_digest", pa.uint64(), "keyed digest of the system prompt (content-free mode)"),
    ("prompt_spans", _HASHES, "keyed long spans of the prompt (content-free mode)"),
    ("response_spans", _HASHES, "keyed long spans of the response (content-free mode)"),
)

EXCHANGES_SCHEMA: pa.Schema = pa.schema([(name, kind) for name, kind, _ in EXCHANGE_COLUMNS])

REQUIRED: tuple[str, ...] = ("exchange_id", "sent_at", "account", "model")

#: columns that hold text of people; null in content-free mode.
CONTENT: tuple[str, ...] = ("prompt", "system_prompt", "response")

#: keyed sketches that stand in for the content columns.
SKETCHES: tuple[str, ...] = (
    "prompt_digest",
    "prompt_shingles",
    "prompt_facts",
    "system_digest",
    "prompt_spans",
    "response_spans",
)
