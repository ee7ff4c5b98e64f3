"""``stillwatch lab``: make labelled traffic, and score what a search found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stillwatch.cli.lab_distil import distil


@click.group()
def lab() -> None:
    """Rehearse: make traffic, and score what was found in it."""


@lab.command("simulate")
@click.argument("out_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--fixture", default="all", show_default=True, help="all, none, or C01,C04,...")
@click.option("--twins", default="all", show_default=True, help="all, none, or SWS-1,SWS-2,...")
@click.option("--accounts", default=12_000, show_default=True, help="Benign accounts, with twins.")
@click.option("--days", default=14, show_default=True, help="Length of the window.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal worlds.")
@click.option("--start", default="2026-03-02", show_default=True, help="First day, UTC.")
@click.option("--mean-exchanges", default=20.0, show_default=True, help="Per ordinary account.")
@click.option("--twin-share", default=0.45, show_default=True, help="Benign accounts in twins.")
@click.option("--paraphrase", default=0.0, show_default=True, help="0 one wording, 1 none shared.")
@click.option("--jitter", default=0.3, show_default=True, help="0 synchronised, 1 no pattern.")
@click.option("--rate", type=float, help="Campaign exchanges per account and day.")
@click.option("--mixing", type=float, help="Share of unrelated customers, 0 to 0.95.")
@click.option("--infra-sharing", default=0.35, show_default=True, help="Traits from a pool, 0-0.8.")
@click.option("--persona-sticky", default=0.0, show_default=True, help="Accounts keep a subject.")
@click.option("--human-sessions", default=0.0, show_default=True, help="Requests in sittings.")
@click.option("--campaign-accounts", help="Of each campaign: 40, or C04=20000,C08=1500.")
@click.option("--aged-accounts", default=0.1, show_default=True, help="Opened long before.")
@click.option("--responses", is_flag=True, help="Make the answers' text too.")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), help="Own task texts.")
@click.option("--exchanges", type=int, help="Of the whole world; campaigns send what is left.")
@click.option("--prompt-chars", type=int, help="Mean length of prompts, with pasted documents.")
@click.option("--files", default=1, show_default=True, help="Write by time, little in memory.")
@click.option("--stress", default="none", hidden=True, help="loud-account, one-template")
@click.option("--drop", default="", help="Columns to leave out, comma-separated.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def simulate_command(out_dir: Path, **options: Any) -> None:
    """Write a labelled world to OUT_DIR."""
    from stillwatch.cli.rehearsal import make_world

    make_world(out_dir, options)


@lab.command("score")
@click.argument("campaigns", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("truth", type=click.Path(path_type=Path, exists=True))
@click.option("--exchanges", type=click.Path(path_type=Path, exists=True), help="For the leak.")
@click.option("--json", "as_json", is_flag=True, help="Print the score as JSON.")
def score_command(campaigns: Path, truth: Path, exchanges: Path | None, as_json: bool) -> None:
    """Score CAMPAIGNS (what detect printed) against TRUTH (a Parquet file)."""
    from stillwatch.cli.rehearsal import tell_score

    tell_score(campaigns, truth, exchanges, as_json=as_json)


@lab.command("tool")
@click.argument("out_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--release", type=click.Choice(["1", "2"]), default="1", show_default=True,
              help="The second mends what the first has.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal bytes.")
def tool_command(out_dir: Path, release: str, seed: int) -> None:
    """Make an AI tool in OUT_DIR, with parts of a vetting, to rehearse a review."""
    from stillwatch.adapters.results import write_whole
    from stillwatch.adapters.reviewing.rehearsal import made_tool
    from stillwatch.model.errors import BadInput

    if out_dir.exists() and any(out_dir.iterdir()):
        raise BadInput("is not empty.", where=str(out_dir), remedy="Name a new folder.")
    for name, content in made_tool(int(release), seed).items():
        path = out_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    click.echo(f"made: {out_dir / 'TOOL.toml'}")


@lab.command("serve-model")
@click.option("--listen", default="127.0.0.1:8181", show_default=True, metavar="HOST:PORT")
@click.option("--family", default=0, show_default=True, help="Seed of what models share.")
@click.option("--drift", default=0.0, show_default=True, help="0 the family's first, 1 a stranger.")
@click.option("--temperature", default=1.0, show_default=True, help="On top of what is asked.")
@click.option("--grain", default=0.0, show_default=True, help="Rounding of logits; 0 is none.")
@click.option("--mean-words", default=1.0, show_default=True, help="Of an answer.")
@click.option("--substitute", default=0.0, show_default=True, help="Share that another answers.")
@click.option("--other-drift", default=0.6, show_default=True, help="Drift of the other model.")
@click.option("--only-for", default="", metavar="TEXT", help="Only where the user agent holds it.")
@click.option("--after", default=0, show_default=True, help="Only from so many requests on.")
@click.option("--keep-answers", is_flag=True, help="The same question gets the same answer.")
@click.option("--system", default="", metavar="TEXT", help="Put before what is asked.")
@click.option("--most-tokens", default=4_096, show_default=True, help="Cut answers to so many.")
@click.option("--seed", default=0, show_default=True, help="Of what is drawn.")
def serve_model(listen: str, **told: Any) -> None:
    """Serve a made model, to rehearse vetting on.

    It speaks OpenAI's and Anthropic's interfaces, on this machine alone, until a signal ends it.
    """
    from stillwatch.cli.rehearsal import serve_rehearsal

    serve_rehearsal(listen, told)


lab.add_command(distil)
