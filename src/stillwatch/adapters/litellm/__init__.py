"""LiteLLM: a guardrail it asks over HTTP, and a callback that runs inside its proxy."""
