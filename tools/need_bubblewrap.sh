#!/usr/bin/env bash
# Sees to it that scanners of files can be kept apart.
set -euo pipefail

if command -v bwrap >/dev/null; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing bubblewrap, which keeps scanners of files apart"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    bubblewrap >/dev/null
  exit 0
fi

echo "bubblewrap is not here, and this user may not install it: scanners are kept apart less well," >&2
echo "and tests of that cannot look. Install it (Debian: apt-get install bubblewrap)." >&2
exit 1
