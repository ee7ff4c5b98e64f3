"""Find campaigns in API traffic: which accounts act as one and collect answers, and why.

**Answers:** are there coordinated campaigns in this window, which accounts belong to
them and how surely, since when that could be known, on what evidence by family, and
what each innocent explanation leaves unexplained.

**Refuses to answer:** who stands behind a campaign and with what intent, whether one
account by itself is guilty, and what to do about it. Where a column is absent, the
signals that read it are listed as not having looked.

**Public names:** ``build_traffic`` folds record batches of ``EXCHANGES_SCHEMA`` into
sketched arrays, ``search`` replays them and gives an ``Outcome``, ``Replay`` does so as
they come, ``to_result`` writes that as the contract ``stillwatch.campaigns/1``;
``DetectSettings`` says how hard to look.

>>> import pyarrow as pa
>>> from stillwatch.detect import DetectSettings, build_traffic, search, to_result
>>> from stillwatch.model import EXCHANGES_SCHEMA
>>> from stillwatch.stats.siphash import Key
>>> rows = [
...     {"exchange_id": f"e{i}", "sent_at": i * 60_000_000, "account": f"a{i % 8}", "model": "m"}
...     for i in range(80)
... ]
>>> batch = pa.RecordBatch.from_pylist(rows, schema=EXCHANGES_SCHEMA)
>>> outcome = search(build_traffic([batch], Key.of(b"a secret")), settings=DetectSettings(fdr=0.05))
>>> result = to_result(outcome)
>>> result["n_exchanges"], result["campaigns"], result["not_looked"][0]["signal"]
(80, [], 'bypass_search')
"""

from stillwatch.detect.replay import Replay
from stillwatch.detect.result import to_result
from stillwatch.detect.search import search
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.settling import Outcome
from stillwatch.detect.traffic import Traffic, build_traffic

__all__ = [
    "DetectSettings",
    "Outcome",
    "Replay",
    "Traffic",
    "build_traffic",
    "search",
    "to_result",
]
