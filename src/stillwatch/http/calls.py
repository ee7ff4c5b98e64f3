"""Envoy's ``ext_authz`` over gRPC: the same answers behind another door.

gRPC costs several times what plain HTTP does; it is here for fleets that speak nothing else.
Needs the extra ``envoy``.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from stillwatch.adapters.envoy.check import METHOD, SERVICE
from stillwatch.adapters.gateway.tokens import Callers, Role
from stillwatch.model.errors import BadInput, OutsideFailed

log = logging.getLogger("stillwatch.http")

MAX_MESSAGE_BYTES: Final = 1_048_576
_PATIENCE_S: Final = 2.0


@asynccontextmanager
async def listening(
    address: str, answer: Callable[[bytes], bytes], callers: Callers
) -> AsyncIterator[None]:
    """Answer ``Check`` at an address while the block runs.

    Args:
        address: ``host:port``; several processes may share it.
        answer: takes a ``CheckRequest``, gives a ``CheckResponse``.
        callers: who may ask; the token comes as metadata ``x-stillwatch-token``.

    Raises:
        OutsideFailed: gRPC is not installed, or the address is taken.
    """
    try:
        import grpc
        import grpc.aio
    except ImportError:
        raise OutsideFailed(
            "gRPC is not installed.", remedy="Install stillwatch with the extra `envoy`."
        ) from None

    async def check(message: bytes, context: Any) -> bytes:
        metadata = {name: value for name, value in context.invocation_metadata() or ()}
        token = metadata.get("x-stillwatch-token", "")
        caller = callers.of_token(_bytes(token), datetime.now(UTC))
        if caller is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "send a token of this service")
        elif Role.GATEWAY not in caller.roles:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this needs the role gateway")
        try:
            return answer(message)
        except BadInput:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this is no CheckRequest")
        except Exception as error:
            log.error("fault: %s while checking", type(error).__name__)
            await context.abort(grpc.StatusCode.INTERNAL, "a fault in the program")
        raise AssertionError("abort returned")

    server = grpc.aio.server(options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)])
    handler = grpc.unary_unary_rpc_method_handler(check)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),)
    )
    try:
        server.add_insecure_port(address)
    except RuntimeError:
        raise OutsideFailed(f"cannot listen at {address}.", remedy="Is it taken?") from None
    await server.start()
    try:
        yield
    finally:
        await server.stop(_PATIENCE_S)


def _bytes(token: str | bytes) -> bytes:
    return token if isinstance(token, bytes) else token.encode("latin-1", "replace")
