"""Honest files in the shapes that models are published in."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from tests.rooms.vet.files_made import chat_templates, sources
from tests.rooms.vet.files_made.cases import HONEST, honest
from tests.rooms.vet.files_made.hostile_others import tensors, write_gguf, write_h5
from tests.rooms.vet.files_made.onnx_files import onnx_model
from tests.rooms.vet.files_made.weights import floats, old_torch, state_dict, torch_zip

X = np.arange(40, dtype=float).reshape(20, 2)
Y = np.arange(20) % 2


def _pickled(name: str, what: Any, protocol: int = 4, file: str = "model.pkl") -> None:
    def make(folder: Path, marker: Path) -> None:
        value = what() if callable(what) else what
        (folder / file).write_bytes(pickle.dumps(value, protocol))

    HONEST[name] = make


for _protocol in (0, 1, 2, 3, 5):
    _pickled(f"pickle_protocol_{_protocol}", {"a": [1, 2.5, "text", None, True], "b": (b"x",)},
             _protocol)  # fmt: skip
_pickled("numpy_array", lambda: np.arange(12.0).reshape(3, 4))
_pickled("numpy_mixed", lambda: {"a": np.float32(1), "b": np.array(["x", "yy"]), "c": X > 3})
_pickled("numpy_random_state", lambda: np.random.default_rng(1))
_pickled("collections", lambda: [OrderedDict(a=1), defaultdict(int, b=2), Counter("abc")])
_pickled("dates", lambda: [dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.timedelta(3),
                           decimal.Decimal("1.5"), Path("weights/model.pt")])  # fmt: skip
_pickled("sklearn_scaler", lambda: StandardScaler().fit(X))
_pickled("sklearn_logistic", lambda: LogisticRegression().fit(X, Y))
_pickled("sklearn_pipeline", lambda: make_pipeline(StandardScaler(), SVC()).fit(X, Y))
_pickled("sklearn_forest", lambda: RandomForestClassifier(3, random_state=1).fit(X, Y))
_pickled("sklearn_boosting", lambda: GradientBoostingClassifier(n_estimators=2).fit(X, Y))
_pickled("scipy_sparse", lambda: csr_matrix(X))


@honest("several_pickles")
def _several(folder: Path, marker: Path) -> None:
    (folder / "log.pkl").write_bytes(b"".join(pickle.dumps({"step": n}) for n in range(5)))


def _joblib(name: str, value: Any, compress: Any = 0) -> None:
    def make(folder: Path, marker: Path) -> None:
        joblib.dump(value() if callable(value) else value, folder / "model.joblib", compress)

    HONEST[name] = make


_joblib("joblib_array", lambda: X)
_joblib("joblib_several", lambda: {"a": X, "b": [np.arange(3, dtype=np.int32), "x"]})
_joblib("joblib_model", lambda: LogisticRegression().fit(X, Y))
_joblib("joblib_zlib", lambda: StandardScaler().fit(X), 3)
_joblib("joblib_xz", lambda: X, ("xz", 3))
_joblib("joblib_objects", lambda: np.array([{"a": 1}, None], dtype=object))


@honest("gzip_pickle")
def _gzip(folder: Path, marker: Path) -> None:
    (folder / "vocab.pkl.gz").write_bytes(gzip.compress(pickle.dumps({"a": 1})))


@honest("xz_pickle")
def _xz(folder: Path, marker: Path) -> None:
    (folder / "vocab.pkl.xz").write_bytes(lzma.compress(pickle.dumps({"a": 1})))


@honest("zlib_text")
def _zlib(folder: Path, marker: Path) -> None:
    (folder / "notes.z").write_bytes(zlib.compress(b"trained for three days\n" * 20))


@honest("torch_state")
def _torch(folder: Path, marker: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(torch_zip(state_dict()))


@honest("torch_old_state")
def _old(folder: Path, marker: Path) -> None:
    data = old_torch(state_dict(old=True), keys=("0",), raw=floats(6))
    (folder / "model.pt").write_bytes(data)


@honest("torch_module")
def _module(folder: Path, marker: Path) -> None:
    code = (b"\x80\x02ctorch.nn.modules.linear\nLinear\n)\x81}(X\x08\x00\x00\x00trainingq\x00\x89"
            b"X\x0b\x00\x00\x00in_featuresK\x02ub.")  # fmt: skip
    (folder / "model.pt").write_bytes(torch_zip(code))


@honest("safetensors")
def _safetensors(folder: Path, marker: Path) -> None:
    (folder / "model.safetensors").write_bytes(tensors())
    index = {"metadata": {"total_size": 88}, "weight_map": {"a": "model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


@honest("safetensors_empty_tensor")
def _empty_tensor(folder: Path, marker: Path) -> None:
    from safetensors.numpy import save

    made = save({"a": np.zeros((0, 4), np.float32), "b": np.ones(5, np.float16)})
    (folder / "adapter_model.safetensors").write_bytes(made)


def _template(name: str, text: str, where: str) -> None:
    def make(folder: Path, marker: Path) -> None:
        if where == "gguf":
            write_gguf(folder / "model.gguf", text)
        elif where == "jinja":
            (folder / "chat_template.jinja").write_text(text)
        else:
            told = {"bos_token": "<s>", "eos_token": "</s>", "model_max_length": 4096,
                    "tokenizer_class": "PreTrainedTokenizer", "chat_template": text}  # fmt: skip
            (folder / "tokenizer_config.json").write_text(json.dumps(told))

    HONEST[f"{where}_{name}"] = make


for _name, _text in chat_templates.HONEST.items():
    _template(_name, _text, "gguf")
    _template(_name, _text, "config")
_template("qwen", chat_templates.QWEN, "jinja")


@honest("gguf_without_template")
def _gguf(folder: Path, marker: Path) -> None:
    write_gguf(folder / "model.gguf")


@honest("npy")
def _npy(folder: Path, marker: Path) -> None:
    np.save(folder / "weights.npy", X)


@honest("npz")
def _npz(folder: Path, marker: Path) -> None:
    np.savez_compressed(folder / "weights.npz", a=X, b=Y)


@honest("npy_of_objects")
def _objects(folder: Path, marker: Path) -> None:
    np.save(folder / "labels.npy", np.array(["a", {"b": 1}], dtype=object), allow_pickle=True)


@honest("onnx")
def _onnx(folder: Path, marker: Path) -> None:
    (folder / "model.onnx").write_bytes(onnx_model())


@honest("onnx_data_beside")
def _onnx_beside(folder: Path, marker: Path) -> None:
    (folder / "model.onnx").write_bytes(onnx_model(location="weights.bin"))
    (folder / "weights.bin").write_bytes(struct.pack("<4f", 1, 2, 3, 4))


@honest("keras")
def _keras(folder: Path, marker: Path) -> None:
    layers = [{"module": "keras.layers", "class_name": "Dense", "registered_name": None,
               "config": {"name": "d", "units": 2, "activation": "relu"}}]  # fmt: skip
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": layers}}
    with zipfile.ZipFile(folder / "model.keras", "w") as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
        made.writestr("config.json", json.dumps(config))


@honest("h5")
def _h5(folder: Path, marker: Path) -> None:
    write_h5(folder / "model.h5", [{"class_name": "Dense", "config": {"units": 2}}])


@honest("remote_code")
def _remote(folder: Path, marker: Path) -> None:
    config = {
        "model_type": "tiny",
        "auto_map": {
            "AutoConfig": "configuration_tiny.TinyConfig",
            "AutoModel": "modeling_tiny.TinyModel",
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "configuration_tiny.py").write_text(sources.CONFIGURATION)
    (folder / "modeling_tiny.py").write_text(sources.MODELING)
    (folder / "tokenization_tiny.py").write_text(sources.TOKENIZATION)


@honest("plain_configs")
def _configs(folder: Path, marker: Path) -> None:
    (folder / "generation_config.json").write_text(json.dumps({"max_new_tokens": 64}))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n\n```python\n"
                                      "from transformers import AutoModel\n```\n")  # fmt: skip
    (folder / "requirements.txt").write_text("torch>=2.0\ntransformers==4.40\nnumpy\n")
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\ncat\nos\nsystem\n(hello\n")
    (folder / "merges.txt").write_text("#version: 0.2\nc a\no s\n")
    (folder / "config.yaml").write_text("model:\n  layers: 2\n")
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "model": {"vocab": {}}}))
    (folder / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")


@honest("archive_of_weights")
def _archive(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, data in (("m/model.safetensors", tensors()), ("m/config.json", b"{}")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    (folder / "model.tar.gz").write_bytes(out.getvalue())


@honest("picture")
def _picture(folder: Path, marker: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8), "teal").save(folder / "logo.png")
