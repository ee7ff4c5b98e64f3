#!/usr/bin/env bash
# Sees to it that a PostgreSQL is there for the tests of the TAXII server.
set -euo pipefail

if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing postgresql for the tests of the TAXII server"
  "${as_root[@]}" apt-get update -qq
  # No cluster of the system's: the tests make their own, and take it away again.
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    postgresql-common >/dev/null
  "${as_root[@]}" sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' \
    /etc/postgresql-common/createcluster.conf
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    postgresql >/dev/null
  exit 0
fi

echo "postgresql is not here, and this user may not install it: the tests of the TAXII server" >&2
echo "cannot look. Install it (Debian: apt-get install postgresql) and run again." >&2
exit 1
