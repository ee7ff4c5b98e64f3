"""The door: who calls, and whether the route is theirs."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Final

from stillwatch.adapters.gateway.tokens import Caller, Callers, Role
from stillwatch.http.asgi import Reply, Request, problem

PUBLIC: Final[frozenset[Role]] = frozenset()
"""No role is asked for."""
ANYBODY: Final = frozenset(Role)
"""Whoever is listed."""
READERS: Final = frozenset({Role.OPERATOR, Role.APPROVER, Role.REVIEWER, Role.AUDITOR})
"""People who look after the service."""

CHALLENGE: Final = (
    b"www-authenticate",
    b'Bearer realm="stillwatch", Basic realm="stillwatch", charset="UTF-8"',
)


def caller_of(request: Request, callers: Callers) -> Caller | None:
    """Who sent a request, by token or by certificate; ``None`` for nobody we know.

    A token in ``x-stillwatch-token`` is the only one looked at where it is there: a gateway
    passes its client's ``authorization`` on beside it. A bad token is not made good by a
    certificate.
    """
    now = datetime.now(UTC)
    token = token_of(request)
    if token is not None:
        return callers.of_token(token, now)
    return callers.of_certificate(request.peer, now) if request.peer else None


def token_of(request: Request) -> bytes | None:
    """The token that came with a request, by any of the three ways."""
    own = request.headers.get(b"x-stillwatch-token")
    if own is not None:
        return own.strip()
    given = request.headers.get(b"authorization")
    if given is None:
        return None
    scheme, _, rest = given.partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip()
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""


def refusal(request: Request, roles: frozenset[Role], callers: Callers) -> Reply | None:
    """Why a request may not go on; ``None`` where it may. Notes the caller in the request."""
    if not roles:
        return None
    caller = caller_of(request, callers)
    if caller is None:
        reply = problem(401, "send a token of this service", remedy="authorization: Bearer sw_...")
        reply.headers.append(CHALLENGE)
        return reply
    request.caller = caller
    if not roles & caller.roles:
        wanted = ", ".join(sorted(roles))
        return problem(403, f"this needs one of the roles {wanted}")
    if request.method not in ("GET", "HEAD") and _from_elsewhere(request):
        return problem(403, "a page of another site sent this", remedy="Use the page of this one.")
    return None


def _from_elsewhere(request: Request) -> bool:
    """Whether a browser sent it for another site's page; programs send no such headers."""
    site = request.headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    origin = request.headers.get(b"origin")
    if origin is None:
        return False
    return origin.partition(b"://")[2] != request.headers.get(b"host", b"")
