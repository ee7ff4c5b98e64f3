"""Between which values a number of the contract makes sense."""

from __future__ import annotations

_I16, _I32, _I64 = 2**15 - 1, 2**31 - 1, 2**63 - 1
_U64 = 2**64 - 1

#: inclusive ends; a value outside becomes null and is counted.
LIMITS: dict[str, tuple[int, int]] = {
    "turn": (0, _I32),
    "max_tokens": (0, _I32),
    "samples": (0, _I32),
    "input_tokens": (0, _I64),
    "output_tokens": (0, _I64),
    "reasoning_tokens": (0, _I64),
    "status": (100, min(999, _I16)),
    "prompt_digest": (0, _U64),
    "prompt_facts": (0, _U64),
    "system_digest": (0, _U64),
}

#: temperatures that some provider accepts.
TEMPERATURES: tuple[float, float] = (0.0, 100.0)
