"""Names of the files of a report."""

from __future__ import annotations

from typing import Final

REPORT: Final = "report.json"
PAGE: Final = "report.html"
PDF: Final = "report.pdf"
BOM: Final = "bom.cdx.json"
MANIFEST: Final = "manifest.json"
ATTESTATION: Final = "attestation.json"
STAMP: Final = "attestation.tsr"
DIGESTS: Final = "review.sha256"
#: folder of the parts, in a private report.
PARTS: Final = "parts"
#: files that the signed statement cannot name, because they come after it.
AFTER: Final = frozenset({ATTESTATION, STAMP, DIGESTS})
OURS: Final = frozenset({REPORT, PAGE, PDF, BOM, MANIFEST}) | AFTER
