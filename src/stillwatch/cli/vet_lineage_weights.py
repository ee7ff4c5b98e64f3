"""``stillwatch vet lineage weights`` and ``merge``."""

from __future__ import annotations

from pathlib import Path

import click

from stillwatch.cli.vet_shown import show_part
from stillwatch.model.errors import BadInput, OutsideFailed

_WEIGHTS = click.Path(path_type=Path)


@click.command()
@click.argument("ours", type=_WEIGHTS)
@click.argument("suspect", type=_WEIGHTS)
@click.option("--ancestor", "ancestors", multiple=True, type=_WEIGHTS, metavar="PATH",
              help="A public model that both may come from; repeatable.")  # fmt: skip
@click.option("--tensors", metavar="REGEX",
              help="Which tensors have a row for each hidden unit, one a layer.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="Of the orders that are drawn.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def weights(
    ours: Path, suspect: Path, ancestors: tuple[Path, ...], tensors: str | None, seed: int, *,
    as_json: bool,
) -> int:  # fmt: skip
    """Test whether the weights of SUSPECT are independent of OURS.

    Both are .safetensors files or folders of them; nothing is run. It tells copies and fine-tunes,
    not distillation. Exit code 1 where they are not independent.
    """
    import re
    from importlib.metadata import version

    import numpy as np

    from stillwatch import __version__
    from stillwatch.adapters.vetting.lineage_weights import UNITS, Weights, compare
    from stillwatch.vet.lineage.ancestors import weights_part
    from stillwatch.vet.lineage.statistics import Terms
    from stillwatch.vet.lineage.weights import together

    try:
        wanted = re.compile(tensors) if tensors else UNITS
    except re.error as error:
        raise BadInput(f"is no pattern: {error}.", where="--tensors") from None
    rng, beside = np.random.default_rng(seed), {}
    with Weights(ours) as one, Weights(suspect) as other:
        found = compare(one, other, rng, wanted)
        for path in ancestors:
            with Weights(path) as base:
                theirs = together(compare(other, base, rng, wanted).layers)
                # An ancestor that is lost among namesakes excuses nobody.
                name = path.name
                while name in beside:
                    name += " (another)"
                beside[name] = (theirs, together(compare(one, base, rng, wanted).layers))
    part = weights_part(
        suspect.name, found.layers, beside, Terms(), left_out=found.left_out,
        tools={"stillwatch": __version__, "safetensors": version("safetensors")},
    )  # fmt: skip
    return show_part(part, as_json=as_json)


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--independent", is_flag=True,
              help="Slots, pairs and keys were others in each: e-values multiply.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def merge(parts: tuple[Path, ...], *, independent: bool, as_json: bool) -> int:
    """Put the e-values of several looks or labs at one suspect together.

    PARTS are what `judge --json` printed. Without --independent they are averaged, which holds
    whatever they have in common. Exit code 1 where together they reach the bar.
    """
    import orjson

    from stillwatch.vet import part_from
    from stillwatch.vet.lineage.merging import merged

    told = []
    for path in parts:
        try:
            told.append(part_from(orjson.loads(path.read_bytes())))
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
        except (orjson.JSONDecodeError, BadInput) as error:
            raise BadInput(f"is no part of a vetting: {error}.", where=str(path)) from None
    return show_part(merged(told, independent=independent), as_json=as_json)
