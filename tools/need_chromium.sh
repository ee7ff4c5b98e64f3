#!/usr/bin/env bash
# Sees to it that a Chromium is there for the tests of the report's page.
set -euo pipefail

if command -v chromium chromium-browser google-chrome >/dev/null; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing chromium for the tests of the report's page"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core >/dev/null
  exit 0
fi

echo "chromium is not here, and this user may not install it: the tests of the report's page" >&2
echo "cannot look. Install it (Debian: apt-get install chromium) and run again." >&2
exit 1
