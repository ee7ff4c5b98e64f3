"""``stillwatch case keys`` and ``stillwatch case escrow``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stillwatch.cli.custody import CASE, JSON, LOG, now_us, open_log, print_json, show
from stillwatch.cli.shell import Shell, pass_shell

_OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="The private key; the public one stands beside it, with .pub at its end.",
)  # fmt: skip


@click.group()
def keys() -> None:
    """Make, list and turn over keys of logs, witnesses and holders."""


@keys.command()
@click.argument("origin")
@LOG
@JSON
@pass_shell
def new(shell: Shell, /, origin: str, folder: Path | None, *, as_json: bool) -> None:
    """Begin a log under the name ORIGIN, such as example.org/custody, with its first key.

    Publish the line: whoever has it can check everything that the log ever gives out.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from stillwatch.adapters.custody.beginning import begin_log
    from stillwatch.attribute.custody.notes import public_of

    key = Ed25519PrivateKey.generate()
    place = folder or shell.settings.custody.folder
    begin_log(place, origin, key, now_us)
    show({"log": str(place), "key": public_of(key, origin).line}, as_json=as_json)


@keys.command()
@click.option("--because", required=True, help="Why; stands in the log for good.")
@LOG
@JSON
@pass_shell
def rotate(shell: Shell, /, because: str, folder: Path | None, *, as_json: bool) -> None:
    """Let a new key take over; the private half of the former is destroyed.

    Who has any key of the log can still check all of it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with open_log(shell, folder) as log:
        n = log.rotate(Ed25519PrivateKey.generate(), because)
        told = {"entry": n, "key": log.reign().keys[-1].line}
    show(told, as_json=as_json)


@keys.command(name="list")
@LOG
@JSON
@pass_shell
def list_(shell: Shell, /, folder: Path | None, *, as_json: bool) -> None:
    """List the keys of the log, public halves, the first one first."""
    with open_log(shell, folder) as log:
        lines = [key.line for key in log.reign().keys]
    if as_json:
        print_json({"keys": lines})
        return
    for line in lines:
        click.echo(line)


@keys.command()
@click.argument("name")
@_OUT
@JSON
def witness(name: str, out: Path, *, as_json: bool) -> None:
    """Make the key of a witness called NAME, such as witness.example.net/w1."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from stillwatch.adapters.custody.key_files import save_private, save_public
    from stillwatch.attribute.custody.notes import WITNESS_KEY, public_of

    key = Ed25519PrivateKey.generate()
    line = public_of(key, name, WITNESS_KEY).line
    save_private(out, key)
    save_public(out.with_name(f"{out.name}.pub"), line + "\n")
    show({"private": str(out), "key": line}, as_json=as_json)


@keys.command()
@_OUT
@JSON
def holder(out: Path, *, as_json: bool) -> None:
    """Make the key of a holder of originals; two holders open what neither can alone."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from stillwatch.adapters.custody.escrow import holder_name
    from stillwatch.adapters.custody.key_files import public_pem, save_private, save_public

    key = X25519PrivateKey.generate()
    public = out.with_name(f"{out.name}.pub")
    save_private(out, key)
    save_public(public, public_pem(key))
    told = {"private": str(out), "public": str(public), "holder": holder_name(key.public_key())}
    show(told, as_json=as_json)


@click.group()
def escrow() -> None:
    """Open an original with two keys; the log says who did, and why."""


@escrow.command()
@click.argument("entry", type=click.IntRange(min=0))
@click.option(
    "--key", "key_file", required=True, metavar="FILE", help="Your private key.",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@LOG
@pass_shell
def share(shell: Shell, /, entry: int, key_file: Path, folder: Path | None) -> None:
    """Print your share of the original of ENTRY; it opens that one, with the other's share.

    Give it to whoever is to open it, over a channel that you trust; your key stays with you.
    """
    from stillwatch.adapters.custody.key_files import load_opening
    from stillwatch.adapters.custody.opening import share_for

    with open_log(shell, folder) as log:
        print_json(share_for(log, entry, load_opening(key_file)).to_json())


@escrow.command(name="open")
@click.argument("entry", type=click.IntRange(min=0))
@CASE
@click.option(
    "--share", "share_files", multiple=True, metavar="FILE", help="A share; give both.",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.option(
    "--key", "key_files", multiple=True, metavar="FILE",
    help="A private key, where both holders are at this machine.",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)  # fmt: skip
@click.option("--by", required=True, help="Who opens it; stands in the log for good.")
@click.option("--because", required=True, help="Why; stands in the log for good.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="Where the original goes, readable by you alone.",
)  # fmt: skip
@LOG
@JSON
@pass_shell
def open_(
    shell: Shell, /, entry: int, ref: str, share_files: tuple[Path, ...],
    key_files: tuple[Path, ...], by: str, because: str, out: Path, folder: Path | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Open the original of ENTRY with both shares, or both keys."""
    from stillwatch.adapters.custody.key_files import load_opening
    from stillwatch.adapters.custody.opening import load_share, open_original, share_for

    with open_log(shell, folder) as log:
        shares = [load_share(path) for path in share_files]
        shares += [share_for(log, entry, load_opening(k)) for k in key_files]
        name = open_original(log, ref, entry, shares, by=by, because=because, out=out)
        told: dict[str, Any] = {"entry": entry, "name": name, "out": str(out), "by": by}
    show(told, as_json=as_json)
