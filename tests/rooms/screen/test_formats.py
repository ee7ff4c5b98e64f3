"""Every published format is read into the same words; what is damaged is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from stillwatch.adapters.screen.opening import open_lists
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Kind, Listing
from tests.rooms.screen import lists


def read(path: Path, text: str | bytes, name: str = "") -> list[Listing]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_lists([(name, path)])[0][0].listings


def test_ofac_xml(tmp_path: Path) -> None:
    one = read(tmp_path / "SDN.XML", lists.ofac_xml(("Made Circuits", "Made Optics")))[0]
    assert (one.ref, one.kind) == ("ofac-sdn:100", Kind.ORGANISATION)
    assert one.weak_names == ("Made",)
    assert one.identifiers[0].value == "RN-00100"
    assert one.addresses == ("1 Harbour Street, Port Made, Utopia",)


def test_ofac_xml_of_the_consolidated_list_is_known_by_its_file(tmp_path: Path) -> None:
    one = read(tmp_path / "CONSOLIDATED.XML", lists.ofac_xml(("Made Circuits",)))[0]
    assert one.list_name == "ofac-consolidated"


def test_ofac_csv_joins_three_files(tmp_path: Path) -> None:
    taken, files = open_lists([("", path) for path in lists.ofac_csv(tmp_path)])[0]
    person, firm = taken.listings
    assert len(files) == 3
    assert person.names == ("Orlen VASQUIN",)
    assert person.dates == ("1962-08-12",)
    assert (person.identifiers[0].kind, person.identifiers[0].value) == ("Passport", "AB149814")
    assert person.owners == ("MADE HOLDING",)
    assert firm.names == ("MADE HOLDING, LTD.", "MADE GROUP")
    assert firm.weak_names == ("MHL",)
    assert firm.identifiers[0].value == "2902060361"
    assert firm.programmes == ("MADE", "OTHER")


def test_ofac_csv_needs_all_three(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="addresses"):
        open_lists([("", path) for path in lists.ofac_csv(tmp_path) if path.stem != "ADD"])


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_consolidated_screening_list(tmp_path: Path, form: str) -> None:
    text = lists.csl_csv([lists.CSL_ROW]) if form == "csv" else lists.csl_json()
    one = read(tmp_path / f"csl.{form}", text)[0]
    assert one.list_name == "bis-el"
    assert one.names[0] == "Northern Circuit Co., Ltd."
    assert one.weak_names == ("NCC",)
    assert "Circuit North" in one.names
    assert [it.value for it in one.identifiers] == ["RL 3367620"]
    assert one.listed_on == "2020-03-04"


def test_un(tmp_path: Path) -> None:
    person, entity = read(tmp_path / "un.xml.gz", gzip.compress(lists.UN.encode()))
    assert person.names == ("ORLEN VASQUIN", "Орлен Васкин")
    assert person.weak_names == ("The Clerk",)
    assert (person.dates, person.listed_on) == (("1962-08-12",), "2012-12-31")
    assert entity.names == ("MADE FRONT", "Front of the Made")


def test_eu(tmp_path: Path) -> None:
    one = read(tmp_path / "eu.xml", lists.EU)[0]
    assert (one.id, one.kind) == ("EU.1.2", Kind.ORGANISATION)
    assert one.names == ("Made Energy AO", "Маде Энергия АО")
    assert one.weak_names == ("MEAO",)
    assert one.identifiers[0].value == "1027700132195"
    assert one.listed_on == "2014-07-31"


def test_uk(tmp_path: Path) -> None:
    one = read(tmp_path / "uk.xml", lists.UK)[0]
    assert one.names == ("MADE SAVINGS BANK", "MADE BANK", "Банк Маде")
    assert one.identifiers[0].value == "77-000123"
    assert one.owners == ("Made State Fund",)
    assert one.listed_on == "2022-03-10"


def test_bis(tmp_path: Path) -> None:
    first, second = read(tmp_path / "el.xml", lists.BIS)
    assert first.names == ("Made Circuits Co., Ltd.", "Made Chips", "MC Ltd")
    assert first.listed_on == "2019-05-21"
    assert second.names == ("Made Optics LLC",)
    assert second.countries == ("Utopia",)


def test_the_1260h_table_gives_an_entry_for_each_time_on_the_list(tmp_path: Path) -> None:
    circuits, before, again = read(tmp_path / "sanctions.csv", lists.DOD)
    assert (circuits.list_name, circuits.kind) == ("dod-1260h", Kind.ORGANISATION)
    assert circuits.names == (
        "Made Circuits Co., Ltd.", "Made Circ", "Circ North", "Circ South", "Made Old Co., Ltd.",
        "Made",
    )  # fmt: skip
    assert circuits.weak_names == ("MCCL",)
    assert circuits.owners == ("Made Group",)
    assert (circuits.listed_on, circuits.until) == ("2021-06-03", "")
    assert (before.listed_on, before.until) == ("2021-06-03", "2024-01-31")
    assert (again.listed_on, again.until) == ("2025-01-07", "")
    assert before.id != again.id
    taken = open_lists([("", tmp_path / "sanctions.csv")])[0][0]
    assert (taken.snapshot, taken.published) == ("dod-1260h", "2025-01-07")


def test_ftm_gives_an_entry_for_each_list(tmp_path: Path) -> None:
    found = read(tmp_path / "entities.ftm.json", lists.ftm_lines())
    assert {one.ref for one in found} == {"ofac-sdn:Q1", "uk:Q1"}
    assert found[0].listed_on == "2021-05-06"
    assert found[0].weak_names == ("MS",)
    assert found[0].identifiers[0].value == "MS-55512"


DAMAGED = {
    "cut off XML": lists.UN[: len(lists.UN) // 2],
    "cut off JSON": lists.csl_json(3)[:-40],
    "cut off CSV row": lists.csl_csv([lists.CSL_ROW])[:-60].rsplit(",", 8)[0] + "\n",
    "column gone": lists.csl_csv([lists.CSL_ROW]).replace("alt_names", "other_names", 1),
    "1260H without a day": lists.DOD.replace("2021-06-03", "June 2021"),
    "1260H row cut off": lists.DOD[:-12] + "\n",
    "another root": "<html><body>503</body></html>",
    "unknown source": lists.csl_csv([{**lists.CSL_ROW, "source": "A New List (ANL)"}]),
    "UTF-16": lists.csl_csv([lists.CSL_ROW]).encode("utf-16"),
    "Latin-1": lists.csl_csv([{**lists.CSL_ROW, "name": "Señor"}]).encode("latin-1", "replace"),
    "empty": "",
    "a page of text": "The service is away.",
    "entities of its own": '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + lists.EU.split("?>", 1)[1],
    "renamed element": lists.UN.replace("REFERENCE_NUMBER", "REF"),
    "no root attribute": lists.EU.replace("generationDate", "made"),
    "table of four columns": lists.BIS.replace("<TH>Country</TH>", ""),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_damaged_is_refused_with_a_remedy(tmp_path: Path, what: str) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path / "list", DAMAGED[what])
    assert error.value.remedy
    assert str(tmp_path / "list") in str(error.value)
