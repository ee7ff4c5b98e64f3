"""List files as their publishers lay them out, with entries that are made."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

PEOPLE = (("Orlen Vasquin", "12 Aug 1962"), ("Tamira Okellon", "03 Jan 1971"))


def ofac_xml(names: tuple[str, ...], count: int | None = None) -> str:
    entries = "".join(
        f"""<sdnEntry><uid>{100 + at}</uid><lastName>{name}</lastName><sdnType>Entity</sdnType>
        <programList><program>MADE</program></programList>
        <idList><id><uid>1</uid><idType>Registration Number</idType>
        <idNumber>RN-{100 + at:05d}</idNumber><idCountry>Utopia</idCountry></id></idList>
        <akaList><aka><uid>2</uid><type>a.k.a.</type><category>weak</category>
        <lastName>{name.split()[0]}</lastName></aka></akaList>
        <addressList><address><uid>3</uid><address1>{at + 1} Harbour Street</address1>
        <city>Port Made</city><country>Utopia</country></address></addressList></sdnEntry>"""
        for at, name in enumerate(names)
    )
    told = len(names) if count is None else count
    return (
        '<?xml version="1.0" standalone="yes"?><sdnList xmlns="http://tempuri.org/sdnList.xsd">'
        f"<publshInformation><Publish_Date>02/26/2026</Publish_Date><Record_Count>{told}"
        f"</Record_Count></publshInformation>{entries}</sdnList>"
    )


def ofac_csv(folder: Path) -> list[Path]:
    """The three files, with the control character that ends each."""
    parts = {
        "SDN.CSV": [
            '7,"VASQUIN, Orlen","individual","MADE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
            '"DOB 12 Aug 1962; Passport AB149814 (Utopia); Linked To: MADE HOLDING."',
            '8,"MADE HOLDING, LTD.",-0- ,"MADE] [OTHER",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
            "\"Tax ID No. 2902060361 (Utopia); a.k.a. 'MHL'.\"",
        ],
        "ADD.CSV": [
            '7,1,"4 Quay Road","Port Made 1000","Utopia",-0- ', '8,2,-0- ,-0- ,"Utopia",-0- ',
        ],
        "ALT.CSV": ['8,1,"aka","MADE GROUP",-0- '],
    }  # fmt: skip
    paths = []
    for name, lines in parts.items():
        (folder / name).write_bytes(("\r\n".join([*lines, "\x1a"])).encode())
        paths.append(folder / name)
    return paths


CSL_ROW: dict[str, Any] = {
    "_id": "e1", "source": "Entity List (EL) - Bureau of Industry and Security",
    "entity_number": "", "type": "", "programs": "",
    "name": "Northern Circuit Co., Ltd. (NCC)", "addresses": "5 Mill Road, Madeford, XX",
    "federal_register_notice": "90 FR 1", "start_date": "2020-03-04", "end_date": "",
    "license_requirement": "All items", "license_policy": "Presumption of denial", "remarks": "",
    "source_list_url": "https://example.org", "alt_names": "Circuit North; and 北方电路有限公司",
    "citizenships": "", "dates_of_birth": "", "nationalities": "", "places_of_birth": "",
    "ids": "XX, 2020-08-28, RL 3367620, Registration Number; Male, Gender",
}  # fmt: skip


def csl_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(CSL_ROW))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def csl_json(n: int = 1) -> str:
    row = {
        **CSL_ROW, "programs": ["MADE"], "alt_names": ["Circuit North"], "nationalities": [],
        "citizenships": [], "dates_of_birth": [],
        "addresses": [{"address": "5 Mill Road", "city": "Madeford", "country": "XX"}],
        "ids": [{"type": "Registration Number", "number": "RL 3367620", "country": "XX"}],
    }  # fmt: skip
    rows = [{**row, "id": f"e{at}", "_id": f"e{at}"} for at in range(n)]
    return json.dumps({"total": n, "results": rows})


UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>ORLEN</FIRST_NAME><SECOND_NAME>VASQUIN</SECOND_NAME>
<UN_LIST_TYPE>Made</UN_LIST_TYPE><REFERENCE_NUMBER>MDi.001</REFERENCE_NUMBER>
<LISTED_ON>2012-12-31</LISTED_ON><NAME_ORIGINAL_SCRIPT>Орлен Васкин</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Clerk</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1962-08-12</DATE>
</INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>2</DATAID>
<FIRST_NAME>MADE FRONT</FIRST_NAME><REFERENCE_NUMBER>MDe.001</REFERENCE_NUMBER>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Front of the Made</ALIAS_NAME></ENTITY_ALIAS>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>"""

EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-02-25T10:00:00.000+01:00">
<sanctionEntity euReferenceNumber="EU.1.2" logicalId="13">
<regulation programme="MDE" entryIntoForceDate="2014-07-31"><publicationUrl>https://example.org
</publicationUrl></regulation><subjectType code="enterprise" classificationCode="E"/>
<nameAlias wholeName="Made Energy AO" strong="true"/><nameAlias wholeName="MEAO" strong="false"/>
<nameAlias wholeName="Маде Энергия АО" strong="true"/>
<address street="1 Ring" city="Madeburg" zipCode="1000" countryIso2Code="XX"
 countryDescription="UTOPIA"/><identification identificationTypeCode="regnumber"
 number="1027700132195" countryIso2Code="XX"/></sanctionEntity></export>"""

UK = """<?xml version="1.0" encoding="utf-8"?><Designations>
<DateGenerated>25/02/2026</DateGenerated>
<Designation><UniqueID>MDE0001</UniqueID><DateDesignated>10/03/2022</DateDesignated><Names>
<Name><Name6>MADE BANK</Name6><NameType>Alias</NameType></Name>
<Name><Name6>MADE SAVINGS BANK</Name6><NameType>Primary Name</NameType></Name></Names>
<NonLatinNames><NonLatinName><NameNonLatinScript>Банк Маде</NameNonLatinScript></NonLatinName>
</NonLatinNames><RegimeName>Made Regulations</RegimeName>
<IndividualEntityShip>Entity</IndividualEntityShip><Addresses><Address>
<AddressLine1>7 Bank Lane</AddressLine1><AddressCountry>Utopia</AddressCountry></Address>
</Addresses><EntityDetails><Entity><BusinessRegistrationNumbers><BusinessRegistrationNumber>
77-000123</BusinessRegistrationNumber></BusinessRegistrationNumbers><ParentCompanies>
<ParentCompany>Made State Fund</ParentCompany></ParentCompanies></Entity></EntityDetails>
</Designation></Designations>"""

BIS = """<?xml version="1.0"?><DIV9 N="Supplement No. 4 to Part 744" TYPE="APPENDIX"><TABLE>
<THEAD><TR>
<TH>Country</TH><TH>Entity</TH><TH>License requirement</TH><TH>License review policy</TH>
<TH>Federal Register citation</TH></TR></THEAD><TBODY><TR><TD>UTOPIA</TD>
<TD>Made Circuits Co., Ltd., a.k.a., the following two aliases: —Made Chips; and —MC Ltd.
5 Mill Road, Madeford.</TD><TD>For all items subject to the EAR.</TD><TD>Presumption of denial</TD>
<TD>84 FR 22961, 5/21/19.</TD></TR><TR><TD></TD><TD>Made Optics LLC, 12 Lens Street, Madeford</TD>
<TD>For all items.</TD><TD>Case by case</TD><TD>90 FR 1, 1/2/25.</TD></TR></TBODY></TABLE></DIV9>"""


DOD = """Name,Clean Name,Alias,Previous Name,Parent Name,Note,Start date,End date,Source Url
"Made Circuits Co., Ltd. (Made)*","Made Circuits Co., Ltd.",MCCL,"Made Old Co., Ltd.",,,2021-06-03,,
"Made Circuits Co., Ltd. (Made Circ)","Made Circuits Co., Ltd.","Circ North,Circ South",,Made Group,
,2025-01-07,,https://example.org
Made Optics Inc.,Made Optics Inc.,,,,No nexus,2021-06-03,2024-01-31,
Made Optics Inc.,Made Optics Inc.,,,,,2025-01-07,,
""".replace("Made Group,\n", "Made Group,")


def ftm_lines() -> str:
    rows = [
        {"id": "Q1", "schema": "Company", "datasets": ["us_ofac_sdn", "gb_hmt_sanctions"],
         "last_change": "2026-02-20T00:00:00",
         "properties": {"name": ["Made Shipping"], "weakAlias": ["MS"], "topics": ["sanction"],
                        "registrationNumber": ["MS-55512"], "country": ["xx"]}},
        {"id": "s1", "schema": "Sanction", "datasets": ["us_ofac_sdn"],
         "properties": {"entity": ["Q1"], "startDate": ["2021-05-06"], "program": ["MADE"]}},
        {"id": "Q2", "schema": "Company", "datasets": ["xx_register"],
         "properties": {"name": ["Made Owned"]}},
        {"id": "o1", "schema": "Ownership", "datasets": ["xx_register"],
         "properties": {"owner": ["Q1"], "asset": ["Q2"], "percentage": ["60"],
                        "startDate": ["2020"]}},
    ]  # fmt: skip
    return "".join(json.dumps(row) + "\n" for row in rows)
