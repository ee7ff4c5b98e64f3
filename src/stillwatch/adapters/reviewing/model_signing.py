"""Signatures of models: OpenSSF's model-signing, run in an environment and a process of its own.

It brings some thirty packages and reads files of strangers, so it does not live in ours. Only keys
are used, never an identity service: nothing is asked of anybody.
"""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from stillwatch.adapters.reviewing.hashing import file_digest, names_of
from stillwatch.adapters.settings import ReviewSection
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.part import Part
from stillwatch.vet.review.signed import Seen, signature_of

#: what a signature is called where nobody names it.
NAMES: Final = ("model.sig", "model.sigstore", "model.sigstore.json")
_INSTALL: Final = (
    "Run `make signing`, or name in review.signing_python an interpreter that has model-signing."
)
_TOOL: Final = "model-signing"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class _Said:
    code: int
    line: str


def signature_part(
    folder: Path, subject: str, signature: Path | None, key: Path | None, settings: ReviewSection
) -> Part:
    """Check the signature that came with a model's files.

    Args:
        folder: of the files.
        subject: digest of the files.
        signature: the file that holds it; looked for in the folder where none is named.
        key: public key of whoever should have signed, PEM.
        settings: where the program stands.
    """
    found = signature or next((p for n in NAMES if (p := folder / n).is_file()), None)
    if found is None:
        return signature_of(Seen.NONE, subject=subject, tools={})
    if key is None:
        return signature_of(Seen.NO_KEY, subject=subject, tools={})
    try:
        version = _version(settings)
        said = _run(
            settings, "verify", "key", _whole(folder), "--signature", _whole(found),
            "--public_key", _whole(key),
        )  # fmt: skip
    except OutsideFailed as error:
        return signature_of(Seen.COULD_NOT_LOOK, subject=subject, told=str(error), tools={})
    return signature_of(
        Seen.HOLDS if said.code == 0 else Seen.DOES_NOT_HOLD,
        subject=subject,
        told=said.line,
        key=f"sha256:{file_digest(key)}",
        tools={_TOOL: version},
        unsigned=_unsigned(folder, found) if said.code == 0 else (),
    )


def _unsigned(folder: Path, signature: Path) -> list[str]:
    """Files that a signature does not name: the program passes over what its signer left out."""
    named = _named(signature)
    own = signature.resolve()
    return [
        name for name in names_of(folder)
        if name not in named and (folder / name).resolve() != own
    ]  # fmt: skip


def _named(signature: Path) -> set[str]:
    """Files that a signature names, whole or in pieces; none where it cannot be read."""
    try:
        bundle = orjson.loads(signature.read_bytes())
        statement = orjson.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        told = statement["predicate"]
        names = {str(one["name"]) for one in told["resources"]}
        if told["serialization"]["method"] == "shards":
            names = {name.rsplit(":", 2)[0] for name in names}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return names


def sign_model(folder: Path, key: Path, out: Path, settings: ReviewSection) -> None:
    """Sign the files of a model.

    Args:
        folder: of the files.
        key: private key on an elliptic curve of NIST's (P-256, P-384, P-521), PEM.
        out: where the signature goes; never over another.
        settings: where the program stands.

    Raises:
        BadInput: there is a signature already, or others may read the key.
        OutsideFailed: the program is not there or refuses.
    """
    if out.exists():
        raise BadInput("there is a file already.", where=str(out))
    if not key.is_file():
        raise BadInput("there is no such key.", where=str(key))
    if key.stat().st_mode & 0o077:
        raise BadInput("others may read the key.", where=str(key), remedy="chmod 600 it.")
    said = _run(
        settings,
        "sign",
        "key",
        _whole(folder),
        "--signature",
        _whole(out),
        "--private_key",
        _whole(key),
    )
    if said.code:
        out.unlink(missing_ok=True)
        raise OutsideFailed(f"{_TOOL} did not sign: {said.line}.")


def _whole(path: Path) -> str:
    """A path that holds in the folder that the program runs in."""
    return str(path.absolute())


def _version(settings: ReviewSection) -> str:
    said = _run(settings, "--version")
    if said.code:
        raise OutsideFailed(f"{_TOOL} is not there: {said.line}.", remedy=_INSTALL)
    return said.line.rpartition(" ")[2]


def _run(settings: ReviewSection, *words: str) -> _Said:
    """Run the program with an empty environment and home, and keep its last line."""
    python = settings.signing_python
    if python is None:
        raise OutsideFailed(f"{_TOOL} is not there.", remedy=_INSTALL)
    with TemporaryDirectory(prefix="stillwatch-signing-") as home:
        try:
            done = subprocess.run(
                [str(python), "-I", "-m", "model_signing", *words],
                env={"HOME": home, "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                cwd=home,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=settings.signing_timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OutsideFailed(
                f"{_TOOL} did not end within {settings.signing_timeout_s:g} seconds.",
                remedy="Raise review.signing_timeout_s.",
            ) from None
        except OSError as error:
            raise OutsideFailed(f"{python}: {error.strerror}.", remedy=_INSTALL) from None
    told = (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace").strip().splitlines()
    return _Said(done.returncode, (told or ["it said nothing"])[-1].strip()[:_LONGEST])
