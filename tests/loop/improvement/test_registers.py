"""Registers: what a program keeps is what its profile turns on; what leaves for research tells nobody apart."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid

import pytest

from lifelong.kernel import files
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.improvement import actions, registers
from lifelong.loop.improvement.models import (
    ElementMapping,
    Innovation,
    ResearchExport,
    ResearchProject,
    StandardElement,
)
from lifelong.loop.improvement.research import small_cells
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import Term
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response
from loop.improvement.a_year import YEAR, Year

ALL = ("innovation", "collaboration", "research", "lcme_acgme", "leadership_pathway")


@pytest.fixture
def on(year: Year) -> Year:
    for key in ALL:
        Term.objects.create(provider=year.cast.home, taxonomy="register", key=key, label=key)
    return year


def test_a_program_keeps_only_the_registers_its_profile_turns_on(year: Year) -> None:
    home, director = year.cast.home, year.cast.actor("director")
    assert registers.kept_by(home) == ("distinction",)
    with pytest.raises(NotFound):
        registers.entries(director, home, "research")
    Term.objects.create(provider=home, taxonomy="register", key="external_innovation", label="x")
    assert registers.kept_by(home) == ("innovation", "distinction")
    with pytest.raises(NotFound):
        registers.entries(year.cast.actor("other_director"), home, "innovation")


@pytest.mark.requirement("UMASS-05", "UMASS-06", "UMASS-07", "HMS-09")
def test_an_approach_of_others_names_its_source_and_its_decision_a_reason(on: Year) -> None:
    home, director = on.cast.home, on.cast.actor("director")
    with pytest.raises(Problem, match="who built this approach"):
        actions.keep_innovation(director, home, title="Spaced cases", origin="others", approach="Cases by mail")
    activity = on.activity("Sepsis rounds")
    kept = actions.keep_innovation(
        director,
        home,
        title="Spaced cases",
        origin="others",
        approach="Cases by mail",
        source="Elsewhere School",
        activities=[activity.pk],
    )
    assert registers.approaches_used(activity) == []
    with pytest.raises(Problem, match="no reason"):
        actions.decide_innovation(director, kept, decision="adopt", reason=" ")
    actions.decide_innovation(director, kept, decision="adapt", reason="Shorter cases suit our rounds")
    assert [one.source for one in registers.approaches_used(activity)] == ["Elsewhere School"]
    (row,) = registers.entries(director, home, "innovation")
    assert row.used == 1 and row.decided_by_id == director.person_id


def test_the_same_entry_twice_is_one_and_another_of_its_title_is_refused(on: Year) -> None:
    home, director = on.cast.home, on.cast.actor("director")
    facts = {"origin": "own", "approach": "Escape room"}
    first = actions.keep_innovation(director, home, title="Room", **facts)
    assert actions.keep_innovation(director, home, title="Room", **facts) == first
    second = actions.keep_innovation(director, home, title="Other room", **facts)
    with pytest.raises(Problem, match="another entry of this title"):
        actions.keep_innovation(director, home, entry=second, title="Room", **facts)
    assert AuditEvent.objects.filter(verb="innovation.kept").count() == 2
    with pytest.raises(NotAllowed):
        actions.keep_innovation(on.cast.actor("accreditor"), home, title="Third", **facts)
    foreign = on.activity("Theirs", provider=on.cast.elsewhere)
    actions.keep_innovation(director, home, entry=first, title="Room", activities=[foreign.pk], **facts)
    assert not Innovation.objects.get(pk=first.pk).activities.exists(), "an activity of another program is not taken"


@pytest.mark.requirement("UMASS-13")
def test_a_collaboration_names_partner_purpose_role_and_its_activities(on: Year) -> None:
    home, director = on.cast.home, on.cast.actor("director")
    with pytest.raises(Problem, match="partner"):
        actions.keep_collaboration(
            director,
            home,
            title="Flu",
            partner=" ",
            purpose="Vaccines",
            role="Co-planner",
            effective_from=dt.date(2026, 1, 1),
        )
    activity = on.activity("Flu for all")
    actions.keep_collaboration(
        director, home, title="Flu", partner="Health department", purpose="Vaccines", role="Co-planner", effective_from=dt.date(2026, 1, 1),
        activities=[activity.pk],
    )  # fmt: skip
    (row,) = registers.entries(director, home, "collaboration")
    assert (row.partner, row.used) == ("Health department", 1)


# --- research


def project(on: Year, **facts: object) -> ResearchProject:
    words = {
        "title": "Do rounds help?",
        "kind": "supported",
        "lead": "A. Example",
        "question": "Does recall help?",
        "ethics_number": "IRB-12",
    }
    return actions.keep_project(on.cast.actor("director"), on.cast.home, **(words | facts))


def answered(on: Year, activity: Activity, professions: list[str], said: str = "5") -> None:
    form, _ = Instrument.objects.get_or_create(
        provider=on.cast.home, key="evaluation", version=1, kind="evaluation", defaults={"title": "Evaluation"}
    )
    scale, _ = Question.objects.get_or_create(
        instrument=form, key="relevance", defaults={"position": 1, "kind": "likert", "text": "Relevant?"}
    )
    words, _ = Question.objects.get_or_create(
        instrument=form, key="plan", defaults={"position": 2, "kind": "text", "text": "Plan?"}
    )
    for profession in professions:
        row = Response.objects.create(
            id=uuid.uuid4(), instrument=form, subject_type="session", subject_id=1, activity_id=activity.pk, profession=profession,
            answered_on=dt.date(YEAR, 3, 3), pseudonym="keyed",
        )  # fmt: skip
        Answer.objects.create(response=row, question=scale, choice=said)
        Answer.objects.create(response=row, question=words, text="I, Dr. Vale, will do it")


@pytest.mark.requirement("UCONN-28")
def test_answers_leave_without_names_words_or_days_and_each_leaving_is_logged(on: Year) -> None:
    answered(on, on.activity("Rounds"), ["physician"] * 6 + ["nurse"] * 5)
    director = on.cast.actor("director")
    made = actions.export_answers(director, project(on), year=YEAR, columns=["profession"])
    rows = list(csv.reader(io.StringIO(files.read(made.file).decode("utf-8-sig"))))
    assert rows[0] == ["profession", "relevance"] and len(rows) == 12
    assert sorted(row[0] for row in rows[1:]) == ["nurse"] * 5 + ["physician"] * 6
    assert (made.rows, made.smallest_group, made.ethics_number) == (11, 5, "IRB-12")
    assert AuditEvent.objects.get(verb="research.exported").person_id == director.person_id
    (logged,) = registers.exports(director, on.cast.home, made.project)
    assert logged.made_by_id == director.person_id


@pytest.mark.requirement("UCONN-28")
def test_too_rare_answers_name_the_columns_and_nobody_and_nothing_leaves(on: Year) -> None:
    answered(on, on.activity("Rounds"), ["physician"] * 9 + ["pharmacist"] * 2)
    with pytest.raises(Problem) as refused:
        actions.export_answers(on.cast.actor("director"), project(on), year=YEAR, columns=["profession", "quarter"])
    (reason,) = refused.value.reasons
    assert reason.sentence == (
        "Fewer than 5 of the 11 answers are too rare to leave: fewer than 5 answers share their profession and quarter of the year."
    )
    assert reason.next_step == "Leave out profession, or take in more activities."
    assert not ResearchExport.objects.exists()
    assert actions.export_answers(on.cast.actor("director"), project(on), year=YEAR, columns=["quarter"]).rows == 11


@pytest.mark.requirement("UCONN-28")
def test_two_files_of_a_project_are_judged_as_if_they_were_one(on: Year) -> None:
    """Either file alone hides everybody; joined by their answers they would single out the two nurses of the first rounds."""
    answered(on, on.activity("Rounds"), ["physician"] * 6 + ["nurse"] * 2)
    answered(on, on.activity("Workshop"), ["nurse"] * 6)
    director, mine = on.cast.actor("director"), project(on)
    actions.export_answers(director, mine, year=YEAR, columns=["profession"])
    with pytest.raises(Problem, match="share their profession and activity"):
        actions.export_answers(director, mine, year=YEAR, columns=["activity"])
    other = project(on, title="Another study")
    assert actions.export_answers(director, other, year=YEAR, columns=["activity"]).rows == 14


@pytest.mark.parametrize(
    ("facts", "columns", "said"),
    [
        ({"ethics_number": ""}, ["profession"], "no ethics number"),
        ({"ethics_until": dt.date(2025, 1, 1)}, ["profession"], "ended on 2025-01-01"),
        ({}, ["profession", "pseudonym"], "may not leave"),
        ({}, [], "too few"),
    ],
)
def test_nothing_leaves_without_ethics_or_beyond_the_list(
    on: Year, facts: dict[str, object], columns: list[str], said: str
) -> None:
    answered(on, on.activity("Rounds"), ["physician"] * (3 if said == "too few" else 9))
    with pytest.raises(Problem, match=said):
        actions.export_answers(on.cast.actor("director"), project(on, **facts), year=YEAR, columns=columns)
    assert not ResearchExport.objects.exists()


def test_only_those_who_may_export_do(on: Year) -> None:
    answered(on, on.activity("Rounds"), ["physician"] * 9)
    with pytest.raises(NotAllowed):
        actions.export_answers(on.cast.actor("accreditor"), project(on), year=YEAR, columns=[])


def test_small_cells_come_smallest_first() -> None:
    assert small_cells([("a", "x")] * 3 + [("b", "x")] + [("c", "x")] * 5, 5) == [(("b", "x"), 1), (("a", "x"), 3)]


@pytest.mark.requirement("UCONN-29")
def test_research_counts_its_ways_to_others(on: Year) -> None:
    director, mine = on.cast.actor("director"), project(on, kind="own")
    for step, where in (
        ("submitted", "Journal A"),
        ("submitted", "Journal B"),
        ("published", "Journal B"),
        ("submitted", "Journal A"),
    ):
        actions.add_dissemination(director, mine, step=step, on=dt.date(2026, 5, 1), where=where)
    (row,) = registers.entries(director, on.cast.home, "research")
    assert (row.submitted, row.presented, row.published) == (2, 0, 1)


# --- elements and the pathway


@pytest.mark.requirement("UCONN-30", "UCONN-31")
def test_elements_are_imported_mapped_and_reported_with_the_empty_ones(on: Year) -> None:
    home, director = on.cast.home, on.cast.actor("director")
    actions.import_elements(
        director, home, body="lcme", data=b"code,title\n4.5,Faculty development\n8.3,Design of the program\n"
    )
    first, second = StandardElement.objects.all()
    item = actions.keep_faculty_item(director, home, title="Feedback workshop", track="teaching")
    activity = on.activity("Teach the teacher")
    actions.map_element(director, first, item_id=item.pk)
    actions.map_element(director, first, activity_id=activity.pk)
    actions.map_element(director, first, activity_id=activity.pk)
    assert ElementMapping.objects.count() == 2
    lines = registers.by_element(director, home)
    assert [(line.element.code, len(line.activities), len(line.items)) for line in lines] == [
        ("4.5", 1, 1),
        ("8.3", 0, 0),
    ]
    with pytest.raises(Problem, match="one activity or one item"):
        actions.map_element(director, second)
    actions.import_elements(director, home, body="lcme", data=b"code,title\n4.5,Faculty development\n")
    assert [line.element.code for line in registers.by_element(director, home)] == ["4.5"]
    assert ElementMapping.objects.count() == 2, "what was mapped to a retired element is kept"


@pytest.mark.parametrize("data", [b"", b"code;title\n1;x\n", b"code,title\n,\n", b"\xff\xfe\x00", b"name,text\n1,x\n"])
def test_a_list_that_is_none_is_refused_in_words(on: Year, data: bytes) -> None:
    with pytest.raises(Problem):
        actions.import_elements(on.cast.actor("director"), on.cast.home, body="acgme", data=data)
    assert not StandardElement.objects.exists()


@pytest.mark.requirement("WASHU-36")
def test_a_colleague_on_the_pathway_sees_how_far_it_goes(on: Year) -> None:
    home, director = on.cast.home, on.cast.actor("director")
    someone = on.cast.person("coordinator")
    with pytest.raises(Problem, match="no step"):
        actions.enrol(director, home, person=someone)
    for position, title in enumerate(("Lead a team", "Lead a program"), 1):
        actions.keep_faculty_item(director, home, title=title, track="leadership", position=position)
    actions.enrol(director, home, person=someone)
    actions.enrol(director, home, person=someone)
    (walker,) = registers.pathway(director, home)
    assert (walker.done, len(walker.steps)) == (0, 2)
    assert walker.ahead is not None and walker.ahead.item.title == "Lead a team"
    actions.complete_step(director, registers.step(director, home, walker.ahead.pk), done_on=dt.date(2026, 6, 1))
    (walker,) = registers.pathway(director, home)
    assert walker.done == 1 and walker.ahead is not None and walker.ahead.item.title == "Lead a program"
    with pytest.raises(Problem, match="not known to the program"):
        actions.enrol(director, home, person=on.cast.person("other_director"))
