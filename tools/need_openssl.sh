#!/usr/bin/env bash
# Sees to it that OpenSSL is there: the tests of custody run a time-stamping authority with it.
set -euo pipefail

if command -v openssl >/dev/null; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing openssl for the tests of custody"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    openssl >/dev/null
  exit 0
fi

echo "openssl is not here, and this user may not install it: the tests of custody" >&2
echo "cannot look. Install it (Debian: apt-get install openssl) and run again." >&2
exit 1
