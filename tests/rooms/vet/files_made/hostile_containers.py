"""Hostile pickles inside of other things: torch, archives, compressed streams, arrays."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.rooms.vet.files_made.cases import hostile
from tests.rooms.vet.files_made.hostile_pickles import call, classic, glob, proto, touch, value
from tests.rooms.vet.files_made.weights import TORCH_MAGIC, old_torch, torch_zip


class Runs:
    """Runs a command when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        import os

        return os.system, (touch(self.marker),)


def state_with_call(marker: Path) -> bytes:
    """A state dict of torch whose pickle also runs a command."""
    return proto(2, glob("collections", "OrderedDict") + b")R" + value("w")
                 + call("os", "system", touch(marker)) + b"s")  # fmt: skip


@hostile("torch_zip")
def _torch_zip(folder: Path, marker: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(torch_zip(state_with_call(marker)))


@hostile("torch_bad_crc")
def _bad_crc(folder: Path, marker: Path) -> None:
    data = bytearray(torch_zip(state_with_call(marker)))
    for sign, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = data.find(sign)
        data[at + offset : at + offset + 4] = b"\xde\xad\xbe\xef"
    (folder / "model.pt").write_bytes(bytes(data))


@hostile("torch_encrypted_flag")
def _encrypted(folder: Path, marker: Path) -> None:
    data = bytearray(torch_zip(state_with_call(marker)))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(sign)
        data[at + offset] |= 1
    (folder / "model.pt").write_bytes(bytes(data))


@hostile("torch_renamed_member")
def _renamed(folder: Path, marker: Path) -> None:
    data = torch_zip(state_with_call(marker), pickle_name="archive/notes.txt")
    (folder / "model.pt").write_bytes(data)


@hostile("torch_two_of_a_name")
def _two_of_a_name(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("archive/data.pkl", state_with_call(marker))
        made.writestr("archive/data.pkl", pickle.dumps({}, 2))
        made.writestr("archive/version", "3\n")
    (folder / "model.pt").write_bytes(out.getvalue())


@hostile("zip_behind_a_prefix")
def _prefix(folder: Path, marker: Path) -> None:
    (folder / "model.pt").write_bytes(b"\0" * 64 + torch_zip(state_with_call(marker)))


@hostile("torch_before_1_6")
def _old_torch(folder: Path, marker: Path) -> None:
    (folder / "model.pt").write_bytes(old_torch(state_with_call(marker)))


@hostile("torch_magic_by_call")
def _old_torch_magic(folder: Path, marker: Path) -> None:
    first = proto(2, call("builtins", "eval", f"[open({str(marker)!r},'w'), {TORCH_MAGIC}][1]"))
    rest = b"".join(pickle.dumps(one, 2) for one in (1001, {}, {}, []))
    (folder / "model.pt").write_bytes(first + rest)


@hostile("torch_tar")
def _torch_tar(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        _add(made, "sys_info", pickle.dumps({"protocol_version": 1000}, 2))
        _add(made, "pickle", state_with_call(marker))
        _add(made, "storages", pickle.dumps(0, 2))
        _add(made, "tensors", pickle.dumps(0, 2))
    (folder / "model.pt").write_bytes(out.getvalue())


def _add(made: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    made.addfile(info, io.BytesIO(data))


@hostile("tar_slip")
def _tar_slip(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        _add(made, "../../outside.txt", b"text")
    (folder / "model.tar").write_bytes(out.getvalue())


@hostile("zip_slip")
def _zip_slip(folder: Path, marker: Path) -> None:
    with zipfile.ZipFile(folder / "model.zip", "w") as made:
        made.writestr("../../../outside.pkl", pickle.dumps({}))


@hostile("tar_link_outside")
def _tar_link(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        info = tarfile.TarInfo("weights.bin")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(info)
    (folder / "model.nemo").write_bytes(out.getvalue())


@hostile("joblib_zlib")
def _joblib(folder: Path, marker: Path) -> None:
    import joblib

    joblib.dump({"model": Runs(marker)}, folder / "model.joblib", compress=3)


@hostile("joblib_old_zlib")
def _joblib_old(folder: Path, marker: Path) -> None:
    data = classic(marker)
    head = b"ZF" + hex(len(data)).ljust(19).encode()
    (folder / "model.pkl.z").write_bytes(head + zlib.compress(data))


@hostile("gzip")
def _gzip(folder: Path, marker: Path) -> None:
    (folder / "model.pkl.gz").write_bytes(gzip.compress(classic(marker)))


@hostile("gzip_second_stream")
def _gzip_second(folder: Path, marker: Path) -> None:
    data = gzip.compress(pickle.dumps(1)[:-1]) + gzip.compress(b"0" + classic(marker)[2:])
    (folder / "model.pkl.gz").write_bytes(data)


@hostile("xz")
def _xz(folder: Path, marker: Path) -> None:
    (folder / "model.pkl").write_bytes(lzma.compress(classic(marker)))


@hostile("lzma_alone")
def _lzma(folder: Path, marker: Path) -> None:
    data = lzma.compress(classic(marker), format=lzma.FORMAT_ALONE)
    (folder / "model.pkl.lzma").write_bytes(data)


@hostile("bz2")
def _bz2(folder: Path, marker: Path) -> None:
    (folder / "model.pkl").write_bytes(bz2.compress(classic(marker)))


@hostile("zip_in_zip")
def _zip_in_zip(folder: Path, marker: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("deep/model.bin", classic(marker))
    with zipfile.ZipFile(folder / "assets.zip", "w") as made:
        made.writestr("readme.md", "# Weights\n")
        made.writestr("more.dat", inner.getvalue())


@hostile("tar_gz")
def _tar_gz(folder: Path, marker: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        _add(made, "model/weights", classic(marker))
    (folder / "model.tar.gz").write_bytes(out.getvalue())


@hostile("seven_zip")
def _seven_zip(folder: Path, marker: Path) -> None:
    (folder / "model.7z").write_bytes(seven_zip("model.pkl", classic(marker)))


@hostile("npy_of_objects")
def _npy(folder: Path, marker: Path) -> None:
    np.save(folder / "weights.npy", np.array([Runs(marker)], dtype=object), allow_pickle=True)


@hostile("npz_of_objects")
def _npz(folder: Path, marker: Path) -> None:
    np.savez(folder / "weights.npz", a=np.arange(3), b=np.array([Runs(marker)], dtype=object))


@hostile("pickle_and_zip_in_one")
def _polyglot(folder: Path, marker: Path) -> None:
    out = io.BytesIO(classic(marker))
    out.seek(0, 2)
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("readme.md", "nothing here\n")
    (folder / "model.bin").write_bytes(out.getvalue())


@hostile("zip_member_in_no_directory")
def _unlisted(folder: Path, marker: Path) -> None:
    """A member that the central directory does not list, for readers that stream."""
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as made:
        made.writestr("archive/data.pkl", state_with_call(marker))
    raw = hidden.getvalue()
    local = raw[: raw.find(b"PK\x01\x02")]
    (folder / "model.pt").write_bytes(local + torch_zip(pickle.dumps({}, 2)))


def seven_zip(name: str, data: bytes) -> bytes:
    """An archive of one stored file, as 7-Zip's format description lays it out."""

    def number(n: int) -> bytes:
        assert n < 0x4000
        return bytes([n]) if n < 0x80 else bytes([0x80 | (n >> 8), n & 0xFF])

    names = b"\0" + name.encode("utf-16-le") + b"\0\0"
    streams = (
        b"\x06\x00\x01\x09" + number(len(data)) + b"\x00"
        b"\x07\x0b\x01\x00\x01\x01\x00\x0c" + number(len(data)) + b"\x0a\x01"
        + struct.pack("<I", zlib.crc32(data)) + b"\x00" + b"\x08\x00" + b"\x00"
    )  # fmt: skip
    files = b"\x05\x01\x11" + number(len(names)) + names + b"\x00"
    header = b"\x01\x04" + streams + files + b"\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return (b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start
            + data + header)  # fmt: skip
