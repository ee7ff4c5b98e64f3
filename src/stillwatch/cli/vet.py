"""``stillwatch vet``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(name="files", module="stillwatch.cli.vet_files", attribute="files",
          line="Say whether a model's files, code and templates are safe to load."),
    Entry(name="behaviour", module="stillwatch.cli.vet_behaviour", attribute="behaviour",
          line="See how a model behaves: guardrails, hijacking, code, steering."),
    Entry(name="data-flow", module="stillwatch.cli.vet_data_flow", attribute="data_flow",
          line="See where requests go, under which TLS, and what is not stated."),
    Entry(name="substitution", module="stillwatch.cli.vet_substitution", attribute="substitution",
          line="Does an endpoint silently serve another model, where and since when?"),
    Entry(name="lineage", module="stillwatch.cli.vet_lineage", attribute="lineage",
          line="Was it distilled from ours? Exact tests, calibrated in every report."),
    Entry(name="keys", module="stillwatch.cli.vet_keys", attribute="keys",
          line="Make the keys by which a student of ours is told, before their use."),
    Entry(name="ask", module="stillwatch.cli.vet_ask", attribute="ask",
          line="Ask probes of an endpoint; resumable, its cost shown before."),
    Entry(name="review", module="stillwatch.cli.vet_review", attribute="review",
          line="Review a tool: every examination, and one report."),
    Entry(name="verify", module="stillwatch.cli.vet_review", attribute="verify",
          line="Check a report, and your own copy of the tool, offline."),
    Entry(name="compare", module="stillwatch.cli.vet_review", attribute="compare",
          line="Say what changed between two reviews of one tool."),
    Entry(name="sign", module="stillwatch.cli.vet_review", attribute="sign",
          line="Sign the files of a model of yours (OpenSSF model-signing)."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def vet() -> None:
    """Review an AI tool: lineage, files, behaviour, and one report."""
