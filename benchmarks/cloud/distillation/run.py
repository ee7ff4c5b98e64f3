"""Is the run that a campaign feeds found, and is an ordinary one of the same size left alone?

PYTHONPATH=. python benchmarks/cloud/distillation/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, norm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.cloud.sketch_files import LAGS, named, sketch_accounts  # noqa: E402
from stillwatch.cloud.matching import WIDER, Match, Sketch, SketchSet, match  # noqa: E402
from stillwatch.cloud.series import BUCKET_S, ready  # noqa: E402
from stillwatch.cloud.sketches import address_digests, key_id, signs  # noqa: E402
from stillwatch.cloud.telemetry import Flow  # noqa: E402
from stillwatch.lab.compute.harvest import FROM_US, HarvestWorld, make_harvest  # noqa: E402

KEY = bytes(range(32))


def sides(world: HarvestWorld) -> tuple[SketchSet, SketchSet, dict[str, str]]:
    """What a provider and a cloud would make of a world, and whose number is whose."""
    n = len(world.campaign_tokens)
    window = (FROM_US, world.ends_us)
    flows = [
        Flow(
            account=account, bucket_us=FROM_US + h * 3_600_000_000, bytes_in=float(volume),
            remote_kind="model_api",
            address=sorted(world.addresses[account])[h % len(world.addresses[account])],
        )
        for account, volumes in world.ingress.items()
        for h, volume in enumerate(volumes)
    ]  # fmt: skip
    cloud, names = sketch_accounts(flows, window, KEY)
    series = ready(world.campaign_tokens)
    assert series is not None
    campaign = Sketch(
        about="campaign:made",
        signs=tuple(signs(series[None], KEY)),
        addresses=address_digests(world.campaign_addresses, KEY),
    )
    provider = SketchSet(
        side="provider", key_id=key_id(KEY), from_us=FROM_US, n_buckets=n, bucket_s=BUCKET_S,
        sketches=(campaign,),
    )  # fmt: skip
    return provider, cloud, names


def in_the_open(world: HarvestWorld, account: str) -> float:
    """The timing p-value of two who show each other their series: what privacy is measured by."""
    x, y = ready(world.campaign_tokens), ready(world.ingress[account])
    assert x is not None
    assert y is not None
    n = len(x)
    best = max(float(x[: n - k] @ y[k:]) for k in LAGS)
    return min(1.0, len(LAGS) * float(norm.sf(best * np.sqrt(n / WIDER))))


def row_of(name: str, seeds: range, **made: Any) -> tuple[dict[str, Any], list[float]]:
    """All worlds of a point together, and the p-values of unrelated accounts."""
    n_found = n_runs = n_false = n_innocent = n_false_runs = n_ordinary = n_disclosed = 0
    nulls: list[float] = []
    private: list[float] = []
    public: list[float] = []
    spent = 0.0
    for seed in seeds:
        world = make_harvest(seed, **made)
        provider, cloud, names = sides(world)
        begun = time.process_time()
        found: list[Match] = named(match(provider, cloud), names)
        spent += time.process_time() - begun
        for one in found:
            role = world.role[one.account]
            if role == "distiller":
                n_runs += 1
                n_found += one.said
                private.append(-np.log2(one.p_timing or 1.0))
                public.append(-np.log2(max(in_the_open(world, one.account), 1e-300)))
                continue
            n_innocent += 1
            n_false += one.said
            n_disclosed += role == "disclosed" and one.said
            if role == "finetune":
                n_ordinary += 1
                n_false_runs += one.said
            if one.p_timing is not None:
                nulls.append(one.p_timing)
    told(f"{name}: {n_found} of {n_runs}, {n_false} of {n_innocent} innocent")
    return {
        "kind": "point", "point": name, "n_worlds": len(seeds), "n_runs": n_runs,
        "n_found": n_found, "found_share": n_found / n_runs if n_runs else None,
        "p_bits": float(np.median(private)) if private else None,
        "p_bits_in_the_open": float(np.median(public)) if public else None,
        "n_ordinary": n_ordinary, "n_ordinary_flagged": n_false_runs,
        "n_innocent": n_innocent, "n_innocent_flagged": n_false,
        "n_disclosed_flagged": n_disclosed,
        "flagged_upper_95": float(beta.ppf(0.95, n_false + 1, n_innocent - n_false)),
        "cpu_s_a_world": spent / len(seeds),
    }, nulls  # fmt: skip


def main() -> None:
    """Measure every point, calibrate, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 20 worlds a point")
    full = parser.parse_args().full
    seeds = range(2000, 2000 + (20 if full else 2))
    points: list[tuple[str, dict[str, Any]]] = [
        ("called from the cloud's own addresses", {"address_share": 1.0}),
        ("half of the addresses seen", {}),
        ("through proxies: no address seen", {"address_share": 0.0}),
        ("three tenths of the answers", {"direct_share": 0.3, "address_share": 1.0}),
        ("one tenth of the answers", {"direct_share": 0.1, "address_share": 1.0}),
        ("six hours late", {"lag_h": 6, "address_share": 1.0}),
        ("a week of traffic", {"n_hours": 168, "address_share": 1.0}),
        ("the campaign's runs are elsewhere", {"with_campaign": False}),
    ]
    rows, nulls = [], []
    for name, made in points:
        row, p = row_of(name, seeds, **made)
        rows.append(row)
        nulls += p
    values = np.array(nulls)
    for level in (0.5, 0.1, 0.05, 0.01, 0.001, 1e-4):
        k = int((values <= level).sum())
        rows.append({
            "kind": "calibration", "point": f"p at most {level:g}", "n_innocent": len(values),
            "n_innocent_flagged": k, "found_share": k / len(values),
            "flagged_upper_95": float(beta.ppf(0.95, k + 1, len(values) - k)),
        })  # fmt: skip
    print(table(rows))
    n = sum(r["n_innocent"] for r in rows if r["kind"] == "point")
    wrong = sum(r["n_innocent_flagged"] for r in rows if r["kind"] == "point")
    ordinary = sum(r["n_ordinary"] for r in rows if r["kind"] == "point")
    flagged = sum(r["n_ordinary_flagged"] for r in rows if r["kind"] == "point")
    facts = {"seeds": [seeds.start, seeds.stop - 1], "accounts_a_world": 201, "hours": 504,
             "run_flop": 1e21}  # fmt: skip
    freeze(HERE, rows, full=full, facts=facts, headlines=[
        f"Sketches give {rows[1]['p_bits'] / rows[1]['p_bits_in_the_open']:.0%} of the evidence "
        f"that the two series would give in the open (-log2 p of timing, half of the addresses).",
        f"A run of 1e21 FLOP whose answers were called from the cloud's addresses is matched in "
        f"{rows[0]['found_share']:.0%} of {rows[0]['n_worlds']} worlds; through proxies in "
        f"{rows[2]['found_share']:.0%}; with one tenth of the answers in "
        f"{rows[4]['found_share']:.0%}.",
        f"Of {ordinary:,} ordinary fine-tunes of the same size, {flagged} were matched; of {n:,} "
        f"innocent accounts, {wrong} (95% upper limit "
        f"{float(beta.ppf(0.95, wrong + 1, n - wrong)):.1e}).",
        "Unrelated accounts have a timing p-value of at most 0.01 in "
        f"{(values <= 0.01).mean():.2%} of {len(values):,} pairs.",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
