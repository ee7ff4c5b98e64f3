"""The secret of case numbers: made once, its owner's, the same for whoever shares the folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stillwatch.adapters.control.case_key import NAME, case_key
from stillwatch.model.errors import BadInput, OutsideFailed


def test_all_that_share_a_folder_share_one_secret(tmp_path: Path) -> None:
    folder = tmp_path / "control"
    with ThreadPoolExecutor(8) as pool:
        (key,) = set(pool.map(case_key, [folder] * 32))
    assert len(key) == 32
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600
    assert case_key(tmp_path / "other") != key
    assert case_key(tmp_path / "other", shared=folder / NAME) == key


def test_a_shared_file_that_will_not_do_is_told_and_never_made(tmp_path: Path) -> None:
    with pytest.raises(OutsideFailed, match="cannot be read"):
        case_key(tmp_path, shared=tmp_path / "away")
    short = tmp_path / "short"
    short.write_text("abcd")
    short.chmod(0o600)
    with pytest.raises(BadInput, match="no key"):
        case_key(tmp_path, shared=short)
    case_key(tmp_path)
    (tmp_path / NAME).chmod(0o644)
    with pytest.raises(BadInput, match="others may read"):
        case_key(tmp_path)
