"""What is shipped as data: the regimes, and the trees that weigh names."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.regimes import Regimes, regimes_from
from stillwatch.screen.scoring import Scorer, scorer_from

_DATA = "stillwatch.screen"


def load_regimes(path: Path | None) -> Regimes:
    """The dated rules.

    Args:
        path: a file of one's own; ``None`` for the shipped ones.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no TOML or holds what is no regime.
    """
    where = "regimes.toml" if path is None else str(path)
    try:
        data = (
            files(_DATA).joinpath("data", "regimes.toml").read_bytes()
            if path is None
            else path.read_bytes()
        )
        return regimes_from(tomllib.loads(data.decode("utf-8")), where)
    except OSError as error:
        raise OutsideFailed(f"the regimes {where} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}.", where=where) from None


def load_scorer() -> Scorer:
    """The trees that weigh names.

    Raises:
        BadInput: the file is damaged.
    """
    return scorer_from(orjson.loads(files(_DATA).joinpath("data", "names.json").read_bytes()))
