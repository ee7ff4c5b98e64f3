"""Policies on disk: TOML or JSON, and the one that is shipped."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from stillwatch.control import Policy, policy_from
from stillwatch.model.errors import BadInput

SHIPPED = "default"


def shipped_text() -> str:
    """The shipped policy, as it stands in the package."""
    folder = resources.files("stillwatch.control") / "policies"
    return (folder / "default.toml").read_text(encoding="utf-8")


def load_policy(source: str | Path | None = None) -> Policy:
    """Read, check and compile a policy.

    Args:
        source: a file, or ``default`` or ``None`` for the one that is shipped.

    Raises:
        BadInput: it cannot be read or does not stand.
        NotAllowed: it could accuse a single account, or asks for what the ladder forbids.
    """
    if source is None or str(source) == SHIPPED:
        return policy_from(tomllib.loads(shipped_text()), where="the shipped policy")
    path = Path(source)
    return policy_from(_parsed(path), where=str(path))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the policy cannot be read: {error}.", where=str(path)) from error
    try:
        value = orjson.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, orjson.JSONDecodeError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise BadInput(f"the policy is no {kind}: {error}.", where=str(path)) from error
    if not isinstance(value, dict):
        raise BadInput("the policy is no table.", where=str(path))
    return value
