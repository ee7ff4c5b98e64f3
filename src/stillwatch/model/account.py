"""Account: who the provider bills, and the optional table that describes it.

``region`` stands in the contract so that the invariance test has something to
permute. No code of the ``detect`` room may read it; a test and a linter hold that.
"""

from __future__ import annotations

import pyarrow as pa

ACCOUNTS_VERSION = "stillwatch.accounts/1"

#: name, Arrow type and meaning of every column, in order.
ACCOUNT_COLUMNS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("account", pa.string(), "joins exchanges.account"),
    ("opened_at", pa.timestamp("us", tz="UTC"), "creation"),
    ("plan", pa.string(), "free, payg, pro, team, enterprise or the provider's own"),
    ("programme", pa.string(), "education, research or startup programme"),
    ("verification", pa.string(), "none, email, phone, document, organisation"),
    ("payment", pa.string(), "digest of the payment instrument"),
    ("contact", pa.string(), "digest of the e-mail's domain and local-part pattern"),
    ("device", pa.string(), "digest of the registration device"),
    ("organisation", pa.string(), "declared organisation"),
    ("disclosed", pa.string(), "null, reseller, research, evaluation, partner"),
    ("region", pa.string(), "never read by detect"),
)

ACCOUNTS_SCHEMA: pa.Schema = pa.schema([(name, kind) for name, kind, _ in ACCOUNT_COLUMNS])
