"""Roles: what kinds of organisations see the traces of a campaign, and which ones.

The list. A role says what a partner can look for; what it may be told is said by markings alone.
"""

from __future__ import annotations

from typing import Final

from stillwatch.model.errors import BadInput

ROLES: Final[dict[str, str]] = {
    "model-provider": "accounts, prompts, reasoning, timing",
    "cloud-platform": "machines, networks, training, hosted models",
    "api-aggregator": "tenants behind one account, resale, failover",
    "payment-firm": "instruments, merchants, charge-backs",
    "government": "what is reported to it; reached by a channel of its own",
}


def checked_roles(value: object, *, where: str) -> list[str]:
    """Roles from a file or a command line.

    Raises:
        BadInput: one is not on the list.
    """
    told = (
        [value]
        if isinstance(value, str)
        else list(value)
        if isinstance(value, (list, tuple))
        else None
    )
    if told is None or any(one not in ROLES for one in told):
        raise BadInput(f"a role is one of {', '.join(ROLES)}.", where=where)
    return sorted(dict.fromkeys(told))
