"""Validating: the bill of materials against CycloneDX's own schema, by its kept library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from stillwatch.vet.review.bom import SPEC

NOT_CHECKED = "not checked: the extra `review` (cyclonedx-python-lib) is not installed"


def bom_fault(bom: Mapping[str, Any] | bytes) -> str:
    """What is wrong with a bill of materials.

    Args:
        bom: plain values, or the bytes of a file.

    Returns:
        Empty where it holds; :data:`NOT_CHECKED` where the library is not there.
    """
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        return NOT_CHECKED
    text = bom if isinstance(bom, bytes) else orjson.dumps(bom)
    version = SchemaVersion.from_version(SPEC)
    try:
        fault = JsonStrictValidator(version).validate_str(text.decode())
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {str(error)[:200]}"
    if fault is not None:
        return str(fault.data)[:500]
    # The schema of one version lets the number of another pass.
    said = orjson.loads(text)["specVersion"]
    return "" if said == SPEC else f"it says that it is CycloneDX {said}, not {SPEC}"


def is_spdx(licence: str) -> bool:
    """Whether a licence is an SPDX expression; False where the library is not there."""
    try:
        from cyclonedx.spdx import is_expression
    except ImportError:
        return False
    return bool(licence) and bool(is_expression(licence))
