"""Bill of materials: CycloneDX for a model, with its card, as plain values.

The kept library has no model card, so the values are written here and held against the library's
schema (``stillwatch.adapters.reviewing.validating``). Nothing is listed that was not seen or said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stillwatch.model.canonical import spell

SPEC: Final = "1.6"
_MODEL: Final = "model"


def bom_of(document: Mapping[str, Any], *, spdx: bool) -> dict[str, Any]:
    """The bill of materials of a tool under review.

    Args:
        document: of the schema ``stillwatch.review/1``.
        spdx: whether the licence is an SPDX expression; else it is quoted as a name.

    Returns:
        CycloneDX 1.6; its serial number follows from the content.
    """
    tool, files = document["tool"], document["files"]
    told: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "timestamp": document["made_at"],
            "lifecycles": [{"phase": "operations"}],
            "tools": {
                "components": [
                    {"type": "application", "name": name, "version": version}
                    for name, version in sorted(document["versions"].items())
                ]
            },
            "component": _component(tool, files, document, spdx=spdx),
        },
        "components": [*_datasets(tool), *_bases(tool)],
    }
    if tool["endpoints"]:
        told["services"] = [_service(tool, one) for one in tool["endpoints"]]
    told["dependencies"] = [
        {"ref": _MODEL, "dependsOn": [one["bom-ref"] for one in told["components"]]}
    ]
    return {**told, "serialNumber": _serial(told)}


def _component(
    tool: Mapping[str, Any], files: Mapping[str, Any], document: Mapping[str, Any], *, spdx: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": _MODEL,
        "name": tool["name"],
        "modelCard": _card(tool, files, document),
        "components": [
            {
                "type": "file",
                "bom-ref": f"file-{n}",
                "name": one["path"],
                "hashes": [{"alg": "SHA-256", "content": one["sha256"]}],
                "properties": [{"name": "stillwatch:bytes", "value": str(one["n_bytes"])}],
            }
            for n, one in enumerate(files["listed"])
        ],
    }
    if tool["version"]:
        told["version"] = tool["version"]
    if tool["vendor"]:
        told["supplier"] = {"name": tool["vendor"]}
    if tool["purpose"]:
        told["description"] = tool["purpose"]
    if tool["licence"]:
        told["licenses"] = _licence(tool["licence"], spdx=spdx)
    if files["digest"]:
        told["hashes"] = [{"alg": "SHA-256", "content": files["digest"].partition(":")[2]}]
    return told


def _card(
    tool: Mapping[str, Any], files: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, Any]:
    config = files["config"]
    parameters: dict[str, Any] = {
        "inputs": [{"format": "text"}],
        "outputs": [{"format": "text"}],
        "datasets": [{"ref": _ref("dataset", n)} for n, _ in enumerate(tool["datasets"] or ())],
    }
    if config.get("model_type"):
        parameters["architectureFamily"] = config["model_type"]
    if config.get("architectures"):
        parameters["modelArchitecture"] = config["architectures"]
    considerations: dict[str, Any] = {
        "technicalLimitations": [*tool["limits"], *document["limits"]],
        "ethicalConsiderations": [
            {"name": one["of"], "mitigationStrategy": one["do"]}
            for one in document["answer"]["conditions"]
        ],
    }
    if tool["purpose"]:
        considerations["useCases"] = [tool["purpose"]]
    card: dict[str, Any] = {"modelParameters": parameters, "considerations": considerations}
    if measured := list(_measured(document)):
        card["quantitativeAnalysis"] = {"performanceMetrics": measured}
    return card


def _measured(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in document["parts"]:
        for point in part["points"]:
            value = point["value"]
            if value is not None:
                yield {
                    "type": f"{point['title']} ({value['unit']})",
                    "value": f"{value['best']:g}",
                    "slice": part["name"],
                    "confidenceInterval": {
                        "lowerBound": f"{value['low']:g}",
                        "upperBound": f"{value['high']:g}",
                    },
                }


def _datasets(tool: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for n, one in enumerate(tool["datasets"] or ()):
        told: dict[str, Any] = {
            "type": "data",
            "bom-ref": _ref("dataset", n),
            "name": one["name"],
            "data": [{"type": "dataset", "name": one["name"]}],
        }
        if one["licence"]:
            told["licenses"] = _licence(one["licence"], spdx=False)
        properties = (
            [{"name": "stillwatch:source", "value": one["source"]}] if one["source"] else []
        )
        properties += [{"name": "stillwatch:outputs-of", "value": m} for m in one["outputs_of"]]
        if properties:
            told["properties"] = properties
        yield told


def _bases(tool: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for n, name in enumerate(tool["built_on"]):
        yield {"type": "machine-learning-model", "bom-ref": _ref("base", n), "name": name}


def _service(tool: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "bom-ref": f"endpoint-{one['name']}",
        "name": one["name"],
        "endpoints": [one["address"]],
        "x-trust-boundary": True,
    }
    if operator := one["operator"] or tool["vendor"]:
        told["provider"] = {"name": operator}
    if one["model"]:
        told["properties"] = [{"name": "stillwatch:model", "value": one["model"]}]
    return told


def _licence(said: str, *, spdx: bool) -> list[dict[str, Any]]:
    return [{"expression": said}] if spdx else [{"license": {"name": said}}]


def _ref(kind: str, n: int) -> str:
    return f"{kind}-{n}"


def _serial(told: Mapping[str, Any]) -> str:
    """A UUID (version 8, RFC 9562) that is the digest of the content."""
    h = hashlib.sha256(spell(told)).hexdigest()
    variant = "89ab"[int(h[16], 16) % 4]
    return f"urn:uuid:{h[:8]}-{h[8:12]}-8{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"
