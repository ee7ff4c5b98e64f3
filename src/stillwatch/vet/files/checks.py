"""Our own examination of one file: which check reads which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from stillwatch.vet.files import (
    arrays,
    gguf_header,
    onnx,
    pickle_files,
    remote_code,
    safetensors_header,
    templates,
    texts,
)
from stillwatch.vet.files.formats import Format
from stillwatch.vet.files.pickle_machine import MOST_OPS, names_something, walk
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest

OWN: Final = "stillwatch"
"""Our name in the list of scanners."""
LONGEST_TEXT: Final = 64_000_000
LONGEST_MODEL: Final = 2_000_000_000
"""A message of protobuf is no longer."""


def examine(
    kind: Format, stream: BinaryIO, size: int, file_name: str, references: Mapping[str, str]
) -> Sight:
    """Examine a file as one of its formats; it is read, never loaded.

    Args:
        kind: as what.
        stream: seekable, at its beginning.
        size: bytes of the file.
        file_name: its name, without folders.
        references: the publisher's own chat templates: by file name, and the file's own key.
    """
    check = _CHECKS.get(kind)
    if check is None:
        because = (f"no check of ours reads it: its format is {kind.value}",)
        return Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=because)
    return check(stream, size, file_name, references)


def as_pickle_too(stream: BinaryIO, size: int) -> Sight | None:
    """What a file that does not look like a pickle does when it is loaded as one, if anything.

    Whatever a file is, its bytes may be opcodes from the first on, with the payload far behind.

    Args:
        stream: seekable, at its beginning.
        size: bytes of the file.
    """
    trace = walk(stream)
    if names_something(trace):
        stream.seek(0)
        return pickle_files.examine(stream, size, OWN)
    if trace.n_ops >= MOST_OPS:
        because = (f"could be a pickle that does nothing in its first {MOST_OPS:,} opcodes",)
        return Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=because)
    return None


def together(sights: list[Sight]) -> Sight:
    """One sight of a file that was examined as several formats."""
    return Sight(
        scanner=OWN,
        verdict=gravest(one.verdict for one in sights),
        because=tuple(dict.fromkeys(text for one in sights for text in one.because)),
        read_all=all(one.read_all for one in sights),
    )


def _read(stream: BinaryIO, size: int, most: int) -> bytes | Sight:
    if size > most:
        because = (f"is longer than the {most:,} bytes that are read at most",)
        return Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=because)
    return stream.read()


def _text(stream: BinaryIO, size: int) -> str | Sight:
    data = _read(stream, size, LONGEST_TEXT)
    if isinstance(data, Sight):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        because = (f"is no text: {error.reason} at byte {error.start:,}",)
        return Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=because)


def _python(stream: BinaryIO, size: int, _: str, __: Mapping[str, str]) -> Sight:
    text = _text(stream, size)
    return text if isinstance(text, Sight) else remote_code.examine(text, OWN)


def _template(stream: BinaryIO, size: int, name: str, references: Mapping[str, str]) -> Sight:
    text = _text(stream, size)
    if isinstance(text, Sight):
        return text
    reference = references.get(name) or references.get("chat_template")
    return templates.examine(text, OWN, reference)


def _plain(stream: BinaryIO, size: int, name: str, references: Mapping[str, str]) -> Sight:
    text = _text(stream, size)
    return text if isinstance(text, Sight) else texts.examine(text, name, dict(references), OWN)


def _gguf(stream: BinaryIO, size: int, _: str, references: Mapping[str, str]) -> Sight:
    sight, found = gguf_header.examine(stream, size, OWN)
    sights = [
        templates.examine(one, OWN, references.get("chat_template"), at=key)
        for key, one in found.items()
    ]
    return together([sight, *sights])


def _onnx(stream: BinaryIO, size: int, _: str, __: Mapping[str, str]) -> Sight:
    data = _read(stream, size, LONGEST_MODEL)
    return data if isinstance(data, Sight) else onnx.examine(data, OWN)


def _hdf5(stream: BinaryIO, size: int, _: str, __: Mapping[str, str]) -> Sight:
    try:
        from stillwatch.vet.files import keras_files
    except ImportError:
        because = ("h5py is not here: install stillwatch with the extra `files`",)
        return Sight(scanner=OWN, verdict=Verdict.NOT_EXAMINED, because=because)
    return keras_files.examine(stream, size, OWN)


def _inert(stream: BinaryIO, size: int, _: str, __: Mapping[str, str]) -> Sight:
    return Sight(
        scanner=OWN, verdict=Verdict.CLEAN, because=("no loader of models runs it",), read_all=True
    )


Check = Callable[[BinaryIO, int, str, Mapping[str, str]], Sight]

_CHECKS: Final[dict[Format, Check]] = {
    Format.PICKLE: lambda stream, size, _, __: pickle_files.examine(stream, size, OWN),
    Format.NPY: lambda stream, size, _, __: arrays.examine(stream, size, OWN),
    Format.SAFETENSORS: lambda stream, size, _, __: safetensors_header.examine(stream, size, OWN),
    Format.GGUF: _gguf,
    Format.ONNX: _onnx,
    Format.HDF5: _hdf5,
    Format.PYTHON: _python,
    Format.TEMPLATE: _template,
    Format.JSON: _plain,
    Format.TEXT: _plain,
    Format.PICTURE: _inert,
}
READS: Final = frozenset(_CHECKS)
"""Formats that a check of ours reads."""
