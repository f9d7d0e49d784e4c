"""What is written can be read back, stands in the order the schemas fix, and hides nothing."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lifelong.formats.pars import (
    COLUMNS,
    Activity,
    ActivityAction,
    Answer,
    Batch,
    BoardCredit,
    BoardRegistration,
    Failure,
    Keyword,
    Kind,
    LearnerAction,
    LearnerCompletion,
    Line,
    MeasuredOutcome,
    MonetarySupport,
    Outcome,
    Outline,
    Pharmacy,
    Place,
    Refusal,
    Rems,
    Unreadable,
    code_lists,
    documents,
    parse_answer,
    read_activities,
    read_completions,
    write_activities,
    write_activities_xml,
    write_answer,
    write_completions,
    write_template,
)

FULL = Activity(
    provider_id="0012345",
    provider_activity_id="CE-2026-0042",
    accme_activity_id="202600042",
    url="https://cme.example.edu/42?a=1&b=2",
    title="Hypertension <update> & “more”",
    description="Two days.\nBlood pressure.",
    keywords=(Keyword("Tag ID", "01_ABAMCO", "Airway"),),
    format="Live Course",
    starts_on=date(2026, 3, 12),
    ends_on=date(2026, 3, 13),
    credits=Decimal("10.5"),
    providership="joint",
    joint_providers=("Example County Medical Foundation",),
    place=Place("Springfield", "USA", "IL"),
    delivery_methods=("In-Person", "Live-Streamed"),
    target_professions=("Physician", "Nurse"),
    specialties=("General Internal Medicine",),
    listed_publicly=True,
    fee="No, it's free",
    registration="Open to all",
    commercial_support=True,
    monetary_support=(MonetarySupport("Example Pharma Inc.", 15000),),
    in_kind_support=("Example Device Co.",),
    counts=(("physician", 84), ("other", 0)),
    outcomes=(MeasuredOutcome("Learner Competence", ("Objective", "Subjective")),),
    commendation_tags=("Engages Teams",),
    boards=(
        BoardRegistration(
            "ABIM", Decimal("10.5"), ("Medical Knowledge",), ("General Internal Medicine",), date(2026, 12, 31)
        ),
    ),
    outlines=(Outline("ABA", (("Level 3 ID", "1.2.3"),)),),
    interprofessional=True,
    mips=False,
    rems=Rems("Opioid Analgesic", "EG-000000-000"),
    pharmacy=Pharmacy(
        activity_type="Knowledge",
        topic="05",
        sequence_number="0042",
        uan_pharmacist="JA0000000-0000-26-042-L01-P",
        live_on=date(2026, 3, 12),
        has_recertifications="true",
        recertifications=(("Pharmacists", "Law"),),
        has_content_tags="true",
        content_states=("MA",),
        content_topics=("Opioids",),
    ),
    state_content=(("Opioids", "Prescribing"),),
    action=ActivityAction.UPDATE,
    close=True,
)
COMPLETION = LearnerCompletion(
    credit_id="ccid:example.edu:1",
    activity_id="202600042",
    activity_title="Hypertension update",
    completed_on=date(2026, 3, 13),
    given_name="Avery",
    family_name="O’Learner\tSmith",
    birth_month=2,
    birth_day=29,
    provider_id="0012345",
    provider_name="Example School of Medicine",
    credits=Decimal("10.5"),
    license_state="ME",
    license_number="1234567",
    board_credits=(BoardCredit("ABIM", "999999", "Medical Knowledge", Decimal("10.25"), "ccid:example.edu:1-abim"),),
)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_an_activity_comes_back_from_json_as_it_went() -> None:
    assert read_activities(write_activities([FULL, replace(FULL, pharmacy=None, rems=None, place=None)])) == (
        FULL,
        replace(FULL, pharmacy=None, rems=None, place=None),
    )


def test_no_and_zero_are_sent_and_unknown_is_not() -> None:
    document = json.loads(write_activities([replace(FULL, mips=False, interprofessional=None)]))
    metrics = document["ACCMEActivities"]["MedicalEducationMetrics"][0]
    assert metrics["ParticipationMetrics"]["participantsByCategory"][1]["numberOfParticipants"] == 0
    assert metrics["XtensibleInfo"]["IsMeritBasedIncentivePaymentSystem"] is False
    assert "isInterprofessional" not in metrics["XtensibleInfo"]


def test_dates_leave_at_midnight_and_a_time_of_day_is_refused() -> None:
    sent = write_activities([FULL])
    assert b'"startDateTime": "2026-03-12T00:00:00"' in sent
    with pytest.raises(Unreadable) as refused:
        read_activities(sent.replace(b"2026-03-12T00:00:00", b"2026-03-12T08:00:00"))
    assert refused.value.reason.rule == "PARS-14" and refused.value.reason.field.endswith("startDateTime")


def test_a_completion_comes_back_from_json_as_it_went() -> None:
    by_npi = replace(COMPLETION, license_state="", license_number="", npi="1234567893", action=LearnerAction.DELETE)
    boards_only = replace(
        COMPLETION, credits=None, license_state="", license_number="", credit_id="ccid:example.edu:1-abim"
    )
    sent = [COMPLETION, by_npi, boards_only]
    assert list(read_completions(write_completions(sent, NOON))) == sent


def test_no_year_of_birth_leaves_but_a_placeholder_that_knows_29_february() -> None:
    assert b'"BirthDate": "1904-02-29"' in write_completions([COMPLETION], NOON)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"ACCMEActivities": 3}',
        b'{"ACCMEActivities": {"MedicalEducationMetrics": [7]}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_activity_document_is_refused_with_a_reason(broken: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_activities(broken)
    assert refused.value.reason.sentence and refused.value.reason.next_step


def local(element: ET.Element) -> str:
    return element.tag.partition("}")[2]


def test_the_xml_stands_in_the_order_of_the_schemas() -> None:
    metrics = ET.fromstring(write_activities_xml([FULL]))[0]
    assert [local(child) for child in metrics] == [
        "ReportDescription",
        "ActivityDescription",
        "ParticipationMetrics",
        "XtensibleInfo",
    ]
    described = metrics[1]
    assert [local(child) for child in described] == ["lom", "CommercialSupportAmount"]
    assert [local(child) for child in described[0]] == ["general", "healthcareMetadata"]
    assert [local(child) for child in described[0][0]] == [*["identifier"] * 3, "title", "description", "keyword"]
    education = described[0][1][0]
    assert [local(child) for child in education] == [
        "credits",
        "targetAudience",
        "activityLocation",
        "startDateTime",
        "endDateTime",
        "activitySponsorship",
        "activityFormat",
        "commercialSupport",
    ]
    assert [local(child) for child in education[0]] == [
        "activityCertification",
        "nonAccreditedProvider",
        "numberOfCredits",
    ]
    assert [local(child) for child in education[1]] == ["profession", "profession", "specialty"]
    assert [local(child) for child in education[2]] == ["City", "StateOrProvince", "Country"]
    assert all(not child.tag.startswith("{http://ns.medbiq.org/metrics") for child in metrics[3])


def test_the_xml_says_what_the_record_says() -> None:
    root = ET.fromstring(write_activities_xml([FULL, FULL]))
    assert len(root) == 2
    texts = {local(element): (element.text or "") for element in root.iter()}
    assert "Hypertension <update> & “more”" in {element.text for element in root.iter()}
    assert texts["startDateTime"] == "2026-03-12T00:00:00" and texts["commercialSupport"] == "yes"
    assert texts["CountryCode"] == "USA" and texts["closeActivityRecord"] == "true"
    counts = [(e.get("category"), e.text) for e in root[0].iter() if local(e) == "ParticipantsByCategory"]
    assert counts == [("physician", "84"), ("other", "0")]


def test_a_control_character_never_makes_the_xml_unreadable() -> None:
    root = ET.fromstring(write_activities_xml([replace(FULL, title="Bell\x07\x00")]))
    assert "Bell\ufffd\ufffd" in {element.text for element in root.iter()}


def test_the_template_has_fourteen_columns_and_counts_cme_once() -> None:
    two_kinds = replace(COMPLETION, board_credits=COMPLETION.board_credits * 2)
    lines = write_template([two_kinds]).decode().split("\r\n")
    header, first, second = (line.split("\t") for line in lines[:3])
    assert tuple(header) == COLUMNS and lines[3] == ""
    assert first[:9] == [
        "Add",
        "202600042",
        "03/13/2026",
        "Avery",
        "O’Learner Smith",
        "02/29",
        "Maine",
        "1234567",
        "10.5",
    ]
    assert first[9:] == ["ABIM", "999999", "20.5", "Medical Knowledge", "10.25"]
    assert second[6:9] == ["", "", ""] and len(second) == 14


def test_a_batch_sends_activities_before_completions() -> None:
    batch = Batch("B-1", "0012345", "Example School of Medicine", NOON, (FULL,), (COMPLETION,))
    first, second = documents(batch)
    assert read_activities(first) == (FULL,) and read_completions(second) == (COMPLETION,)
    assert documents(replace(batch, activities=(), completions=())) == ()


def test_an_answer_comes_back_as_it_went() -> None:
    answer = Answer(
        (
            Line(Kind.ACTIVITY, "CE-2026-0042", Outcome.ACCEPTED, "202600042"),
            Line(
                Kind.COMPLETION,
                "ccid:x:1",
                Outcome.REFUSED,
                "",
                (Refusal(Failure.NO_MATCH, "No learner.", "birth_day"),),
            ),
        )
    )
    assert parse_answer(write_answer(answer)) == answer
    assert [line.reference for line in answer.refused] == ["ccid:x:1"]


def test_accmes_error_body_refuses_the_whole_document() -> None:
    (line,) = parse_answer(b'{"code": 400, "message": "Invalid input: MOCRegistration[0].boardName"}').lines
    assert (line.kind, line.outcome) == (Kind.DOCUMENT, Outcome.REFUSED)
    assert line.refusals[0].failure is Failure.INVALID and "boardName" in line.refusals[0].message


def test_an_unknown_failure_keeps_its_words() -> None:
    (line,) = parse_answer(
        b'{"answers": [{"kind": "completion", "result": "refused", "reasons": [{"failure": "Moon", "message": "Full moon"}]}]}'
    ).lines
    assert line.refusals == (Refusal(Failure.UNSPECIFIED, "Full moon"),)


@pytest.mark.parametrize(
    "broken", [b"<html>502</html>", b"{}", b'{"answers": [{"kind": "completion", "result": "perhaps"}]}']
)
def test_what_is_no_answer_is_never_taken_for_an_acceptance(broken: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_answer(broken)


def test_every_code_list_says_where_it_comes_from_and_how_sure_it_is() -> None:
    lists = code_lists()
    assert len(lists) >= 11
    assert all(each.source and each.status in {"confirmed", "draft", "unconfirmed"} for each in lists)
