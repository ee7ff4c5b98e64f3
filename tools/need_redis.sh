#!/usr/bin/env bash
# Sees to it that a Redis server is there for the tests of what replicas share.
set -euo pipefail

if command -v redis-server valkey-server >/dev/null; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing redis-server for the tests of what replicas share"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    redis-server >/dev/null
  exit 0
fi

echo "redis-server is not here, and this user may not install it: the tests of what replicas" >&2
echo "share cannot look. Install it (Debian: apt-get install redis-server) and run again." >&2
exit 1
