"""``stillwatch share taxii discover``, ``pull`` and ``push``: speak to a partner's server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, NONE_FOUND
from stillwatch.model.errors import OutsideFailed

if TYPE_CHECKING:
    from stillwatch.adapters.taxii.connection import Connection, Credentials

_C = TypeVar("_C", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
PASSWORD = "TAXII_PASSWORD"
TOKEN = "TAXII_TOKEN"

_WHO = (
    click.option("--user", default="", help="Name for HTTP basic authentication."),
    click.option("--password-file", type=_FILE, metavar="FILE", help="Its password."),
    click.option("--token-file", type=_FILE, metavar="FILE", help="Bearer token."),
    click.option("--certificate", type=_FILE, metavar="FILE",
                 help="Client certificate with its key, PEM."),
    click.option("--ca", type=_FILE, metavar="FILE", help="Authorities of the server, PEM."),
    click.option("--plain-http", is_flag=True,
                 help="Send the secret without TLS to another machine."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout."),
)  # fmt: skip


def _who(command: _C) -> _C:
    for option in reversed(_WHO):
        command = option(command)
    return command


@click.command()
@click.argument("url")
@_who
def discover(url: str, *, as_json: bool, **who: Any) -> int:
    """List the collections of a server, and what may be done there.

    URL is that of its discovery, such as https://partner.example/taxii2/
    """
    import orjson

    from stillwatch.adapters.taxii.connection import refused

    with_ = _connected(url, who)
    answer = with_.get()
    if answer.status != 200:
        raise refused(answer, "the discovery failed")
    found: list[dict[str, Any]] = []
    for root in answer.told.get("api_roots", []):
        there = with_.get(f"{str(root).rstrip('/')}/collections/")
        if there.status != 200:
            raise refused(there, f"the API root {root} cannot be read")
        for one in there.told.get("collections", []):
            address = f"{str(root).rstrip('/')}/collections/{one.get('id', '')}/"
            rights = {name: bool(one.get(name)) for name in ("can_read", "can_write")}
            found.append({"url": address, "title": str(one.get("title", "")), **rights})
    if as_json:
        told = {"title": answer.told.get("title", ""), "collections": found}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return NONE_FOUND
    for one in found:
        marks = "".join(x for x, name in (("r", "can_read"), ("w", "can_write")) if one[name])
        click.echo(f"{marks:2}  {one['url']}  {_plain(one['title'])}")
    return NONE_FOUND


@click.command()
@click.argument("url")
@click.option("--into", type=_FOLDER, required=True, metavar="DIR", help="Folder of the bundles.")
@click.option("--state", type=_FOLDER, metavar="DIR", help="Where it is remembered how far it got.")
@click.option("--type", "kinds", multiple=True, help="Only objects of this type.")
@click.option("--page", type=click.IntRange(0), default=0, help="Objects asked for at once.")
@click.option(
    "--follow", type=click.FloatRange(0.1), metavar="SECONDS",
    help="Do not end; look again after so many seconds.",
)  # fmt: skip
@_who
def pull(
    url: str, into: Path, state: Path | None, kinds: tuple[str, ...], page: int,
    follow: float | None, *, as_json: bool, **who: Any,
) -> int:  # fmt: skip
    """Fetch what is new in a collection into a folder, a bundle for each page.

    URL is that of the collection; `discover` lists them. All versions come, revocations too. Run
    again, it goes on where it was. The password or token may stand in the environment as
    TAXII_PASSWORD or TAXII_TOKEN. Exit code 2 where objects were refused.
    """
    from stillwatch.adapters.taxii.client_state import ClientState
    from stillwatch.adapters.taxii.pulling import Pull, Pulled

    filters = {"match[type]": ",".join(kinds)} if kinds else {}
    address = url if url.endswith("/") else f"{url}/"

    def said(so_far: Pulled) -> None:
        click.echo(f"{so_far.n_objects:,} objects in {so_far.n_pages:,} pages", err=True)

    with ClientState(state or into / ".taxii") as known:
        one = Pull(
            _connected(address, who), address, into, known, filters=filters, n_page=page, said=said
        )
        while True:
            pulled = one.run()
            if follow is None:
                break
            if pulled.n_objects or pulled.n_refused:
                _show(pulled.to_json(), as_json=as_json, line=True)
            time.sleep(follow)
    _show(pulled.to_json(), as_json=as_json)
    return COULD_NOT_LOOK if pulled.n_refused else NONE_FOUND


@click.command()
@click.argument("url")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--state", type=_FOLDER, metavar="DIR", default=Path(".stillwatch-taxii"),
              show_default=True, help="Where it is remembered what was sent.")  # fmt: skip
@click.option("--max-content-length", type=click.IntRange(1_024), help="Else the server is asked.")
@_who
def push(
    url: str, paths: tuple[Path, ...], state: Path, max_content_length: int | None, *,
    as_json: bool, **who: Any,
) -> int:  # fmt: skip
    """Send bundles to a collection, and see that they are taken.

    PATHS are files, or folders of which every *.json is sent. Run again, it sends what was not
    taken yet. Exit code 2 where an object was not taken.
    """
    from stillwatch.adapters.taxii.client_state import ClientState
    from stillwatch.adapters.taxii.pushing import Push, Pushed

    address = url if url.endswith("/") else f"{url}/"

    def said(so_far: Pushed) -> None:
        click.echo(f"{so_far.n_objects:,} objects in {so_far.n_envelopes:,} envelopes", err=True)

    with ClientState(state) as known:
        pushed = Push(
            _connected(address, who), address, known,
            max_content_length=max_content_length or 0, said=said,
        ).run(paths)  # fmt: skip
    _show(pushed.to_json(), as_json=as_json)
    return COULD_NOT_LOOK if pushed.n_failed else NONE_FOUND


def _connected(url: str, who: dict[str, Any]) -> Connection:
    from stillwatch.adapters.taxii.connection import Connection

    return Connection(url, _credentials(**who))


def _credentials(
    user: str, password_file: Path | None, token_file: Path | None, certificate: Path | None,
    ca: Path | None, *, plain_http: bool,
) -> Credentials:  # fmt: skip
    from stillwatch.adapters.taxii.connection import Credentials

    password = _secret(password_file, PASSWORD) if user else ""
    token = "" if user else _secret(token_file, TOKEN)
    return Credentials(
        user=user, password=password, token=token, certificate=certificate, ca=ca,
        plain_http=plain_http,
    )  # fmt: skip


def _secret(file: Path | None, variable: str) -> str:
    if file is None:
        return os.environ.get(variable, "")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise OutsideFailed(f"{file} cannot be read.") from None


def _show(told: dict[str, Any], *, as_json: bool, line: bool = False) -> None:
    import orjson

    if as_json:
        option = 0 if line else orjson.OPT_INDENT_2
        click.echo(orjson.dumps(told, option=option).decode())
        return
    for name, value in told.items():
        if name == "schema":
            continue
        if isinstance(value, list):
            for one in value:
                shown = "  ".join(one.values()) if isinstance(one, dict) else one
                click.echo(f"{name:12} {_plain(str(shown))}")
        else:
            click.echo(f"{name:12} {value}")


def _plain(text: str) -> str:
    """Text of somebody else's, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
