"""An office's own measure table: figures are taken, a patient never."""

from __future__ import annotations

import io
from datetime import date

import pytest

from lifelong.formats.cms import Limits, read_office_csv
from lifelong.formats.cms.office import identity_columns

HEAD = "measure_id,place,period_start,period_end,numerator,denominator\n"
LINE = "SEP-1,Demo General,2026-01-01,2026-03-31,61,100\n"


def office(text: str, **more):
    return read_office_csv(io.BytesIO(text.encode()), "own.csv", **more)


@pytest.mark.requirement("TUFTS-22")
def test_a_hospital_table_becomes_points():
    reading = office(HEAD + LINE)
    (point,) = reading.points
    assert reading.refused is None and not reading.refusals
    assert (point.scope, point.place_id, point.measure_id) == ("hospital", "Demo General", "SEP_1")
    assert (point.value, point.denominator, point.unit) == (61.0, 100.0, "percent")
    assert (point.period_start, point.period_end) == (date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.requirement("TUFTS-23")
def test_a_practice_table_becomes_points_of_a_practice():
    text = "measure,practice,start date,end date,value,unit\nA1C control,Elm Street Practice,1/1/2026,1/31/2026,72.5%,percent\n"
    (point,) = office(text, place_kind="practice").points
    assert (point.scope, point.place_id, point.value, point.unit) == (
        "practice",
        "Elm Street Practice",
        72.5,
        "percent",
    )


@pytest.mark.requirement("TUFTS-22", "TUFTS-23")
@pytest.mark.parametrize(
    "column",
    [
        "name",
        "Patient Name",
        "patient",
        "MRN",
        "mrn_number",
        "Medical Record Number",
        "DOB",
        "Date of Birth",
        "birth_date",
        "SSN",
        "social security",
    ]
    + [
        "phone",
        "Phone Number",
        "first name",
        "LastName",
        "email",
        "e-mail",
        "address",
        "Account Number",
        "Encounter ID",
        "patientId",
        "full_name",
    ]
    + [
        "Medicare ID",
        "member_id",
        "Insurance Number",
        "Surname",
        "patient_id",
        "CSN",
        "Physician Name",
        "dateofbirth",
        "birthdate",
        "patientname",
        "pt_initials",
        "last4 SSN",
        "Year of Birth",
    ],
)
def test_a_column_that_looks_like_a_person_refuses_the_whole_file(column):
    reading = office(HEAD.strip() + f",{column}\n" + LINE.strip() + ",x\n")
    assert reading.points == () and reading.refused.rule == "cms.patient_identity"
    assert column in reading.refused.sentence and "Take these columns out" in reading.refused.next_step


@pytest.mark.parametrize(
    "column",
    [
        "measure_name",
        "Hospital Name",
        "unit name",
        "number_of_patients",
        "patient days",
        "patient_experience",
        "patients",
        "births",
        "patient safety index",
        "patient satisfaction",
        "notes",
        "title",
    ],
)
def test_columns_that_name_things_or_count_patients_are_welcome(column):
    assert identity_columns([column]) == ()
    assert len(office(HEAD.strip() + f",{column}\n" + LINE.strip() + ",x\n").points) == 1


@pytest.mark.requirement("TUFTS-22")
def test_a_social_security_number_in_any_cell_refuses_the_whole_file():
    reading = office(HEAD.strip() + ",note\n" + LINE.strip() + ",ok\n" + LINE.strip() + ",about 123-45-6789\n")
    assert reading.points == () and "line 3" in reading.refused.sentence
    assert "6789" not in reading.refused.sentence


@pytest.mark.parametrize(
    "line, field",
    [
        ("SEP-1,Demo,2026-03-31,2026-01-01,61,100", "period_end"),
        ("SEP-1,Demo,soon,2026-01-01,61,100", "period_start or period_end"),
        ("SEP-1,Demo,2026-01-01,2026-03-31,101,100", "numerator"),
        ("SEP-1,Demo,2026-01-01,2026-03-31,-1,100", "numerator or denominator"),
        ("SEP-1,Demo,2026-01-01,2026-03-31,61,0", "denominator"),
        ("SEP-1,Demo,2026-01-01,2026-03-31,many,100", "value, numerator or denominator"),
        (",Demo,2026-01-01,2026-03-31,61,100", "measure_id"),
        ("SEP-1,,2026-01-01,2026-03-31,61,100", "place"),
        ("SEP-1,Demo", "row"),
    ],
)
def test_a_wrong_line_is_refused_and_the_others_are_taken(line, field):
    reading = office(HEAD + line + "\n" + LINE)
    (refusal,) = reading.refusals
    assert (refusal.line, refusal.field) == (2, field) and refusal.reason and refusal.next_step
    assert len(reading.points) == 1


@pytest.mark.parametrize(
    "text, rule",
    [
        ("place,period_start\nDemo,2026-01-01\n", "cms.missing_columns"),
        ("measure_id,place,period_start,period_end,numerator\n", "cms.missing_columns"),
        ("", "cms.missing_columns"),
        ("PK\x03\x04 workbook\n", "cms.unreadable"),
        (HEAD + "SEP-1,\0,2026-01-01,2026-03-31,61,100\n", "cms.unreadable"),
        (HEAD + LINE * 60, "cms.unreadable"),
        (",".join(["a"] * 60) + "\n", "cms.too_wide"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(text, rule):
    reading = office(text, limits=Limits(rows=50, columns=50))
    assert reading.refused.rule == rule and reading.refused.next_step and reading.points == ()
