"""ONNX: where a model fetches its data from, and which operators it brings.

Read through protobuf (kept) with the few fields of the schema that matter here.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from stillwatch.vet.files.pickle_rules import Reason
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

_PACKAGE: Final = "stillwatch_onnx"
_OPTIONAL, _REPEATED = 1, 3
_INT64, _STRING, _MESSAGE, _BYTES, _INT32 = 3, 9, 11, 12, 5
#: message: fields as name, number, type, whether repeated, message type.
_SCHEMA: Final[dict[str, tuple[tuple[str, int, int, bool, str], ...]]] = {
    "Pair": (("key", 1, _STRING, False, ""), ("value", 2, _STRING, False, "")),
    "OperatorSet": (("domain", 1, _STRING, False, ""), ("version", 2, _INT64, False, "")),
    "Tensor": (("dims", 1, _INT64, True, ""), ("data_type", 2, _INT32, False, ""),
               ("name", 8, _STRING, False, ""), ("raw_data", 9, _BYTES, False, ""),
               ("external_data", 13, _MESSAGE, True, "Pair"),
               ("data_location", 14, _INT32, False, "")),
    "Attribute": (("name", 1, _STRING, False, ""), ("t", 5, _MESSAGE, False, "Tensor"),
                  ("g", 6, _MESSAGE, False, "Graph"), ("tensors", 10, _MESSAGE, True, "Tensor"),
                  ("graphs", 11, _MESSAGE, True, "Graph")),
    "Node": (("input", 1, _STRING, True, ""), ("output", 2, _STRING, True, ""),
             ("name", 3, _STRING, False, ""), ("op_type", 4, _STRING, False, ""),
             ("attribute", 5, _MESSAGE, True, "Attribute"), ("domain", 7, _STRING, False, "")),
    "Graph": (("node", 1, _MESSAGE, True, "Node"), ("name", 2, _STRING, False, ""),
              ("initializer", 5, _MESSAGE, True, "Tensor")),
    "Function": (("name", 1, _STRING, False, ""), ("node", 7, _MESSAGE, True, "Node")),
    "Model": (("ir_version", 1, _INT64, False, ""), ("producer_name", 2, _STRING, False, ""),
              ("domain", 4, _STRING, False, ""), ("graph", 7, _MESSAGE, False, "Graph"),
              ("opset_import", 8, _MESSAGE, True, "OperatorSet"),
              ("metadata_props", 14, _MESSAGE, True, "Pair"),
              ("functions", 25, _MESSAGE, True, "Function")),
}  # fmt: skip
_OFFICIAL: Final = frozenset({"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "com.microsoft"})
_MOST_NODES = 5_000_000


@cache
def _model_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="stillwatch_onnx.proto", package=_PACKAGE)
    file.syntax = "proto2"
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated, of in fields:
            made = message.field.add(name=field, number=number)
            made.type = kind
            made.label = _REPEATED if repeated else _OPTIONAL
            if of:
                made.type_name = f".{_PACKAGE}.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Model"))


def model_message() -> Any:
    """An empty model, to be filled; tests write files with it."""
    return _model_class()()


def examine(data: bytes, name: str = "stillwatch") -> Sight:
    """Say whether a model reads files outside of its folder or brings operators of its own.

    Args:
        data: the file.
        name: of the scanner, for the sight.
    """
    model = model_message()
    try:
        model.ParseFromString(data)
    except Exception as error:  # DecodeError of whichever implementation is there
        return Sight(
            scanner=name,
            verdict=Verdict.NOT_EXAMINED,
            because=(f"is no ONNX model: {error}"[:200],),
        )
    if not model.HasField("graph"):
        return Sight(
            scanner=name, verdict=Verdict.NOT_EXAMINED, because=("holds no graph of ONNX",)
        )
    reasons = [*_of_data(model), *_of_operators(model)]
    return Sight(
        scanner=name,
        verdict=gravest([Verdict.CLEAN, *(one for one, _ in reasons)]),
        because=tuple(dict.fromkeys(text for _, text in reasons)),
        read_all=True,
    )


def _of_data(model: Any) -> list[Reason]:
    found: list[Reason] = []
    for tensor in _tensors(model):
        for pair in tensor.external_data:
            if pair.key == "location" and not _is_beside(pair.value):
                told = f"reads tensor data from {pair.value[:120]!r}, outside of its own folder"
                found.append((Verdict.MALICIOUS, told))
    return found


def _is_beside(location: str) -> bool:
    parts = location.replace("\\", "/").split("/")
    return bool(location) and not location.startswith(("/", "\\", "~")) and (
        ".." not in parts and ":" not in parts[0] and "\0" not in location
    )  # fmt: skip


def _of_operators(model: Any) -> list[Reason]:
    own = {one.domain for one in model.opset_import} | {n.domain for n in _nodes(model)}
    return [
        (Verdict.UNKNOWN_IMPORT, f"needs operators of {domain[:80]!r}, which a library must bring")
        for domain in sorted(own - _OFFICIAL)
    ]


def _nodes(model: Any) -> list[Any]:
    found: list[Any] = []
    open_ = [model.graph, *model.functions]
    while open_ and len(found) < _MOST_NODES:
        one = open_.pop()
        for node in one.node:
            found.append(node)
            for attribute in node.attribute:
                open_ += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]
    return found


def _tensors(model: Any) -> list[Any]:
    found = list(model.graph.initializer)
    for node in _nodes(model):
        for attribute in node.attribute:
            found += [*attribute.tensors, attribute.t]
            if attribute.HasField("g"):
                found += attribute.g.initializer
            for graph in attribute.graphs:
                found += graph.initializer
    return found
