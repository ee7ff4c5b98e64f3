#!/usr/bin/env bash
# Makes an AI tool that does not exist, in two releases, reviews both, and says where the reports are.
# usage: review_demo.sh STILLWATCH OUT PYTHON_WITH_MODEL_SIGNING
set -euo pipefail

stillwatch=$1
out=$2
export STILLWATCH_REVIEW__SIGNING_PYTHON=$3

rm -rf "$out"
mkdir -p "$out"
openssl genpkey -algorithm ed25519 -out "$out/reviewer.pem" 2>/dev/null
openssl pkey -in "$out/reviewer.pem" -pubout -out "$out/reviewer.pub"
chmod 600 "$out/reviewer.pem"

for release in 1 2; do
  "$stillwatch" lab tool "$out/tool-$release" --release "$release"
  code=0
  "$stillwatch" vet review "$out/tool-$release/TOOL.toml" --out "$out/report-$release" \
    --sign "$out/reviewer.pem" || code=$?
  # 0, 1 and 2 are all answers: no concern, a concern, something open.
  if ((code > 2)); then
    exit "$code"
  fi
  echo
done

"$stillwatch" vet verify "$out/report-2" --key "$out/reviewer.pub" --files "$out/tool-2/model"
echo
"$stillwatch" vet compare "$out/report-1" "$out/report-2" || true
echo
echo "The reports: $out/report-1/report.html and $out/report-2/report.html"
