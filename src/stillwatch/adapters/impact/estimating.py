"""Estimating: from a case or a result, logs and tables to the document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from stillwatch.adapters.cases.contract import check_campaign
from stillwatch.adapters.impact import shipped
from stillwatch.adapters.impact.contesting import contested
from stillwatch.adapters.impact.logs import count
from stillwatch.adapters.readers import open_exchanges
from stillwatch.adapters.results import load_result
from stillwatch.adapters.settings import Settings
from stillwatch.impact.ability import Row, Table, suites_of
from stillwatch.impact.collateral import Contested, Line, ledger
from stillwatch.impact.counted import Counted, from_totals, with_more
from stillwatch.impact.document import Lags, Subject, document_of
from stillwatch.impact.lag import SuiteLag, inflation, lag_of_published, lags
from stillwatch.impact.students import NO_DEFENCE
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity

EXAMPLE: Final = "DeepSeek V4 Pro"
SEED: Final = 0
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a user asks.

    Attributes:
        target: a case, or a file of the schema ``stillwatch.campaigns/1``.
        campaign: which of the result, where it holds several.
        logs: files, folders or globs; sums of the result are taken where there are none.
        assume: own assumptions.
        benchmarks: own table of public results.
        model: whose lag is asked about; the shipped example where none is named.
        ledger: log of decisions; that of the settings where it is there and none is named.
        defence: that was in force, as the lab calls it.
    """

    target: str
    campaign: str = ""
    logs: Sequence[str] = ()
    assume: Path | None = None
    benchmarks: Path | None = None
    model: str = ""
    ledger: Path | None = None
    defence: str = NO_DEFENCE


@dataclass(frozen=True, slots=True)
class _Found:
    """A campaign, or none, and where it was read."""

    record: Mapping[str, Any] | None
    n_window: int
    case: str
    source: str
    known_as: tuple[str, ...]


def estimate(settings: Settings, asked: Asked) -> dict[str, Any]:
    """The document of the schema ``stillwatch.impact/1``.

    Args:
        settings: what is in force; for the casebook and the log of decisions.
        asked: what the user asks.

    Raises:
        BadInput: a file is missing or holds something else, or a name is unknown.
        NotEnoughEvidence: a table is too small for what it is asked.
    """
    know, revenue = shipped.assumptions(asked.assume)
    found = _found(settings, asked)
    counted, notes = _counted(found, asked.logs)
    names = [a["account"] for a in (found.record or {}).get("accounts", ())]
    learning = shipped.learning()
    if asked.defence not in learning.defences:
        raise BadInput(f"the lab measured no defence called {asked.defence[:60]!r}.",
                       where="--defence",
                       remedy=f"It measured: {', '.join(learning.defences)}.")  # fmt: skip
    return document_of(
        _subject(found, asked), counted, learning, know,
        lags=_shipped_lags(asked.model) if asked.benchmarks is None else (
            lags_of(shipped.benchmarks(asked.benchmarks), asked.model, own=True)),
        collateral=_collateral(settings, asked.ledger, found.known_as, names, revenue),
        notes=notes,
    )  # fmt: skip


def _found(settings: Settings, asked: Asked) -> _Found:
    path = Path(asked.target)
    if path.is_file():
        return _from_result(path, asked.campaign)
    if path.is_dir() or path.suffix == ".json":
        raise BadInput("is no file.", where=asked.target, remedy="Name what detect --json printed.")
    from stillwatch.adapters.cases.desk import CaseDesk

    case = CaseDesk(settings).read(asked.target)
    record = dict(case.record)
    source = case.result["source"]
    known = {case.campaign} | {str(e.body["record"]["id"]) for e in case.entries
                               if "record" in e.body}  # fmt: skip
    return _Found(record, int(source["n_exchanges"]), case.id, str(source["result"]),
                  tuple(sorted(known)))  # fmt: skip


def _from_result(path: Path, campaign: str) -> _Found:
    result = load_result(path)
    told = result.get("campaigns")
    n_window = result.get("n_exchanges")
    if not isinstance(told, list) or not isinstance(n_window, int) or n_window < 0:
        raise BadInput("lacks its campaigns or its number of exchanges.", where=path.name,
                       remedy="Save the result again with `detect LOGS --json`.")  # fmt: skip
    source = f"sha256:{hashlib.sha256(orjson.dumps(result)).hexdigest()}"
    if campaign:
        told = [c for c in told if isinstance(c, dict) and campaign in str(c.get("id"))]
    if len(told) > 1 or (campaign and not told):
        ids = ", ".join(str(c.get("id"))[:40] for c in result["campaigns"][:10])
        raise BadInput(f"{len(told)} campaigns are meant.", where=path.name,
                       remedy=f"Name one with --campaign: {ids}.")  # fmt: skip
    if not told:
        return _Found(None, n_window, "", source, ())
    check_campaign(told[0])
    return _Found(told[0], n_window, "", source, (str(told[0]["id"]),))


