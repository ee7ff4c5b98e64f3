"""ONNX models, written as messages of protobuf through the schema of the reader."""

from __future__ import annotations

from stillwatch.vet.files.onnx import model_message


def onnx_model(*, location: str = "", domain: str = "") -> bytes:
    """A model of one node and one tensor, whose data may stand in another file."""
    model = model_message()
    model.ir_version = 9
    model.producer_name = "made"
    model.opset_import.add(domain="", version=20)
    graph = model.graph
    graph.name = "net"
    node = graph.node.add(op_type="MatMul", name="m", domain=domain)
    node.input.extend(["x", "w"])
    node.output.append("y")
    tensor = graph.initializer.add(name="w", data_type=1)
    tensor.dims.extend([2, 2])
    if location:
        tensor.data_location = 1
        tensor.external_data.add(key="location", value=location)
    else:
        tensor.raw_data = bytes(16)
    data: bytes = model.SerializeToString()
    return data
