"""Settings: precedence, ranges, and that no misspelt key passes for one in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.settings import Settings, keys, load_settings, variable
from stillwatch.detect.settings import DetectSettings
from stillwatch.model.errors import BadSettings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder, with no variable of ours set."""
    import os

    for name in list(os.environ):
        if name.upper().startswith("STILLWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def _file(text: str) -> Path:
    path = Path("stillwatch.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_without_file_or_environment() -> None:
    settings = load_settings()
    assert settings == Settings()
    assert (settings.detect.fdr, settings.detect.clock_s, settings.detect.min_families) == (
        0.01,
        10_800,
        2,
    )
    assert not settings.report.show_text
    assert not settings.detect.keep_text


def test_file_over_default_and_environment_over_file(monkeypatch: pytest.MonkeyPatch) -> None:
    _file("[detect]\nfdr = 0.05\nseed = 3\n")
    assert load_settings().detect.fdr == 0.05
    monkeypatch.setenv("STILLWATCH_DETECT__FDR", "0.1")
    settings = load_settings()
    assert (settings.detect.fdr, settings.detect.seed) == (0.1, 3)
    assert settings.detect.min_accounts == Settings().detect.min_accounts


def test_the_named_file_is_read_instead_of_the_one_that_lies_here() -> None:
    _file("[detect]\nseed = 1\n")
    other = Path("other.toml")
    other.write_text("[detect]\nseed = 2\n", encoding="utf-8")
    assert load_settings(other).detect.seed == 2


@pytest.mark.parametrize(
    ("text", "key", "parts"),
    [
        ("[detect]\nfdrr = 0.1", "detect.fdrr", ("stillwatch.toml", "mean detect.fdr?")),
        ("[report]\nshow_txt = true", "report.show_txt", ("mean report.show_text?",)),
        ("[detekt]\nfdr = 0.1", "detekt.fdr", ("mean detect.fdr?",)),
        ("[report]\nfdr = 0.1", "report.fdr", ("mean detect.fdr?",)),
        ("zzzz = 1", "zzzz", ("Known keys: detect.fdr",)),
        ("detect = 1", "detect", ("must be a table: [detect]",)),
        ("[detect]\nfdr = 0.21", "detect.fdr", ("0.2", "0.21", "stillwatch.toml")),
        ("[detect]\nfdr = 0", "detect.fdr", ("greater than 0",)),
        ("[detect]\nfdr = nan", "detect.fdr", ("finite",)),
        ("[detect]\nclock_s = 599", "detect.clock_s", ("600",)),
        ("[detect]\nclock_s = 700.5", "detect.clock_s", ("700.5",)),
        ("[detect]\nmin_families = 1", "detect.min_families", ("2",)),
        ("[input]\nstrict = 'perhaps'", "input.strict", ("perhaps",)),
        ("[detect", "stillwatch.toml", ("not TOML",)),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, key: str, parts: tuple[str, ...]) -> None:
    _file(text)
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert caught.value.key == key
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("STILLWATCH_DETECT__FDRR", "0.1", "mean STILLWATCH_DETECT__FDR?"),
        ("STILLWATCH_DETECT_FDR", "0.1", "mean STILLWATCH_DETECT__FDR?"),
        ("STILLWATCH_DETECT", '{"fdr": 0.1}', "no such key"),
        ("stillwatch_detect__sed", "1", "mean STILLWATCH_DETECT__SEED?"),
        ("STILLWATCH_DETECT__FDR", "0.5", "the environment as STILLWATCH_DETECT__FDR"),
    ],
)
def test_a_bad_variable_is_refused_by_name(
    name: str, value: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _file("[detect]\nfdr = 0.02\n")
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert part in str(caught.value)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLWATCH_DETECT__KEY_FILE", "")
    assert load_settings().detect.key_file is None


def test_a_file_that_is_named_must_exist() -> None:
    with pytest.raises(BadSettings, match=r"absent\.toml"):
        load_settings(Path("absent.toml"))


def test_settings_do_not_change_after_they_were_read() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.detect.fdr = 0.2
    assert settings.detect.model_dump()["fdr"] == 0.01


def test_every_key_has_a_sentence() -> None:
    for key in keys():
        section, name = key.split(".")
        model = type(getattr(Settings(), section))
        assert len(model.model_fields[name].description or "") > 20, key


@given(st.sampled_from(sorted(keys())))
def test_every_key_has_a_variable_that_leads_back(key: str) -> None:
    name = variable(key)
    assert name == name.upper()
    assert name.removeprefix("STILLWATCH_").lower().replace("__", ".") == key


def test_the_section_fills_the_room_and_agrees_on_every_default() -> None:
    plain = Settings().detect.model_dump(exclude={"key_file"})
    assert DetectSettings(**plain) == DetectSettings()