def _counted(found: _Found, logs: Sequence[str]) -> tuple[Counted, list[str]]:
    record = found.record
    accounts = {} if record is None else {
        str(a["account"]): float(a["membership"]) for a in record["accounts"]
    }  # fmt: skip
    fdr = 0.0 if record is None else float(record["fdr"])
    if logs:
        reading = open_exchanges(list(logs))
        counted, notes = count(reading, accounts, fdr)
        lacking = 0 if record is None else int(record["n_exchanges"]) - int(counted.n_sent.sum())
        if lacking > 0:
            counted = with_more(counted, lacking)
            notes.append(f"The result counts {lacking:,} exchanges more than these logs hold; they "
                         "are taken in, their outcome and tokens not known.")  # fmt: skip
        if reading.n_rejected:
            notes.append(f"{reading.n_rejected:,} rows of the logs could not be read.")
        return counted, notes
    return from_totals(
        membership=np.array([accounts[name] for name in sorted(accounts)], np.float64),
        n_sent=0 if record is None else int(record["n_exchanges"]),
        output_tokens=None if record is None else record["output_tokens"],
        reasoning_tokens=None if record is None else record["reasoning_tokens"],
        n_window=found.n_window, fdr=fdr,
    ), ["The logs were not read: outcomes, repeats and missing tokens are not known."]  # fmt: skip


def _subject(found: _Found, asked: Asked) -> Subject:
    record = found.record or {}
    first, last = (str(record.get(name, "")) for name in ("first_seen", "last_seen"))
    days = 1.0
    if first and last:
        seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
        days = max(seconds / DAY_S, 1.0)
    return Subject(
        campaign=str(record.get("id", "")), case=found.case, source=found.source,
        first_seen=first, last_seen=last, days=days, logs_read=bool(asked.logs),
        defence=asked.defence,
    )  # fmt: skip


def _collateral(
    settings: Settings, path: Path | None, known_as: Sequence[str], names: Sequence[str],
    revenue: Quantity | None,
) -> dict[str, list[Line]]:  # fmt: skip
    from stillwatch.adapters.control.desk import LOG_NAME

    log = path or settings.control.folder / LOG_NAME
    if path is None and not log.is_file():
        return {"this campaign": ledger(None)}
    own, whole = contested(log, known_as, names)
    scopes: dict[str, Contested] = {"this campaign": own, "the whole log": whole}
    return {scope: ledger(one, revenue_usd_per_account=revenue) for scope, one in scopes.items()}


@cache
def _shipped_lags(model: str) -> Lags | None:
    return lags_of(shipped.benchmarks(), model)


def lags_of(rows: Sequence[Row], model: str, *, own: bool = False) -> Lags | None:
    """What public results say of a model; the shipped example where none is named.

    Args:
        rows: public results.
        model: name, or empty.
        own: whether the table is the user's; without a model nothing is asked of it then.

    Raises:
        BadInput: the model is in no row.
        NotEnoughEvidence: it has no other models beside it.
    """
    if own and not model:
        raise BadInput("a table of results needs the model that it is asked about.",
                       where="--benchmarks", remedy="Name it with --model.")  # fmt: skip
    name = model or EXAMPLE
    table = Table(rows)
    found = lags(table, name, np.random.default_rng(SEED))
    told = shipped.published()
    found += [_on_scale(scale) for scale in told["scale"] if scale["model"] == name and not own]
    flattered = {s.of: inflation(found, s.of) for s in suites_of(rows, name) if s.of}
    return Lags(
        model=name, is_example=not model, suites=tuple(found),
        published=() if own or name != EXAMPLE else tuple(told["lag"]),
        inflation={suite: q for suite, q in flattered.items() if q is not None},
        as_of=max(row.as_of for row in rows).isoformat(), n_rows=len(rows),
        n_models=len(table.models), n_benchmarks=len(table.groups),
    )  # fmt: skip


def _on_scale(scale: Mapping[str, Any]) -> SuiteLag:
    at = {one["model"]: Quantity(best=one["best"], low=one["best"] - one["half_width"],
                                 high=one["best"] + one["half_width"], unit="point")
          for one in scale["ability"]}  # fmt: skip
    days = {one["model"]: date.fromisoformat(one["released"]) for one in scale["ability"]}
    found = lag_of_published(at, days, scale["model"], np.random.default_rng(SEED))
    return SuiteLag(
        suite=scale["name"], told_by=scale["told_by"], n_benchmarks=0,
        ability_points=found.ability_points, lag=found.lag, at_least_share=found.at_least_share,
    )  # fmt: skip
