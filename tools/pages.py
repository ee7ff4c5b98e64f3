"""The generated pages: columns, settings, commands and signals, each from its source."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import BaseModel

from markdown_parts import GENERATED, code, docstring, table
from stillwatch.adapters.settings import PREFIX, Settings, variable
from stillwatch.cli.main import ENTRIES, PROGRAM, cli
from stillwatch.model import account, exchange

_SIGNALS = "stillwatch.detect.signals"
_WIDTH = 90


def columns_page() -> str:
    """Return ``docs/columns.md`` from the two schemas of the model."""
    return "\n\n".join(
        [
            GENERATED,
            "# Columns",
            "What comes in: one row an exchange and, optionally, one row an account. Only the "
            "columns in bold must be there. A column that is absent is null, and a signal that "
            "reads it says that it could not look.",
            f"## exchanges\n\nVersion `{exchange.EXCHANGES_VERSION}`. Names in brackets are "
            "those of the OpenTelemetry conventions for generative AI.",
            _columns(exchange.EXCHANGE_COLUMNS, exchange.REQUIRED),
            "Content-free mode: "
            + ", ".join(f"`{name}`" for name in exchange.CONTENT)
            + " are null and the keyed sketches "
            + ", ".join(f"`{name}`" for name in exchange.SKETCHES)
            + " stand in for them.",
            f"## accounts\n\nVersion `{account.ACCOUNTS_VERSION}`.",
            _columns(account.ACCOUNT_COLUMNS, ("account",)),
            "`region` is in the contract so that a test can permute it and see that nothing "
            "changes. The code of `detect` never reads it.",
        ]
    )


def settings_page() -> str:
    """Return ``docs/settings.md`` from the tree of settings."""
    parts = [
        GENERATED,
        "# Settings",
        "Settings are read from `stillwatch.toml` in the working directory, or from the file "
        f"that `--config` names, and from the environment as `{PREFIX}<SECTION>__<KEY>`. The "
        "environment wins over the file. An unknown key is an error in both places, and the "
        "message names the key, where it was found and the nearest key that exists. An empty "
        "variable counts as not set. Paths are relative to the working directory.",
        f"The variable of `fdr` in `[detect]` is `{variable('detect.fdr')}`.",
    ]
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            parts += [f"## {name}", inspect.cleandoc(kind.__doc__ or "")]
            parts += [table(["key", "default", "range", "what it is"], _settings_rows(kind))]
    parts += ["## All of it, with its defaults", code(_settings_file(), "toml")]
    return "\n\n".join(parts)


def commands_page() -> str:
    """Return ``docs/commands.md`` from the commands' own ``--help``."""
    parts = [
        GENERATED,
        "# Commands",
        "Each block is what the command prints for `--help`. "
        "Exit codes: 0 looked and found none, 1 campaigns found, 2 could not look, 3 wrong use.",
    ]
    for path, command, context in commands():
        parts += [f"## {path}", code(command.get_help(context), "text")]
    return "\n\n".join(parts)


def signals_page() -> str:
    """Return ``docs/signals.md`` from the docstrings of the signals' modules."""
    found = sorted(signals(), key=lambda one: (_by_number(one[0].id), one[0].name))
    parts = [
        GENERATED,
        "# Signals",
        "A signal is a measured behaviour. It gives weight of evidence in bits for or against "
        "an account being part of a campaign, or says that it could not look. No signal alone "
        "makes a campaign.",
    ]
    if not found:
        return "\n\n".join([*parts, "No signal is shipped yet."])
    parts.append(
        table(
            ["id", "name", "family", "innocent who looks the same"],
            [[one.id, one.name, one.family, one.twin] for one, _ in found],
        )
    )
    for one, text in found:
        head = table(
            ["family", "question", "reads", "techniques", "benign twin"],
            [[one.family, one.question, _reads(one), ", ".join(one.techniques) or "-", one.twin]],
        )
        parts += [f"## {one.id} {one.name}", head, docstring(text, level=3)]
    return "\n\n".join(parts)


def help_of(path: str) -> str:
    """Return the ``--help`` of a command such as ``stillwatch lab simulate``.

    Raises:
        KeyError: there is no such command.
    """
    for name, command, context in commands():
        if name == path:
            return command.get_help(context)
    raise KeyError(path)


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield the words, the command and a context of every command, the program first."""
    top = click.Context(cli, info_name=PROGRAM, terminal_width=_WIDTH)
    yield PROGRAM, cli, top
    for entry in ENTRIES:
        if find_spec(entry.module) is not None:
            command = cli.get_command(top, entry.name)
            if command is not None:
                yield from _below(command, entry.name, top)


def signals() -> Iterator[tuple[Any, str]]:
    """Yield ``SIGNAL`` and the cleaned docstring of every module that has one."""
    if find_spec(_SIGNALS) is None:
        return
    package = import_module(_SIGNALS)
    for found in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{_SIGNALS}.{found.name}")
        if hasattr(module, "SIGNAL"):
            yield module.SIGNAL, inspect.cleandoc(module.__doc__ or "")


def _columns(columns: tuple[tuple[str, Any, str], ...], required: tuple[str, ...]) -> str:
    rows = [
        [f"**{name}**" if name in required else name, f"`{kind}`", what]
        for name, kind, what in columns
    ]
    return table(["column", "type", "what it is"], rows)


def _settings_rows(kind: type[BaseModel]) -> Iterator[list[str]]:
    for name, field in kind.model_fields.items():
        default = _toml(field.default)
        yield [
            f"`{name}`",
            f"`{default}`" if default else "none",
            _range(field.metadata) or _kind(field.annotation),
            field.description or "",
        ]


def _range(metadata: list[Any]) -> str:
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    bounds = [
        f"{sign} {getattr(bound, mark)}"
        for bound in metadata
        for mark, sign in signs.items()
        if getattr(bound, mark, None) is not None
    ]
    return ", ".join(bounds)


def _kind(annotation: Any) -> str:
    if annotation is bool:
        return "true or false"
    return "a path" if Path in (annotation, *get_args(annotation)) else "text"


def _settings_file() -> str:
    lines: list[str] = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            lines += ["", f"[{name}]"]
            for key, inner in kind.model_fields.items():
                value = _toml(inner.default)
                lines.append(f"{key} = {value}" if value else f'# {key} = "..."')
    return "\n".join(lines).strip()


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, Path)):
        return f'"{value}"' if str(value) else ""
    return "" if value is None else str(value)


def _below(
    command: click.Command, name: str, above: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(command, info_name=name, parent=above, terminal_width=_WIDTH)
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _below(found, inner, context)


def _reads(one: Any) -> str:
    """Name the columns without which a signal cannot look."""
    needed = ", ".join(f"`{column}`" for column in one.reads)
    either = " or ".join(f"`{column}`" for column in one.needs_any)
    return " and ".join(part for part in (needed, either) if part) or "-"


def _by_number(identity: str) -> tuple[int, str]:
    digits = re.search(r"\d+", identity)
    return (int(digits[0]) if digits else 0, identity)
