"""``stillwatch cloud customers`` and ``rules``: what dated rules ask on a day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from stillwatch.cli.cloud_text import (
    DAY,
    FILE,
    JSON,
    RULES,
    customers_text,
    day_of,
    rule_text,
    show,
)
from stillwatch.cli.exits import FOUND, NONE_FOUND


@click.command()
@click.argument("file", type=FILE)
@DAY
@click.option("--pack", "pack_id", default="us-iaas-cip", show_default=True, help="Which rules.")
@click.option("--export", "export_id", metavar="ID", help="Print one customer's whole record.")
@JSON
def customers(
    file: Path, day: datetime | None, pack_id: str, export_id: str | None, *, as_json: bool
) -> int:
    """Say what records of customers in FILE lack on a day. Values are never printed.

    Exit code 1 where a record lacks something or a duty of the whole is open.
    """
    from stillwatch.adapters.cloud.records import read_books
    from stillwatch.adapters.cloud.shipped import packs
    from stillwatch.cloud.customers import duties, look
    from stillwatch.cloud.regimes import NOT_ADVICE
    from stillwatch.model.errors import BadInput, BadSettings

    known = {pack.id: pack for pack in packs()}
    if pack_id not in known:
        raise BadSettings("--pack", f"{pack_id!r} is none of {', '.join(sorted(known))}.")
    books, pack, on = read_books(file), known[pack_id], day_of(day)
    if export_id is not None:
        if export_id not in books.customers:
            raise BadInput("there is no such customer.", where=export_id)
        show({"pack": pack.id, "day": str(on), "record": dict(books.customers[export_id])})
        return NONE_FOUND
    looked = [look(books.customers[name], pack, on) for name in sorted(books.customers)]
    owed = duties(books, pack, on)
    result = {
        "schema": "stillwatch.customers/1",
        "pack": pack.id, "title": pack.title, "day": str(on), "standing": pack.on(on).said,
        "source": pack.source, "doubt": pack.doubt, "note": NOT_ADVICE,
        "n_customers": len(looked), "n_complete": sum(one.complete for one in looked),
        "duties": [{"day": None if d is None else str(d), "what": what} for d, what in owed],
        "customers": [one.to_json() for one in looked],
    }  # fmt: skip
    if as_json:
        show(result)
    else:
        customers_text(result)
    open_duties = any(d is None or d < on for d, _ in owed)
    return FOUND if open_duties or any(not one.complete for one in looked) else NONE_FOUND


@click.command()
@DAY
@RULES
@JSON
@click.option("--flop", type=click.FloatRange(min=0), help="A run of so many FLOP.")
@click.option("--cluster-flop-s", type=click.FloatRange(min=0), help="Peak of a cluster, FLOP/s.")
@click.option("--fabric-gbit-s", type=click.FloatRange(min=0), help="Network of that cluster.")
@click.option(
    "--fact", "facts", multiple=True, metavar="NAME=yes|no",
    help="A fact that a rule asks for, such as foreign_customer=yes; may be given again.",
)  # fmt: skip
def rules(
    day: datetime | None, own_rules: Path | None, flop: float | None,
    cluster_flop_s: float | None, fabric_gbit_s: float | None, facts: tuple[str, ...],
    *, as_json: bool,
) -> int:  # fmt: skip
    """Say how each rule stands on a day, and what it says of a run or a cluster."""
    from stillwatch.adapters.cloud.shipped import rules as all_rules
    from stillwatch.cloud.regimes import KINDS, NOT_ADVICE, Measured, ask
    from stillwatch.model.quantity import exactly

    on = day_of(day)
    known = all_rules(own_rules)
    measured = Measured(
        flop=None if flop is None else exactly(flop, "flop"),
        crossed_on=on,
        cluster_flop_s=cluster_flop_s,
        fabric_gbit_s=fabric_gbit_s,
        facts=_facts(facts),
    )
    answers = ask(known, measured, on)
    result = {
        "schema": "stillwatch.rules/1", "day": str(on), "note": NOT_ADVICE,
        "rules": [answer.to_json() for answer in answers],
        "not_yet": [r.id for r in known if r.on(on).status is None],
    }  # fmt: skip
    if as_json:
        show(result)
        return NONE_FOUND
    click.echo(f"Rules on {on}. {NOT_ADVICE}")
    for kind in KINDS.values():
        mine = [a for a in answers if a.kind == kind]
        if mine:
            click.echo(f"\n{kind.capitalize()}")
        for answer in mine:
            rule_text(answer.to_json(), "  ")
    return NONE_FOUND


def _facts(told: tuple[str, ...]) -> dict[str, bool]:
    from stillwatch.model.errors import BadSettings

    found = {}
    for one in told:
        name, _, value = one.partition("=")
        if not name or value not in ("yes", "no"):
            raise BadSettings("--fact", f"{one!r} is not NAME=yes or NAME=no.")
        found[name] = value == "yes"
    return found
