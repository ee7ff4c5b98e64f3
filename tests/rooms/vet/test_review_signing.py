"""The signature of a model, made and checked by OpenSSF's own program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from stillwatch.adapters.reviewing.model_signing import sign_model, signature_part
from stillwatch.adapters.settings import ReviewSection
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.part import Outcome

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(
    os.environ.get("STILLWATCH_REVIEW__SIGNING_PYTHON", ROOT / ".venv-signing/bin/python")
)
SETTINGS = ReviewSection(signing_python=PYTHON, signing_timeout_s=120)
SUBJECT = "sha256:" + "a" * 64


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that its vendor signed, and two public keys beside it."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "w.safetensors").write_bytes(b"weights" * 100)
    (folder / "config.json").write_text("{}")
    for name in ("vendor", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        path = tmp_path / f"{name}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub").write_bytes(public)
    sign_model(folder, tmp_path / "vendor.pem", folder / "model.sig", SETTINGS)
    return folder


def test_what_the_vendor_signed_holds_and_one_byte_more_does_not(model: Path) -> None:
    key = model.parent / "vendor.pub"
    holds = signature_part(model, SUBJECT, None, key, SETTINGS)
    assert holds.outcome is Outcome.NO_CONCERN
    assert holds.tools["model-signing"][0].isdigit()
    other = signature_part(model, SUBJECT, None, model.parent / "other.pub", SETTINGS)
    assert other.outcome is Outcome.CONCERN
    with (model / "w.safetensors").open("ab") as out:
        out.write(b"x")
    changed = signature_part(model, SUBJECT, None, key, SETTINGS)
    assert changed.outcome is Outcome.CONCERN
    assert changed.points[0].severity.value == "critical"
    with pytest.raises(BadInput, match="a file already"):
        sign_model(model, model.parent / "vendor.pem", model / "model.sig", SETTINGS)


def test_files_that_a_signature_does_not_name_are_told(model: Path) -> None:
    key = model.parent / "vendor.pub"
    (model / ".gitattributes").write_text("*.bin filter=lfs")
    part = signature_part(model, SUBJECT, None, key, SETTINGS)
    assert part.outcome is Outcome.NO_CONCERN
    assert [one.partition(":")[0] for one in part.not_covered] == [".gitattributes"]
    (model / ".github").mkdir()
    (model / ".github/modeling.py").write_text("import os")
    part = signature_part(model, SUBJECT, None, key, SETTINGS)
    assert part.outcome is Outcome.UNDECIDED
    assert part.points[0].where == ".github/modeling.py"
    assert "1 others" not in part.because and "to the last byte" not in part.because


def test_a_signature_without_a_key_and_none_at_all_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"w")
    none = signature_part(tmp_path, SUBJECT, None, None, SETTINGS)
    assert (none.outcome, none.points[0].title) == (Outcome.UNDECIDED, "not signed")
    (tmp_path / "model.sig").write_text("{}")
    no_key = signature_part(tmp_path, SUBJECT, None, None, SETTINGS)
    assert no_key.outcome is Outcome.UNDECIDED and "no key of the vendor" in no_key.because


@pytest.mark.parametrize("python", [None, Path("/nowhere/python"), Path(sys.executable)])
def test_without_the_program_nothing_is_said_of_a_signature(
    tmp_path: Path, python: Path | None
) -> None:
    (tmp_path / "model.sig").write_text("{}")
    (tmp_path / "key.pub").write_text("x")
    settings = ReviewSection(signing_python=python)
    part = signature_part(tmp_path, SUBJECT, None, tmp_path / "key.pub", settings)
    assert part.outcome is Outcome.NOT_EXAMINED
    assert "could not be checked" in part.because
    with pytest.raises(OutsideFailed):
        (tmp_path / "k.pem").write_text("x")
        (tmp_path / "k.pem").chmod(0o600)
        sign_model(tmp_path, tmp_path / "k.pem", tmp_path / "new.sig", settings)
    assert not (tmp_path / "new.sig").exists()
