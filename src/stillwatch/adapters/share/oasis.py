"""The validator of OASIS, where it is installed (extra ``oasis``): every check, offline."""

from __future__ import annotations

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed


def complaints(data: bytes) -> list[str]:
    """What the validator says of a bundle: errors first, then warnings; empty where it is content.

    Raises:
        OutsideFailed: it is not installed.
        BadInput: it is no JSON.
    """
    try:
        from stix2validator import ValidationOptions, validate_instance
    except ImportError:
        raise OutsideFailed(
            "could not look: the validator of OASIS is not installed.",
            remedy="pip install 'stillwatch[oasis]'.",
        ) from None
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.") from None
    result = validate_instance(told, ValidationOptions(version="2.1"))
    return [str(one) for one in (*(result.errors or ()), *(result.warnings or ()))]
