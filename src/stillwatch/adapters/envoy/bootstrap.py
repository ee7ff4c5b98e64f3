"""An Envoy configuration that asks this service, and what it does while the service is away.

The route table stands in a file of its own, which Envoy reads again when it is replaced. It
holds what was last known to stand, as friction: one local rate limit for each account that a
decision was against. The limits bite only on requests that ``ext_authz`` let through because
nobody answered; an account that nothing stands against is never slowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.adapters.gateway.asking import CREDENTIALS

AWAY: Final = "x-envoy-auth-failure-mode-allowed"
"""Header that Envoy adds where nobody answered in time."""
ACCOUNT: Final = "x-stillwatch-account"
TENANT: Final = "x-stillwatch-tenant"
TOKEN: Final = "x-stillwatch-token"
ROUTES: Final = "stillwatch"
MANY: Final = 4_000_000_000
_TYPE: Final = "type.googleapis.com/envoy.extensions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are.

    Args:
        listen: host and port on which clients come in.
        upstream: host and port of the model API.
        service: host and port of the decision service.
        routes: path of the file that holds the route table.
        token: token of the role ``gateway``.
        admin: host and port of Envoy's own admin page; ``None`` for none.
        grpc: ask over gRPC in place of HTTP.
        timeout_s: how long a request waits for a decision.
        headers: further headers that the service may see, such as one that holds keys.
        account_header: header in which an earlier filter names the account.
        body_bytes: how much of the request's body the service may see; 0 for nothing. It reads
            the model's name and the options there; the text it drops.
        named_by_edge: what stands before this Envoy names account and tenant and removes what
            clients send; else nothing that comes in under these names is believed.
    """

    listen: tuple[str, int]
    upstream: tuple[str, int]
    service: tuple[str, int]
    routes: str
    token: str
    admin: tuple[str, int] | None = None
    grpc: bool = False
    timeout_s: float = 0.05
    headers: tuple[str, ...] = ()
    account_header: str = ACCOUNT
    body_bytes: int = 0
    named_by_edge: bool = False


def bootstrap(place: Place) -> dict[str, Any]:
    """The whole configuration of an Envoy, to be written as JSON."""
    filters = [
        {"name": "envoy.filters.http.ext_authz", "typed_config": _ext_authz(place)},
        {"name": "envoy.filters.http.local_ratelimit", "typed_config": _limits("away", [])},
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"},
        },
    ]
    connections = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "clients",
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {"path_config_source": {"path": place.routes}},
        },
        "http_filters": filters,
        "local_reply_config": {"mappers": [_slowed_reply()]},
    }
    if not place.named_by_edge:
        connections["early_header_mutation_extensions"] = [_unnamed(place.account_header)]
    told: dict[str, Any] = {
        "node": {"id": "stillwatch", "cluster": "stillwatch"},
        "static_resources": {
            "listeners": [
                {
                    "name": "clients",
                    "address": _address(*place.listen),
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": connections,
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": [
                _cluster("upstream", *place.upstream),
                _cluster("stillwatch", *place.service, http2=place.grpc),
            ],
        },
    }
    if place.admin is not None:
        told["admin"] = {"address": _address(*place.admin)}
    return told


def route_table(slowed: Mapping[str, float], account_header: str = ACCOUNT) -> dict[str, Any]:
    """The route file: everything goes upstream; some accounts more slowly while we are away.

    Args:
        slowed: account, and how many requests a minute it may make then.
        account_header: header in which an earlier filter names the account.
    """
    limits = [
        {
            "entries": [{"key": "away", "value": "true"}, {"key": "account", "value": account}],
            "token_bucket": _bucket(per_minute),
        }
        for account, per_minute in sorted(slowed.items())
    ]
    actions = [
        {"request_headers": {"header_name": AWAY, "descriptor_key": "away"}},
        {"request_headers": {"header_name": account_header, "descriptor_key": "account"}},
    ]
    route = {
        "match": {"prefix": "/"},
        "route": {"cluster": "upstream", "timeout": "600s"},
        "request_headers_to_remove": [TOKEN],
        "typed_per_filter_config": {
            "envoy.filters.http.local_ratelimit": {
                **_limits("last_known", limits),
                "rate_limits": [{"actions": actions}],
            }
        },
    }
    table = {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": ROUTES,
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
    }
    return {"resources": [table]}


def _unnamed(account_header: str) -> dict[str, Any]:
    """Drop account and tenant as a client sends them.

    It is done before any filter runs, so that one of the operator's own can name them after it;
    what a route removes goes only when the request is sent on, after the question.
    """
    names = dict.fromkeys((account_header, ACCOUNT, TENANT))
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{_TYPE}.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            "mutations": [{"remove": name} for name in names],
        },
    }


