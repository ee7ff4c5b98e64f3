"""``stillwatch case seal, bundle, verify, forget``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.adapters.custody.escrow import Escrow
    from stillwatch.adapters.custody.log import CustodyLog
    from stillwatch.adapters.custody.sealing import Run
    from stillwatch.attribute.custody.notes import PublicKey
    from stillwatch.attribute.custody.report import Report

LOG = click.option(
    "--log", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder of the log instead of the setting custody.folder.",
)  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
CASE = click.option(
    "--case", "ref", required=True, metavar="REF", help="The case, such as campaign:1a2b3c4d5e6f."
)
_MOST_SHOWN = 40
_EVERY_S = 5.0


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True),
    metavar="CASE_FOLDER|FILES...",
)  # fmt: skip
@CASE
@LOG
@click.option("--each-line", is_flag=True, help="Each line of a .jsonl file is an exhibit.")
@click.option(
    "--holder", "holders", multiple=True, metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Public key of a holder of originals, instead of custody.holders; give two.",
)  # fmt: skip
@click.option(
    "--as-is", multiple=True, metavar="PATTERN",
    help="Seal what is called like this unseen, as it is: pictures, reports of ours.",
)  # fmt: skip
@click.option(
    "--bundle", "out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the bundle when all is sealed.",
)  # fmt: skip
@JSON
@pass_shell
def seal(
    shell: Shell, /, paths: tuple[Path, ...], ref: str, folder: Path | None,
    holders: tuple[Path, ...], out: Path | None, as_is: tuple[str, ...], *,
    each_line: bool, as_json: bool,
) -> int:  # fmt: skip
    """Seal exhibits into a case, personal data and secrets taken out.

    What was sealed before, with the same name and bytes, is passed over: run it again after a
    crash. Without holders, originals from which something was taken are not kept.
    """
    from stillwatch.adapters.custody.detectors import redactor
    from stillwatch.adapters.custody.exhibits import found_exhibits
    from stillwatch.adapters.custody.sealing import seal as sealed

    with open_log(shell, folder) as log:
        _refuse_own_folder(log, paths)
        escrow = _escrow(shell, log, holders)
        run = sealed(
            log, ref, found_exhibits(paths, each_line=each_line), redactor(), escrow,
            as_is=as_is, progress=_Progress(),
        )  # fmt: skip
        told: dict[str, Any] = {
            "case": ref,
            "n_sealed": len(run.sealed),
            "n_sealed_before": run.n_before,
            "exhibits_redacted": run.n_redacted,
            "taken_out": dict(sorted(run.counts.items())),
            "originals": "in escrow" if escrow else "not kept",
            "inventory": run.inventory,
            "log_size": log.size,
            "stamped_at": stamped(shell, log, run.inventory + 1, ref),
        }
        if out is not None:
            told |= _bundled(log, ref, out)
    show(told, as_json=as_json)
    return NONE_FOUND


@click.command()
@CASE
@LOG
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="The bundle, a tar file.",
)  # fmt: skip
@JSON
@pass_shell
def bundle(shell: Shell, /, ref: str, folder: Path | None, out: Path, *, as_json: bool) -> None:
    """Write a case into one file that anybody can check.

    The same state of the log gives the same bytes.
    """
    with open_log(shell, folder) as log:
        told = _bundled(log, ref, out)
    show({"case": ref} | told, as_json=as_json)


@click.command()
@click.argument("bundle_file", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option(
    "--key", required=True, metavar="PUB", help="A public key of the log: the line, or its file."
)
@click.option(
    "--witness", "witnesses", multiple=True, metavar="PUB", help="Key of a witness you believe."
)
@click.option(
    "--need", type=click.IntRange(min=0), default=0, metavar="N",
    help="How many of these witnesses must have co-signed the head.",
)  # fmt: skip
@click.option(
    "--root", "roots", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Certificate of a time-stamping authority you believe, PEM.",
)  # fmt: skip
@click.option(
    "--skew", "skew_s", type=click.FloatRange(min=0, max=86_400), default=10.0, metavar="SECONDS",
    show_default=True, help="By how much the clocks of log, witness and authority may differ.",
)  # fmt: skip
@JSON
def verify(
    bundle_file: Path, key: str, witnesses: tuple[str, ...], need: int, roots: tuple[Path, ...],
    skew_s: float, *, as_json: bool,
) -> int:  # fmt: skip
    """Check every byte of a bundle with nothing but a public key.

    Also a receipt, as `case log prove` prints it. Works offline and needs no text of any prompt.
    Exit code 0 where all of it holds, 1 where something does not, 2 where the bundle or the key
    could not be read.
    """
    from stillwatch.adapters.custody.key_files import public_key
    from stillwatch.adapters.custody.stamping import load_roots
    from stillwatch.attribute.custody.verifying import Believed
    from stillwatch.attribute.custody.verifying import verify as verified
    from stillwatch.model.errors import OutsideFailed

    believed = Believed(
        key=public_key(key),
        witnesses=[public_key(told) for told in witnesses],
        n_witnesses=need,
        roots=load_roots(roots),
        skew_us=round(skew_s * 1e6),
    )
    try:
        data = bundle_file.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{bundle_file} cannot be read: {error.strerror}.") from None
    report = _receipt(data, believed.key) or verified(data, believed)
    if as_json:
        print_json(report.to_json())
    else:
        _say(report)
    return NONE_FOUND if report.holds else FOUND


@click.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(min=0), metavar="[ENTRY...]")
@CASE
@LOG
@click.option("--exhibits", is_flag=True, help="The exhibits too, not their originals alone.")
@click.option("--all", "everything", is_flag=True, help="Of the whole case.")
@click.option("--by", required=True, help="Who decides; stands in the log for good.")
@click.option("--because", required=True, help="Why: a request, a rule, a court.")
@JSON
@pass_shell
def forget(
    shell: Shell, /, numbers: tuple[int, ...], ref: str, folder: Path | None, by: str,
    because: str, *, exhibits: bool, everything: bool, as_json: bool,
) -> int:  # fmt: skip
    """Destroy originals or exhibits; the log says who did, and why.

    Their entries and commitments stay, their salts do not: nothing can be found out from what is
    left. Bundles that were handed out before are out of reach.
    """
    from stillwatch.adapters.custody.destroying import finish_forgetting
    from stillwatch.adapters.custody.destroying import forget as forgotten
    from stillwatch.attribute.custody.kinds import EXHIBIT, EXHIBITS, ORIGINALS

    with open_log(shell, folder) as log:
        if everything:
            numbers = tuple(n for n, kind in log.vault.of_case(ref) if kind == EXHIBIT)
        n_late = finish_forgetting(log, ref)
        what = EXHIBITS if exhibits else ORIGINALS
        n_gone = forgotten(log, ref, numbers, what=what, by=by, because=because)
        told = {"case": ref, "what": what, "entries": len(numbers), "n_destroyed": n_gone + n_late,
                "log_size": log.size}  # fmt: skip
    show(told, as_json=as_json)
    return NONE_FOUND


def open_log(shell: Shell, folder: Path | None) -> CustodyLog:
    """The log that the command line or the settings name."""
    from stillwatch.adapters.custody.log import CustodyLog

    return CustodyLog(folder or shell.settings.custody.folder, now_us)


def stamped(shell: Shell, log: CustodyLog, size: int, ref: str | None) -> str | None:
    """When the authority of the settings stamped a head; says on stderr where it did not."""
    from stillwatch.adapters.custody.stamping import stamp_head
    from stillwatch.attribute.custody.contents import said_at
    from stillwatch.model.errors import StillwatchError

    told = shell.settings.custody
    if told.authority is None:
        return None
    try:
        stamp = stamp_head(log, size, told.authority, case=ref, timeout_s=told.timeout_s)
    except StillwatchError as error:
        click.echo(f"stillwatch: not stamped: {error}", err=True)
        return None
    return said_at(stamp.at_us)


def show(told: dict[str, Any], *, as_json: bool) -> None:
    """Print what was done."""
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        said = "-" if value is None else str(value)
        if isinstance(value, dict):
            said = ", ".join(f"{n} {kind}" for kind, n in value.items()) or "nothing"
        say(f"{name.removeprefix('n_'):16} {said}")


def print_json(told: Any) -> None:
    """Print JSON on stdout."""
    import orjson

    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def now_us() -> int:
    """The clock, microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


