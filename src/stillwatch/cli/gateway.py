"""``stillwatch gateway``: what a gateway needs to ask: a token, a configuration."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from stillwatch.adapters.addresses import address_of
from stillwatch.adapters.gateway.tokens import Role, entry_of, new_token
from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def gateway() -> None:
    """Let gateways and people call the decision service."""


@gateway.command()
@click.option("--name", required=True, help="Whose it is; stands in the log.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([str(r) for r in Role]),
    help="What it may do; more than once for more.",
)  # fmt: skip
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day on which it ends, UTC.")
@click.option("--add-to", type=_FILE, metavar="FILE", help="File of callers to add the entry to.")
@click.option("--json", "as_json", is_flag=True, help="Print token and entry as JSON.")
def token(
    name: str, roles: tuple[str, ...], until: datetime | None, add_to: Path | None, *, as_json: bool
) -> int:
    """Draw a token. It is shown once; only its digest is kept."""
    from datetime import UTC

    from stillwatch.adapters.gateway.tokens import add_entry

    drawn, digest = new_token()
    ends = until.replace(tzinfo=UTC) if until else None
    entry = entry_of(name, [Role(role) for role in roles], digest, ends)
    if add_to is not None:
        add_entry(add_to, entry)
    if as_json:
        import orjson

        click.echo(orjson.dumps({"token": drawn, "entry": entry}).decode())
        return NONE_FOUND
    click.echo(drawn)
    if add_to is None:
        click.echo(f"Add this to the file of callers:\n\n{entry}", err=True)
    return NONE_FOUND


@gateway.command()
@click.option("--listen", default="127.0.0.1:10000", show_default=True, help="For clients.")
@click.option("--upstream", default="127.0.0.1:8000", show_default=True, help="The model API.")
@click.option("--service", default="127.0.0.1:9470", show_default=True, help="stillwatch serve.")
@click.option("--grpc", is_flag=True, help="Ask over gRPC in place of HTTP.")
@click.option("--admin", help="Envoy's own admin page; none by default.")
@click.option("--token-file", type=_FILE, required=True, help="Token of the role gateway.")
@click.option("--read-body", type=click.IntRange(0), default=0, help="Bytes of bodies to send on.")
@click.option(
    "--named-by-edge", is_flag=True,
    help="Believe account and tenant as they come in: an edge of yours sets them.",
)  # fmt: skip
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Where envoy.json and routes.json are written.",
)  # fmt: skip
@pass_shell
def envoy(
    shell: Shell, /, listen: str, upstream: str, service: str, *, grpc: bool, admin: str | None,
    token_file: Path, read_body: int, named_by_edge: bool, folder: Path,
) -> int:  # fmt: skip
    """Write an Envoy configuration that asks before each request.

    It holds the token, and can be read by its owner only. Give routes.json to
    `stillwatch serve` as serve.envoy_routes: it keeps what was last known there.
    """
    from stillwatch.adapters.envoy.bootstrap import Place
    from stillwatch.adapters.envoy.files import write_files

    place = Place(
        listen=address_of(listen, "--listen"),
        upstream=address_of(upstream, "--upstream"),
        service=address_of(service, "--service"),
        routes=str((folder / "routes.json").resolve()),
        token=token_file.read_text(encoding="ascii").strip(),
        admin=address_of(admin, "--admin") if admin else None,
        grpc=grpc,
        timeout_s=shell.settings.gateway.timeout_s,
        body_bytes=read_body,
        named_by_edge=named_by_edge,
        account_header=shell.settings.serve.account_header,
        headers=(shell.settings.serve.credential_header,),
    )
    write_files(place, folder)
    click.echo(f"envoy -c {folder / 'envoy.json'}")
    return NONE_FOUND