def _ext_authz(place: Place) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": f"{_TYPE}.filters.http.ext_authz.v3.ExtAuthz",
        "transport_api_version": "V3",
        "failure_mode_allow": True,
        "failure_mode_allow_header_add": True,
        "allowed_headers": {
            "patterns": [
                {"exact": name, "ignore_case": True}
                for name in dict.fromkeys(
                    (place.account_header, TENANT, *CREDENTIALS, "user-agent", *place.headers)
                )
            ]
        },
    }
    if place.body_bytes:
        told["with_request_body"] = {
            "max_request_bytes": place.body_bytes,
            "allow_partial_message": True,
        }
    token = {"key": TOKEN, "value": place.token}
    if place.grpc:
        told["grpc_service"] = {
            "envoy_grpc": {"cluster_name": "stillwatch"},
            "timeout": f"{place.timeout_s:g}s",
            "initial_metadata": [token],
        }
        return told
    told["http_service"] = {
        "server_uri": {
            "uri": f"http://{place.service[0]}:{place.service[1]}",
            "cluster": "stillwatch",
            "timeout": f"{place.timeout_s:g}s",
        },
        "path_prefix": "/envoy",
        "authorization_request": {"headers_to_add": [token]},
        "authorization_response": {
            "allowed_upstream_headers": {"patterns": [{"exact": "x-stillwatch-less"}]},
            "allowed_client_headers_on_success": {
                "patterns": [{"exact": "x-stillwatch-case"}, {"exact": "x-stillwatch-verify"}]
            },
            "allowed_client_headers": {
                "patterns": [
                    {"exact": "retry-after"},
                    {"exact": "content-type"},
                    {"prefix": "x-stillwatch-"},
                ]
            },
        },
    }
    return told


def _limits(prefix: str, descriptors: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "@type": f"{_TYPE}.filters.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": prefix,
        "token_bucket": {"max_tokens": MANY, "tokens_per_fill": MANY, "fill_interval": "1s"},
        "filter_enabled": whole,
        "filter_enforced": whole,
        "descriptors": descriptors,
        "response_headers_to_add": [{"header": {"key": "retry-after", "value": "10"}}],
    }


def _bucket(per_minute: float) -> dict[str, Any]:
    """One request at a time, ``per_minute`` of them a minute."""
    return {
        "max_tokens": 1,
        "tokens_per_fill": 1,
        "fill_interval": f"{max(60 / per_minute, 0.05):.3f}s",
    }


def _slowed_reply() -> dict[str, Any]:
    told = {
        "type": "rate_limit_error",
        "code": "slowed",
        "message": "Too many requests. Try again in a moment.",
    }
    refused = {"comparison": {"op": "EQ", "value": {"default_value": 429, "runtime_key": "none"}}}
    alone = {"header": {"name": AWAY, "present_match": True}}
    return {
        "filter": {
            "and_filter": {"filters": [{"status_code_filter": refused}, {"header_filter": alone}]}
        },
        "body_format_override": {"json_format": {"type": "error", "error": told}},
    }


def _cluster(name: str, host: str, port: int, *, http2: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": name,
        "connect_timeout": "1s",
        "type": "STRICT_DNS",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": _address(host, port)}}]},
            ],
        },
    }
    if http2:
        told["typed_extension_protocol_options"] = {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        }
    return told


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
