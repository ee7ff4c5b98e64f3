"""``stillwatch cloud offer`` and the private way of ``cloud match``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stillwatch.cli.exits import NONE_FOUND

if TYPE_CHECKING:
    from stillwatch.cloud.matching import Match


@click.command()
@click.argument("sketches", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Where sets and offer.json are written.",
)  # fmt: skip
@click.option(
    "--bits", type=click.IntRange(64, 2048), default=2048, show_default=True,
    help="Signs of a sketch that can be asked about; fewer cost less and say less.",
)  # fmt: skip
def offer(sketches: Path, folder: Path, bits: int) -> int:
    """Make a provider's SKETCHES ready to be asked privately.

    DIR then holds the sets, the tables for matching.toml that name them, whose number is whose, and
    offer.json, which alone goes to the cloud.
    """
    from stillwatch.adapters.cloud.private import write_offer
    from stillwatch.adapters.cloud.sketch_files import from_json, read_json
    from stillwatch.model.errors import OutsideFailed

    provider = from_json(read_json(sketches), where=str(sketches))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None
    told = write_offer(provider, folder, bits)
    n_hours = sum(bool(one.hours) for one in told.campaigns)
    n_addresses = sum(bool(one.addresses) for one in told.campaigns)
    click.echo(
        f"{len(told.campaigns)} campaigns offered: {n_hours} with their hours, {n_addresses} with "
        f"their addresses. Put {folder / 'sets.toml'} into matching.toml, answer with "
        f"`stillwatch share match serve`, and give {folder / 'offer.json'} to the cloud.",
        err=True,
    )
    return NONE_FOUND


def asked_privately(
    told: Path, accounts: Path, *, partner: str, terms: Path, processes: int, most_asked: int,
    python: Path | None,
) -> list[Match]:  # fmt: skip
    """Matches of an offer with a cloud's own sketches, asked of the provider."""
    from stillwatch.adapters.cloud.private import ask_provider
    from stillwatch.adapters.cloud.sketch_files import from_json, read_json
    from stillwatch.adapters.matching.terms import load_terms
    from stillwatch.adapters.matching.workers import Workers
    from stillwatch.adapters.report.visible import visible
    from stillwatch.playbooks.fed_runs import offer_from

    found = offer_from(read_json(told), str(told))
    cloud = from_json(read_json(accounts), where=str(accounts))
    with Workers(processes, python) as workers:
        return ask_provider(
            found, cloud, load_terms(terms), workers, partner=partner, most_asked=most_asked,
            say=lambda line: click.echo(visible(line, 400), err=True),
        )  # fmt: skip
