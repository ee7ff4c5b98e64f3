"""Asking: the client that puts probes to an endpoint nobody trusts.

It says what asking will cost before it begins, keeps the endpoint's pace, stops at a limit of
cost, and keeps every answer in one folder, on the disk before anybody hears of it, so that a run
that was killed goes on without asking twice. Answers are content: they stand in that folder alone,
readable by its owner.

    endpoint = load_endpoint(Path("endpoint.toml"))
    print(estimate(probes, endpoint).to_json())
    for answer in ask(probes, endpoint, into=Path("answers")):
        ...
"""

from stillwatch.adapters.asking.endpoint import Endpoint, endpoint_from, load_endpoint
from stillwatch.adapters.asking.estimating import Estimate, estimate
from stillwatch.adapters.asking.folder import AnswerFolder, read_answers
from stillwatch.adapters.asking.probes import read_probes, write_probes
from stillwatch.adapters.asking.running import Progress, ask

__all__ = [
    "AnswerFolder",
    "Endpoint",
    "Estimate",
    "Progress",
    "ask",
    "endpoint_from",
    "estimate",
    "load_endpoint",
    "read_answers",
    "read_probes",
    "write_probes",
]
