"""Readers: every provider's own logs become one table of exchanges.

``open_exchanges`` takes files, folders and globs, tells what each file is from its
content, and iterates record batches in ``EXCHANGES_SCHEMA`` in bounded memory. What
cannot be read is set aside and counted, never silently dropped.

Example:
    >>> from stillwatch.adapters.readers import FORMATS
    >>> FORMATS
    ('parquet', 'jsonl', 'otlp', 'litellm', 'openai', 'anthropic', 'bedrock')
"""

from stillwatch.adapters.readers.accounts import read_accounts
from stillwatch.adapters.readers.interface import Reject
from stillwatch.adapters.readers.opening import open_exchanges
from stillwatch.adapters.readers.reading import Reading
from stillwatch.adapters.readers.registry import FORMATS
from stillwatch.adapters.readers.rejects import RejectsFile
from stillwatch.adapters.readers.releases import read_releases

__all__ = [
    "FORMATS",
    "Reading",
    "Reject",
    "RejectsFile",
    "open_exchanges",
    "read_accounts",
    "read_releases",
]
