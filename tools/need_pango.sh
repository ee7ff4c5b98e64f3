#!/usr/bin/env bash
# Sees to it that Pango is there, which sets case reports, with a font, and a reader of PDF for the tests.
set -euo pipefail

there() {
  ldconfig -p | grep -q libpangoft2-1.0 && ldconfig -p | grep -q libharfbuzz-subset &&
    fc-list 2>/dev/null | grep -q DejaVuSans.ttf && command -v pdftotext pdftoppm >/dev/null
}

if there; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo -n)
fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "installing Pango for case reports, and poppler-utils for their tests"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-dejavu-core \
    poppler-utils >/dev/null
  exit 0
fi

echo "Pango or pdftotext is not here, and this user may not install it: case reports have no PDF." >&2
echo "Install them (Debian: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0" >&2
echo "fonts-dejavu-core poppler-utils) and run again." >&2
exit 1