def say(text: str) -> None:
    """Print a line; what a terminal would obey is not printed, for others wrote some of it."""
    click.echo("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


class _Progress:
    """Says on stderr how far a long run of sealing is, every few seconds."""

    def __init__(self) -> None:
        self._said_s = time.monotonic()

    def __call__(self, run: Run) -> None:
        if time.monotonic() - self._said_s >= _EVERY_S:
            self._said_s = time.monotonic()
            click.echo(f"sealed {len(run.sealed):,}, {run.n_before:,} before", err=True)


def _refuse_own_folder(log: CustodyLog, paths: tuple[Path, ...]) -> None:
    from stillwatch.model.errors import BadInput

    for path in paths:
        if log.folder.resolve().is_relative_to(path.resolve()):
            raise BadInput(
                f"holds the log itself ({log.folder}), with its keys.",
                where=str(path),
                remedy="Seal another folder, or keep the log elsewhere with custody.folder.",
            )


def _escrow(shell: Shell, log: CustodyLog, holders: tuple[Path, ...]) -> Escrow | None:
    from stillwatch.adapters.custody.escrow import Escrow
    from stillwatch.adapters.custody.key_files import load_holder

    paths = holders or shell.settings.custody.holders
    return Escrow(log.origin, [load_holder(path) for path in paths]) if paths else None


def _bundled(log: CustodyLog, ref: str, out: Path) -> dict[str, Any]:
    from stillwatch.adapters.custody.bundling import bundle_of, write_bundle

    made = bundle_of(log, ref)
    n_bytes = write_bundle(log, made, out)
    return {
        "bundle": str(out),
        "n_bytes": n_bytes,
        "n_exhibits": len(made.openings),
        "key": log.reign().keys[-1].line,
    }


def _receipt(data: bytes, key: PublicKey) -> Report | None:
    """What a check of a receipt finds; ``None`` where it is none."""
    from stillwatch.attribute.custody.contents import said_at
    from stillwatch.attribute.custody.receipts import FIRST_LINE, check_receipt
    from stillwatch.attribute.custody.report import Report
    from stillwatch.model.errors import BadInput

    if not data.startswith(FIRST_LINE.encode()):
        return None
    report = Report()
    try:
        entry, head = check_receipt(data.decode(errors="replace"), key)
    except BadInput as error:
        report.wrong("receipt", error.what)
        return report
    report.facts = {
        "origin": head.origin, "log_size": head.size, "entry": entry.n, "kind": entry.kind,
        "at": said_at(entry.at_us), "body": entry.body,
    }  # fmt: skip
    return report


def _say(report: Report) -> None:
    facts = report.facts
    if report.holds and "kind" in facts:
        say(f"holds: entry {facts['entry']} of {facts['origin']}, a log of {facts['log_size']}")
        say(f"{facts['kind']}, {facts['at']} as its keeper says: {facts['body']}")
    elif report.holds:
        say(f"holds: {facts['case']}, log {facts['origin']}")
        say(
            f"{facts['n_entries']} entries, {facts['n_exhibits']} exhibits, of a log of "
            f"{facts['log_size']}; {facts['first_at']} to {facts['last_at']} as its keeper says"
        )
        say(f"weights made again from {facts['n_recomputed']} exhibits")
        for bound in facts.get("there_by", ()):
            say(f"the first {bound['n_entries']} entries of the log were there by {bound['at']}")
    else:
        say(f"does not hold: {len(report.problems)} problems")
        for problem in report.problems[:_MOST_SHOWN]:
            say(f"  {problem.where}: {problem.what}")
        if len(report.problems) > _MOST_SHOWN:
            say(f"  and {len(report.problems) - _MOST_SHOWN} more: see --json")
    for n in sorted(report.gone)[:_MOST_SHOWN]:
        say(f"entry {n}: {report.gone[n]}")
    for sentence in report.not_looked:
        say(f"not looked at: {sentence}")
