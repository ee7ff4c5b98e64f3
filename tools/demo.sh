#!/usr/bin/env bash
# Makes a world with known campaigns, looks for them and says where the report is.
# usage: demo.sh STILLWATCH OUT
set -euo pipefail

stillwatch=$1
out=$2

"$stillwatch" lab simulate --fixture C01,C04,C07,C08,C11,C14 --twins all \
  --accounts 3000 --days 10 --seed 7 "$out"

code=0
"$stillwatch" detect "$out/exchanges.parquet" --accounts "$out/accounts.parquet" \
  --releases "$out/releases.json" --report "$out/report.html" || code=$?

# 0 and 1 are both answers: none found, campaigns found.
if ((code > 1)); then
  exit "$code"
fi

echo
echo "The report: $out/report.html"
if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && command -v xdg-open >/dev/null; then
  xdg-open "$out/report.html" >/dev/null 2>&1 || true
fi
