"""Pages: rendered here, without a script, and allowed to load nothing but their style."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment

from stillwatch.adapters.pages import environment_of
from stillwatch.http.asgi import Headers, Reply, Request
from stillwatch.http.entry import PUBLIC
from stillwatch.http.moments import in_words
from stillwatch.http.routes import Route

POLICY: Final = (
    b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
SAFE: Final[Headers] = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
STYLE: Final = "/static/pages.css"


def page(name: str, status: int = 200, /, **values: Any) -> Reply:
    """A page from its template; whatever is put in is escaped."""
    body = _environment().get_template(name).render(style=STYLE, **values).encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    return Reply(status, body, [*headers, *SAFE])


def style_route() -> Route:
    """The route of the one file that pages load."""
    css = resources.files("stillwatch.http").joinpath("static", "pages.css").read_bytes()

    def tell(request: Request) -> Reply:
        kept = (b"cache-control", b"max-age=3600")
        return Reply(200, css, [(b"content-type", b"text/css; charset=utf-8"), kept, *SAFE])

    return Route(method="GET", path=STYLE, roles=PUBLIC, answer=tell, what="The pages' style.")


@cache
def _environment() -> Environment:
    environment = environment_of("stillwatch.http")
    environment.filters["when"] = in_words
    return environment
