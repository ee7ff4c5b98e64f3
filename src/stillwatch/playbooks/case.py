"""From a search to a case: what ``detect`` says of a campaign, as findings and a record.

The record is a copy of known fields alone: no prompt, no template, nothing that a later version
of the search might add. Findings are made from the campaign's signals. Their interval runs from
what the counts of made worlds bear to what the signal's own model says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stillwatch.attribute.likelihoods import Likelihoods
from stillwatch.detect.claims import FRAUD_BITS, FRAUD_SIGNALS
from stillwatch.detect.settings import DetectSettings
from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.quantity import Quantity, exactly

#: fields of a campaign that a case keeps.
KEPT = (
    "id", "weight_bits", "fdr", "families", "harvest", "claims", "n_exchanges", "output_tokens",
    "reasoning_tokens", "models", "first_seen", "last_seen", "detected_at", "weighed",
    "techniques", "rivals",
)  # fmt: skip
_SIGNAL = (
    "signal", "name", "family", "question", "bits", "observed", "benign_percentile", "evidence",
    "terms",
)  # fmt: skip
_PICTURES = ("accounts_over_time", "hour_of_week", "graph")
_CLAIM = {"operator": Claim.ONE_OPERATOR, "harvest": Claim.COLLECTION}
#: most that one family may say, as in the search.
CAP_BITS = DetectSettings().family_cap_bits
UNCOUNTED = "The lab has not counted this signal: its interval begins at 0."


def campaign_of(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The campaign of an id, or of enough of its beginning.

    Raises:
        BadInput: none or several are called so, or it is only a watched group.
    """
    bare = name.partition(":")[2] if ":" in name else name
    found = [c for c in result["campaigns"] if str(c["id"]).partition(":")[2].startswith(bare)]
    if name.startswith("cluster:") or (not found and _is_watched(result, bare)):
        raise BadInput(
            f"{name} is a watched group, not a campaign: a case needs two families and more.",
            where="case",
            remedy="`stillwatch explain` says why it was not reported.",
        )
    if len(found) != 1 or not bare:
        ids = ", ".join(str(c["id"]) for c in result["campaigns"][:10]) or "none"
        raise BadInput(
            f"{len(found)} campaigns of the result are called {name!r}.",
            where="case",
            remedy=f"Campaigns there: {ids}.",
        )
    return dict(found[0])


def body_of(result: Mapping[str, Any], name: str, table: Likelihoods) -> dict[str, Any]:
    """The body of an entry that opens a case or brings it up to date.

    Args:
        result: of the schema ``stillwatch.campaigns/1``.
        name: id of the campaign.
        table: likelihoods.

    Returns:
        ``record``, ``findings``, ``source`` (which result it was, and its size) and
        ``not_looked`` (signal to why it could not look).

    Raises:
        BadInput: there is no such campaign, or a field is missing or of the wrong kind.
    """
    campaign = campaign_of(result, name)
    try:
        record = _record(campaign)
        source = {
            "result": digest_of("result", _plain(campaign)),
            "schema": str(result["schema"]),
            "window": {k: str(result["window"][k]) for k in ("from", "to")},
            **{k: int(result[k]) for k in ("n_exchanges", "n_accounts", "n_tested")},
            "n_disclosed": result.get("n_disclosed"),
            "settings": dict(result["settings"]),
        }
        found = findings_of(record, table, source=str(source["result"]))
        blind = {str(row["signal"]): str(row["why"]) for row in result["not_looked"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(
            f"the campaign cannot be read: {error!r}.", where=str(campaign.get("id", "?"))
        ) from error
    return {
        "record": record, "findings": [f.to_json() for f in found], "source": source,
        "not_looked": blind,
    }  # fmt: skip


def findings_of(
    record: Mapping[str, Any], table: Likelihoods, *, source: str
) -> tuple[Finding, ...]:
    """Findings of a campaign: its size, its signals, and those signals again as to fraud.

    Args:
        record: fields of the campaign.
        table: likelihoods, for the intervals.
        source: ref of the result.
    """
    window = (_us(record["first_seen"]), _us(record["last_seen"]) + 1)
    about = str(record["id"])
    out = [
        Finding(
            about=about, claim=Claim.INDUSTRIAL_SCALE,
            value=exactly(float(record["n_exchanges"]), "exchange"),
            family="timing", evidence=(source,), method="detect volume stillwatch.campaigns/1",
            window=window, observed=str(record["claims"]["industrial_scale"]),
            caveats=("Exchanges are attempts, and a floor: what was seen in the window.",),
        )
    ]  # fmt: skip
    for signal in record["signals"]:
        claims = [_CLAIM[str(signal["question"])]]
        if signal["name"] in FRAUD_SIGNALS and float(signal["bits"]) >= FRAUD_BITS:
            claims.append(Claim.FRAUD_ENABLED)
        bits = min(max(float(signal["bits"]), -CAP_BITS), CAP_BITS)
        value, caveats = _value(str(signal["name"]), bits, table)
        out += [
            Finding(
                about=about, claim=claim, value=value, family=str(signal["family"]),
                evidence=(source, *map(str, signal["evidence"])),
                method=f"{signal['signal']} {signal['name']} stillwatch.campaigns/1",
                window=window, observed=str(signal["observed"]), caveats=caveats,
            )
            for claim in claims
        ]  # fmt: skip
    return tuple(out)


def shared_accounts(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The part of the smaller of two records' accounts that stands in both, 0 to 1."""
    left, right = ({str(a["account"]) for a in r["accounts"]} for r in (one, other))
    return len(left & right) / max(min(len(left), len(right)), 1)


def _value(name: str, bits: float, table: Likelihoods) -> tuple[Quantity, tuple[str, ...]]:
    counted = table.of_signal(name, bits)
    if counted is None:
        low, high = min(bits, 0.0), max(bits, 0.0)
        return Quantity(best=bits, low=low, high=high, unit="bit"), (UNCOUNTED,)
    low, high = round(min(bits, counted.low), 1), round(max(bits, counted.high), 1)
    return Quantity(best=bits, low=min(low, bits), high=max(high, bits), unit="bit"), ()


def _record(campaign: Mapping[str, Any]) -> dict[str, Any]:
    pictures = campaign.get("pictures") or {}
    out: dict[str, Any] = {name: campaign[name] for name in KEPT}
    out["accounts"] = [
        {
            "account": str(a["account"]),
            "membership": float(a["membership"]),
            "weight_bits": float(a["weight_bits"]),
        }
        for a in campaign["accounts"]
    ]
    out["signals"] = [
        {k: signal[k] for k in _SIGNAL if k in signal} for signal in campaign["signals"]
    ]
    out["pictures"] = {k: pictures[k] for k in _PICTURES if k in pictures}
    plain: dict[str, Any] = _plain(out)
    return plain


def _plain(value: Any) -> Any:
    """The same with tuples as lists and keys as text, so that its digest can be redone."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _is_watched(result: Mapping[str, Any], bare: str) -> bool:
    rows = result.get("watched", ())
    return bool(bare) and any(str(w["id"]).partition(":")[2].startswith(bare) for w in rows)


def _us(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1e6)
