"""Weights of two models from safetensors, a hidden layer at a time; nothing is run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ml_dtypes
import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.lineage.weights import Layer, layer_of

F64 = npt.NDArray[np.float64]

#: tensors with a row for each hidden unit, one for each layer; Conv1D has a column instead.
UNITS: Final = re.compile(
    r"(?:mlp|feed_forward|ffn|block_sparse_moe\.experts\.\d+)\.(?:up_proj|w3|fc1|fc_in|"
    r"dense_h_to_4h|c_fc|linear1)\.weight$|layers\.\d+\.fc1\.weight$|"
    r"intermediate\.dense\.weight$|linear1\.weight$"
)
#: a name up to the last number in it that stands between dots.
_LAYER: Final = re.compile(r"^(.*\.\d+)\..*$")
_TURNED: Final = "c_fc.weight"
#: dtypes that numpy knows only by this package.
_MORE: Final = (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2)
MOST_LAYERS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Layers of two models.

    Args:
        layers: that could be compared.
        left_out: sentences about those that could not.
    """

    layers: list[Layer]
    left_out: list[str]


class Weights:
    """Tensors of one model, opened and not read.

    Args:
        path: a .safetensors file, or a folder of them.

    Raises:
        OutsideFailed: there is none, or one cannot be read.
        BadInput: one is no safetensors file.
    """

    def __init__(self, path: Path) -> None:
        files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
        if not files or not all(one.is_file() for one in files):
            raise OutsideFailed(f"there are no .safetensors in {path}.")
        self._stack, self._of = ExitStack(), dict[str, Any]()
        for one in files:
            try:
                held = self._stack.enter_context(safe_open(str(one), framework="numpy"))
            except (SafetensorError, OSError) as error:
                self.close()
                raise BadInput(f"is no safetensors file: {error}.", where=str(one)) from None
            self._of |= dict.fromkeys(held.keys(), held)

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()

    def __enter__(self) -> Weights:
        """The tensors."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the files."""
        self.close()

    def names(self, wanted: re.Pattern[str]) -> Iterator[str]:
        """Tensors that a pattern names, in an order of layers."""
        found = [name for name in self._of if wanted.search(name)]
        yield from sorted(found, key=lambda n: [int(x) for x in re.findall(r"\d+", n)])

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor; empty where there is none."""
        held = self._of.get(name)
        return () if held is None else tuple(held.get_slice(name).get_shape())

    def rows(self, name: str) -> F64:
        """``(n_units, n_inputs)`` a row for each unit.

        Raises:
            BadInput: its numbers are of a kind that cannot be read.
        """
        try:
            told = self._of[name].get_tensor(name).astype(np.float64)
        except (SafetensorError, TypeError, KeyError) as error:
            raise BadInput(f"cannot be read: {error}.", where=name) from None
        rows: F64 = told.T if name.endswith(_TURNED) else told
        return rows


def compare(
    ours: Weights, theirs: Weights, rng: np.random.Generator, units: re.Pattern[str] = UNITS
) -> Compared:
    """Compare hidden layers that both have under one name and with one shape.

    Args:
        ours, theirs: the models.
        rng: draws units and orders.
        units: which tensors have a row for each unit.

    Raises:
        BadInput: there is none, or several of one layer, whose units have one order.
    """
    names = list(ours.names(units))
    layers_named = Counter(_LAYER.sub(r"\1", name) for name in names)
    if twice := [layer for layer, n in layers_named.items() if n > 1]:
        raise BadInput(
            f"several tensors of {twice[0]} were named: the order of their units is one.",
            where="--tensors", remedy="Name one tensor a layer; else one order counts twice.",
        )  # fmt: skip
    left_out = [
        f"{name}: of another shape, {theirs.shape(name) or 'missing'}."
        for name in names
        if theirs.shape(name) != ours.shape(name)
    ]
    both = [name for name in names if theirs.shape(name) == ours.shape(name)]
    step = max(1, -(-len(both) // MOST_LAYERS))
    if not both:
        raise BadInput(
            "no hidden layer has one name and one shape in both.", where="weights",
            remedy="Name the tensors with --tensors; other architectures cannot be compared.",
        )  # fmt: skip
    if step > 1:
        left_out.append(f"every {step}. of {len(both)} layers was compared.")
    layers = [layer_of(n, ours.rows(n), theirs.rows(n), rng) for n in both[::step]]
    return Compared(layers=layers, left_out=left_out)
