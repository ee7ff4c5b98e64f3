"""``stillwatch defend``: keys of the serving side, and what a token says of itself."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.defend.keys import Ring

_RING = click.option(
    "--ring", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Ring of keys instead of the setting defend.keys.",
)  # fmt: skip
_LOG = click.option(
    "--log", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Log of commitments instead of the setting defend.commitments.",
)  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.group()
def defend() -> None:
    """Keep the keys of what the model gives away; look into tokens."""


@defend.group()
def keys() -> None:
    """Make, turn over, list and revoke the keys that seal."""


@keys.command()
@_RING
@_JSON
@pass_shell
def new(shell: Shell, /, ring: Path | None, *, as_json: bool) -> None:
    """Make a ring with one key that seals at once. Secrets are never printed."""
    from stillwatch.adapters.defend.key_files import new_ring

    _show(new_ring(ring or shell.settings.defend.keys, _now_us()), as_json=as_json)


@keys.command()
@_RING
@_JSON
@pass_shell
def rotate(shell: Shell, /, ring: Path | None, *, as_json: bool) -> None:
    """Add a key that seals after defend.wait_s; drop keys whose tokens have all expired.

    Run it from a timer. Servers read the ring again when it changes.
    """
    from stillwatch.adapters.defend.key_files import drawn_secret, load_ring, save_ring

    told = shell.settings.defend
    path, terms = ring or told.keys, told.terms
    turned = load_ring(path).rotated(
        drawn_secret(),
        _now_us(),
        wait_us=round(told.wait_s * 1e6),
        lifetime_us=terms.lifetime_us + terms.skew_us,
    )
    save_ring(path, turned)
    _show(turned, as_json=as_json)


@keys.command()
@click.argument("key")
@_RING
@_JSON
@pass_shell
def revoke(shell: Shell, /, key: str, ring: Path | None, *, as_json: bool) -> None:
    """Refuse everything that was sealed under KEY from now on.

    Conversations go on without the reasoning; the presentations are not held against anybody.
    """
    from stillwatch.adapters.defend.key_files import load_ring, save_ring

    path = ring or shell.settings.defend.keys
    turned = load_ring(path).revoked(key)
    save_ring(path, turned)
    _show(turned, as_json=as_json)


@keys.command(name="list")
@_RING
@_JSON
@pass_shell
def list_(shell: Shell, /, ring: Path | None, *, as_json: bool) -> None:
    """List the ring: id, from when each key seals, its public commitment."""
    from stillwatch.adapters.defend.key_files import load_ring

    _show(load_ring(ring or shell.settings.defend.keys), as_json=as_json)


@defend.command()
@click.argument("cluster")
@click.option(
    "--slots", "slots_file", type=click.Path(path_type=Path, dir_okay=False), required=True,
    metavar="FILE", help="TOML: a table for each slot, with its ways.",
)  # fmt: skip
@_RING
@_LOG
@_JSON
@pass_shell
def commit(
    shell: Shell, /, cluster: str, slots_file: Path, ring: Path | None, log: Path | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Commit to the key that will mark CLUSTER's answers, and to the slots, before the first.

    Makes the ring where there is none: one ring for one cluster. Publish the digest of the line.
    """
    from stillwatch.adapters.defend.commitments import Commitments
    from stillwatch.adapters.defend.key_files import load_ring, new_ring
    from stillwatch.adapters.defend.slots import load_slots
    from stillwatch.defend.canaries import commitment

    slots, now_us = load_slots(slots_file), _now_us()
    path = ring or Path(f"stillwatch-mark-{cluster}.json")
    key = (load_ring(path) if path.exists() else new_ring(path, now_us)).sealing(now_us)
    made = Commitments(log or shell.settings.defend.commitments).add(
        "mark", cluster, commitment(key, list(slots.values())), now_us
    )
    told = {
        "cluster": cluster, "key": key.id, "ring": str(path), "slots": len(slots),
        "commitment": made.digest, "committed_at": _said(made.committed_us), "line": made.line,
    }  # fmt: skip
    if as_json:
        _print(told)
        return
    for name, value in told.items():
        click.echo(f"{name:17} {value}")


@defend.command()
@_LOG
@_JSON
@pass_shell
def commitments(shell: Shell, /, log: Path | None, *, as_json: bool) -> None:
    """List what was committed to, the chain checked."""
    from stillwatch.adapters.defend.commitments import Commitments

    lines = Commitments(log or shell.settings.defend.commitments).read()
    if as_json:
        _print({"commitments": [
            {"purpose": one.purpose, "about": one.about, "digest": one.digest,
             "committed_at": _said(one.committed_us), "line": one.line} for one in lines
        ]})  # fmt: skip
        return
    for one in lines:
        click.echo(f"{_said(one.committed_us)}  {one.purpose} of {one.about}  {one.digest}")


@defend.command()
@click.argument("token", default="-")
@_RING
@_JSON
@pass_shell
def inspect(shell: Shell, /, token: str, ring: Path | None, *, as_json: bool) -> int:
    """Say what a token says of itself, and whether its seal holds; the reasoning stays closed.

    TOKEN is the text, or - to read it from stdin. Exit code 2 where the seal does not hold.
    """
    from stillwatch.adapters.defend.key_files import load_ring
    from stillwatch.defend.reasoning import looked_into
    from stillwatch.defend.tokens import block_id

    text = (sys.stdin.read() if token == "-" else token).strip()
    parts, holds = looked_into(text, load_ring(ring or shell.settings.defend.keys))
    told: dict[str, Any] = {"id": block_id(text), "is_token": parts is not None, "holds": holds}
    if parts is not None:
        told |= {
            "key": parts.head.key.hex(),
            "issued_at": _said(parts.head.issued_us),
            "expires_at": _said(parts.head.expires_us),
            "account_tag": parts.head.account.hex(),
            "conversation_tag": parts.head.conversation.hex(),
            "model_tag": parts.head.model.hex(),
            "context_tag": parts.head.context.hex(),
            "sealed_bytes": len(parts.body),
        }
    if as_json:
        _print(told)
    else:
        for name, value in told.items():
            click.echo(f"{name:17} {value}")
    return NONE_FOUND if holds else COULD_NOT_LOOK


def _show(ring: Ring, *, as_json: bool) -> None:
    now_us = _now_us()
    started = [k for k in ring.keys if k.starts_us <= now_us and not k.revoked]
    rows = [
        {
            "key": key.id,
            "starts_at": _said(key.starts_us),
            "state": "revoked"
            if key.revoked
            else "seals"
            if started and key is started[-1]
            else "opens"
            if key.starts_us <= now_us
            else "waits",
            "commitment": key.commitment,
        }
        for key in ring.keys
    ]
    if as_json:
        _print({"keys": rows})
        return
    for row in rows:
        click.echo(
            "  ".join((row["key"], row["starts_at"], f"{row['state']:7}", row["commitment"]))
        )


def _print(told: dict[str, Any]) -> None:
    import orjson

    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def _now_us() -> int:
    return time.time_ns() // 1_000


def _said(moment_us: int) -> str:
    try:
        moment = datetime.fromtimestamp(moment_us / 1e6, UTC)
    except (OverflowError, ValueError):
        return "no time"
    return moment.isoformat(timespec="seconds")
