#!/usr/bin/env bash
# Sees to it that networks can be laid for the tests of a search on many machines.
set -euo pipefail

if [[ $EUID -ne 0 ]]; then
  echo "only root can lay networks: tests of several machines cannot look. Run them as root." >&2
  exit 1
fi

if ! command -v ip >/dev/null; then
  echo "installing iproute2 for tests of several machines"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 >/dev/null
fi

if ! ip netns add stillwatch-probe 2>/dev/null; then
  echo "this machine lets nobody make network namespaces: tests of several machines cannot look" >&2
  exit 1
fi
ip netns del stillwatch-probe
