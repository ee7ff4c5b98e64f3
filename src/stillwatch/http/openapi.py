"""The description of the interface (OpenAPI 3.1), made from the list of routes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from stillwatch import __version__
from stillwatch.http.asgi import JSON, Reply, Request
from stillwatch.http.entry import PUBLIC
from stillwatch.http.routes import Route
from stillwatch.http.schemas import ERROR

_FAULTS: Final = {
    400: "It cannot be read, or a field will not do.",
    401: "No token of this service came.",
    403: "This caller may not, or a rule forbids it.",
    404: "There is nothing here.",
    405: "This method is not for here.",
    413: "The body is too long.",
    503: "Something outside failed.",
}
_PUBLIC_FAULTS: Final = (400, 403, 404, 413, 429, 503)


def description(routes: Iterable[Route]) -> dict[str, Any]:
    """The description of all routes that speak JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if route.gives is not None:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stillwatch",
            "version": __version__,
            "description": "Decisions about requests to models, and the people behind them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": ERROR},
        },
    }


def described(routes: Iterable[Route]) -> Route:
    """The route that tells the description."""
    body = orjson.dumps(description(routes))

    def tell(request: Request) -> Reply:
        return Reply(200, body, [JSON])

    return Route(
        method="GET", path="/openapi.json", roles=PUBLIC, answer=tell, what="This description."
    )


def _operation(route: Route) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    faults = {**_FAULTS, 429: "Too many questions from this address."}
    told: dict[str, Any] = {
        "summary": route.what,
        "operationId": f"{route.method.lower()}{route.path.translate(_WORDS)}",
        "responses": {
            str(route.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": dict(route.gives or {})}},
            },
            **{
                str(status): {"description": what, "content": error}
                for status, what in faults.items()
                if route.roles or status in _PUBLIC_FAULTS
            },
        },
        "security": [{"token": []}] if route.roles else [],
    }
    if route.roles:
        told["x-roles"] = sorted(route.roles)
    if "{id}" in route.path:
        told["parameters"] = [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
            }
        ]
    if route.takes is not None:
        body = {"application/json": {"schema": dict(route.takes)}}
        told["requestBody"] = {"required": True, "content": body}
    return told


_WORDS: Final = str.maketrans({"/": "_", "{": "", "}": "", ".": "_"})
