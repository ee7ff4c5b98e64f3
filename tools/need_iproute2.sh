#!/usr/bin/env bash
# Sees to it that networks can be laid for the tests of a search on many machines.
set -euo pipefail

if [[ $EUID -ne 0 ]]; then
  echo "only root can lay networks: the tests of many machines cannot look. Run them as root." >&2
  exit 1
fi

if ! command -v ip >/dev/null; then
  echo "installing iproute2 for the tests of many machines"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 >/dev/null
fi

if ! ip netns add stillwatch-probe 2>/dev/null; then
  echo "this machine lets nobody make network namespaces: the tests of many machines cannot look" >&2
  exit 1
fi
ip netns del stillwatch-probe
