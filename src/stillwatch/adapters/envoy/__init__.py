"""Envoy: its configuration, what its ``ext_authz`` filter asks over HTTP and gRPC, and answers."""
