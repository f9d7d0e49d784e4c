"""From closing to the reader: the report as page and files, links with receipts, dashboard, own teaching, plans, projects."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import include, path

from cast import Cast
from lifelong.entrypoints.web.invited import shared_report
from lifelong.entrypoints.web.leadership import dashboard
from lifelong.entrypoints.web.learner import teaching
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.integrity.models import ContentReview, LearnerDisclosure
from lifelong.loop.integrity.reads import learner_disclosure
from lifelong.loop.outcomes import actions
from lifelong.loop.outcomes.models import AnalysisResult, QualityProject, SharedReport
from lifelong.loop.planning.models import Activity, GatePassed, PlanningRole, Session
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Instrument, Question
from lifelong.project.urls import urlpatterns as whole
from loop.improvement.a_year import Year

# The pages stand under their addresses here whether or not the product's own list already names them.
urlpatterns = [
    path("lead/<slug:slug>/", include(dashboard)),
    path("i/", include(shared_report)),
    path("me/", include(teaching)),
    *whole,
]
pytestmark = pytest.mark.urls(__name__)
ITS = """
title = "Bundle by month"
method = "interrupted_time_series"
data = "months.csv"
primary_outcome = "level_change"
[columns]
time = "month"
outcome = "share"
[options]
intervention_at = 13
"""


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def page(cast: Cast, who: str, address: str, **data: object) -> object:
    client = Client()
    client.force_login(cast.person(who))
    return client.post(address, data) if data else client.get(address)


def over(year: Year, changed: int = 8, silent: int = 4) -> Activity:
    """Published, held in March, learners planned and were asked in June; nothing is open but the summary."""
    activity = year.activity("Sepsis rounds", intended_change="performance", claim_days=30)
    people = year.people(changed + silent, f"guest{activity.number}x")
    year.attended(activity, people, planned=len(people))
    rows = year.followed(activity, ["fully"] * changed + [""] * silent)
    for row in rows:
        row.asked_at = clock.now() - dt.timedelta(days=100)
        row.save()
    for gate in range(1, 9):
        GatePassed.objects.create(activity=activity, gate=f"G{gate}", at=clock.now(), rule_book_version="test")
    LearnerDisclosure.objects.create(
        activity=activity, text="Nobody in control has a relevant relationship.", shown_from=activity.sessions.get().starts_at - dt.timedelta(days=9)
    )  # fmt: skip
    PlanningRole.objects.create(
        activity=activity, person=year.cast.person("speaker"), kind="faculty", session=activity.sessions.get(), asked_at=clock.now()
    )  # fmt: skip
    return activity


@pytest.mark.requirement("TUFTS-11")
def test_an_activity_without_data_or_summary_is_not_closed(year: Year) -> None:
    activity = over(year, changed=0, silent=6)
    address = f"/office/home/outcomes/activity/{activity.pk}/close/"
    shown = page(year.cast, "director", address).content.decode()
    assert "no data tell whether it did" in shown and "The impact summary is not written" in shown
    assert 'href="#id_text">Say what changed' in shown, "what is missing leads to where it is mended"
    refused = page(year.cast, "director", address, text="It went well.", limits="", next_gap="", close="yes")
    assert refused.status_code == 422 and "no data tell whether it did" in refused.content.decode()
    activity.refresh_from_db()
    assert activity.closed_at is None and activity.impact_summary.text == "It went well."


@pytest.mark.requirement("TUFTS-11", "HMS-47", "HMS-48")
def test_after_closing_planners_and_leaders_get_a_link_and_the_office_sees_who_opened_it(
    year: Year, run_effects: Callable[[], int]
) -> None:
    activity = over(year)
    PlanningRole.objects.create(
        activity=activity, person=year.cast.person("coordinator"), kind="planner", asked_at=clock.now(), started_at=clock.now()
    )  # fmt: skip
    LearnerDisclosure.objects.filter(activity=activity).update(text=learner_disclosure(activity))
    address = f"/office/home/outcomes/activity/{activity.pk}/"
    closed = page(
        year.cast, "director", f"{address}close/", text="Eight of twelve changed.", limits="", next_gap="", close="yes"
    )
    listed = page(year.cast, "director", "/office/home/outcomes/").content.decode()
    assert "1 of 1 closed activities have an impact summary." in listed
    assert closed.status_code == 302, re.findall(r"<strong>(.*?)</strong>", closed.content.decode())
    run_effects()
    sent = {message.to[0]: message.body for message in mail.outbox}
    assert {"coordinator@example.org", "leader@example.org"} <= set(sent)
    assert "is closed." in sent["leader@example.org"]
    link = re.search(r"/i/report/[\w-]+/", sent["leader@example.org"])[0]
    reader = Client()
    assert "Open the report" in reader.get(link).content.decode()
    assert "Not opened yet" in page(year.cast, "director", f"{address}report/").content.decode(), (
        "looking at the link is not opening"
    )
    assert reader.get(f"{link}report.pdf").status_code == 404
    reader.post(link)
    opened = reader.get(link).content.decode()
    assert "Eight of twelve changed." in opened and opened.count("<svg") >= 2
    assert reader.get(f"{link}report.pdf").content.startswith(b"%PDF")
    assert SharedReport.objects.get(person=year.cast.person("leader")).opened_on == clock.today("America/New_York")
    assert "Opened " in page(year.cast, "director", f"{address}report/").content.decode()
    shared = SharedReport.objects.get(person=year.cast.person("leader"))
    page(year.cast, "director", f"{address}revoke/", shared=shared.pk)
    assert reader.get(link).status_code == 404


def test_a_link_taken_back_can_be_sent_again_and_is_another(year: Year, run_effects: Callable[[], int]) -> None:
    activity, director = over(year), year.cast.actor("director")
    first = actions.share_report(director, activity, person=year.cast.person("leader"), reader="leader")
    assert actions.share_report(director, activity, person=year.cast.person("leader"), reader="leader").pk == first.pk
    actions.revoke_report(director, first)
    again = actions.share_report(director, activity, person=year.cast.person("leader"), reader="leader")
    assert again.pk != first.pk and again.token_digest != first.token_digest


@pytest.mark.requirement("HMS-46", "TUFTS-52")
def test_the_report_is_a_page_and_four_files_with_the_same_numbers(year: Year) -> None:
    activity = over(year)
    year.measured(activity, 54, 63)
    address = f"/office/home/outcomes/activity/{activity.pk}/report"
    seen = page(year.cast, "evaluator", f"{address}/").content.decode()
    assert "67 % of all 12 plans were fully carried out after 90 days" in seen and "nothing can be claimed" in seen
    files = {kind: page(year.cast, "evaluator", f"{address}.{kind}") for kind in ("pdf", "csv", "json", "docx")}
    assert {answer.status_code for answer in files.values()} == {200}
    rows = list(csv.reader(io.StringIO(files["csv"].content.decode("utf-8-sig"))))
    assert ["participation", "Changed practice", "people", "8", "", "", "", ""] in rows
    facts = json.loads(files["json"].content)
    assert facts["waves"][0]["fully"] == 8 and facts["level_any"] == "5"
    assert page(year.cast, "evaluator", f"{address}.exe").status_code == 404


@pytest.mark.requirement("WASHU-23", "WASHU-24", "WASHU-25", "WASHU-26", "WASHU-27", "UMASS-38", "HMS-42")
@pytest.mark.parametrize("level", ["3a", "4", "5", "6", "7"])
def test_a_measure_at_any_level_is_shown_before_and_after_with_its_level(year: Year, level: str) -> None:
    activity = over(year)
    year.measured(activity, 54, 80, level=level)
    answer = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report.json")
    (one,) = json.loads(answer.content)["measures"]
    assert (one["level"], one["difference"], one["moved"], one["verb"]) == (level, 26, True, "associated with")
    assert 13 < one["low"] < 26 < one["high"] < 38
    shown = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report/").content.decode()
    assert f"Level {level}" in shown and "the design allows no stronger word" in shown


def test_leaders_read_numbers_and_those_who_evaluate_read_words(year: Year) -> None:
    activity = over(year)
    address = f"/office/home/outcomes/activity/{activity.pk}/report.json"
    themes = {who: json.loads(page(year.cast, who, address).content)["themes"][0] for who in ("leader", "evaluator")}
    assert themes["leader"]["quotes"] == [] and themes["evaluator"]["quotes"] == ["Lactate within the hour"] * 2
    assert themes["leader"]["plans"] == themes["evaluator"]["plans"] == 12


def test_without_the_word_package_the_reader_is_told_so(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = over(year)
    monkeypatch.setitem(sys.modules, "docx", None)
    answer = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report.docx")
    assert answer.status_code == 422 and "python-docx is not installed" in answer.content.decode()


@pytest.mark.parametrize("who", ["stranger", "other_director", "learner", "finance"])
def test_strangers_find_no_report_and_no_dashboard(year: Year, who: str) -> None:
    activity = over(year)
    for address in (f"/office/home/outcomes/activity/{activity.pk}/report/", f"/office/home/outcomes/activity/{activity.pk}/report.csv",
                    "/lead/home/dashboard/", "/lead/home/dashboard.csv", "/office/home/outcomes/projects/"):  # fmt: skip
        assert page(year.cast, who, address).status_code == 404


@pytest.mark.requirement("UCONN-18", "UCONN-19", "UCONN-20", "HMS-48", "HMS-43", "UMASS-38", "WASHU-26", "WASHU-27")
def test_the_dashboard_ties_education_to_quality_teaching_and_systems(year: Year) -> None:
    activity = over(year)
    year.measured(activity, 54, 63, level="6")
    project = QualityProject.objects.create(
        provider=year.cast.home, title="Sepsis collaborative", opened_on=dt.date(2026, 1, 5), registered_at=clock.now()
    )
    actions.tie_activity(year.cast.actor("evaluator"), project, activity=activity)
    shown = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    for words in ("1 of 1 figures that were read again moved as wanted", "Sepsis collaborative", "Education and faculty development",
                  "Education and system redesign", "6 Patient health", "By country"):  # fmt: skip
        assert words in shown
    assert "<form" not in re.sub(r"<header.*?</header>", "", shown, flags=re.S), "leaders read and press nothing"
    rows = list(
        csv.reader(
            io.StringIO(page(year.cast, "leader", "/lead/home/dashboard.csv?year=2026").content.decode("utf-8-sig"))
        )
    )
    assert ["reach", "people who came", "count", "12"] in rows and [
        "project",
        "Sepsis collaborative",
        "activities; owner ",
        "1",
    ] in rows


@pytest.mark.requirement("WASHU-32", "UCONN-18")
def test_a_project_is_registered_tied_and_led_through_its_three_stages(year: Year) -> None:
    activity = over(year)
    made = page(
        year.cast,
        "evaluator",
        "/office/home/outcomes/projects/",
        title="Falls",
        aim="Fewer",
        opened_on="2026-01-05",
        owner_id="",
        measure_id="",
    )
    here = made.headers["Location"]
    assert page(year.cast, "evaluator", here, act="tie", activity=activity.pk).status_code == 302
    early = page(year.cast, "evaluator", here, act="stage", stage="B", done_on="2026-02-01", found="")
    assert early.status_code == 422 and "Stage B comes after stage A." in early.content.decode()
    for stage, on in (("A", "2026-02-01"), ("B", "2026-04-01"), ("C", "2026-08-01")):
        assert page(year.cast, "evaluator", here, act="stage", stage=stage, done_on=on, found="").status_code == 302
    shown = page(year.cast, "evaluator", here).content.decode()
    assert "Sepsis rounds" in shown and shown.count("steps__") + shown.count("C: Practice assessed again") >= 1
    assert [row.stage for row in QualityProject.objects.get().stages.all()] == ["A", "B", "C"]


def weekly(year: Year, sessions: int) -> Activity:
    """A series: ten people each week, fifty in the last."""
    activity = year.activity("Rounds", on=dt.date(2026, 2, 2))
    people = year.people(50)
    activity.sessions.all().delete()
    for number in range(1, sessions + 1):
        at = dt.datetime(2026, 2, 2, 17, tzinfo=dt.UTC) + dt.timedelta(weeks=number)
        held = Session.objects.create(
            activity=activity, number=number, title=f"Rounds {number}", starts_at=at, ends_at=at + dt.timedelta(hours=1)
        )
        came = people if number == sessions else people[: 10 + number % 3]
        Attendance.objects.bulk_create(
            [Attendance(session=held, person=one, recorded_at=at, channel="staff", evidence="staff") for one in came]
        )
    return activity


@pytest.mark.slow  # loads the statistics packages
def test_a_series_shows_attendance_with_limits_and_rings_what_is_no_chance(year: Year) -> None:
    activity = weekly(year, 14)
    address = f"/office/home/outcomes/activity/{activity.pk}/trend"
    shown = page(year.cast, "evaluator", f"{address}/").content.decode()
    assert "1 session beyond the limits" in shown and "limits 3 sigma, rules of Anhøj" in shown
    rows = list(csv.reader(io.StringIO(page(year.cast, "evaluator", f"{address}.csv").content.decode())))
    assert len(rows) == 15 and rows[-1][2:] == ["50", "hidden", ""]


def test_without_the_statistics_packages_a_series_is_a_run_chart(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = weekly(year, 8)
    monkeypatch.setitem(sys.modules, "lifelong.methods.control_chart", None)
    shown = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/trend/").content.decode()
    assert "run chart around the median" in shown and "3 sigma" not in shown


def months() -> bytes:
    rows = "\n".join(f"{n},{50 + n % 3 + (6 if n > 12 else 0)}" for n in range(1, 25))
    return f"month,share\n{rows}\n".encode()


@pytest.mark.slow  # loads the statistics packages
@pytest.mark.requirement("HMS-46")
def test_a_fixed_plan_is_run_on_an_upload_and_kept_with_chart_numbers_and_json(year: Year) -> None:
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=ITS)
    here = f"/office/home/outcomes/plans/{plan.pk}/"
    done = page(year.cast, "evaluator", here, file=SimpleUploadedFile("anything.csv", months()))
    assert done.status_code == 302, done.content.decode()
    page(year.cast, "evaluator", here, file=SimpleUploadedFile("again.csv", months()))
    assert AnalysisResult.objects.count() == 1, "the same plan on the same bytes is one result"
    shown = page(year.cast, "evaluator", here).content.decode()
    assert "Level change" in shown and "without it" in shown
    answer = json.loads(page(year.cast, "evaluator", f"{here}result.json").content)
    assert answer["plan"]["sha256"] == plan.plan_hash and 4 < answer["primary"]["value"] < 8
    refused = page(year.cast, "evaluator", here, file=SimpleUploadedFile("few.csv", b"month,share\n1,2\n2,3\n13,4\n"))
    assert refused.status_code == 422


CONTROL = """
title = "Bundle by month, control chart"
method = "control_chart"
data = "months.csv"
primary_outcome = "centre:1"
[columns]
period = "month"
value = "share"
[options]
chart = "i"
"""
GROUPS = """
title = "Two groups"
method = "difference_in_differences"
data = "groups.csv"
primary_outcome = "did"
[columns]
unit = "clinic"
outcome = "share"
treated = "treated"
after = "after"
"""


def clinics(noise: int = 3) -> bytes:
    rows = [
        f"{unit},{unit % 2},{after},{50 + unit % 5 + after * (8 * (unit % 2) + unit % noise)}"
        for unit in range(1, 41)
        for after in (0, 1)
    ]
    return "\n".join(["clinic,treated,after,share", *rows]).encode()


@pytest.mark.slow  # loads the statistics packages
@pytest.mark.parametrize(
    ("text", "data", "words"),
    [(CONTROL, months(), "rules: anhoej, three_sigma"), (GROUPS, clinics(), "means of each group before and after")],
)
def test_control_charts_and_two_groups_are_drawn_too(year: Year, text: str, data: bytes, words: str) -> None:
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=text)
    here = f"/office/home/outcomes/plans/{plan.pk}/"
    done = page(year.cast, "evaluator", here, file=SimpleUploadedFile("d.csv", data))
    assert done.status_code == 302, re.findall(r"error[^<]*<[^<]*", done.content.decode())
    shown = page(year.cast, "evaluator", here).content.decode()
    assert words in shown and 'class="chart"' in shown


@pytest.mark.slow  # loads the statistics packages
def test_data_without_variation_are_refused_in_words(year: Year) -> None:
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=GROUPS)
    upload = SimpleUploadedFile("d.csv", clinics(noise=1))
    answer = page(year.cast, "evaluator", f"/office/home/outcomes/plans/{plan.pk}/", file=upload)
    assert answer.status_code == 422 and "check whether the outcome was computed" in answer.content.decode()


def test_without_the_statistics_packages_an_office_is_told_so(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=ITS)
    monkeypatch.setitem(sys.modules, "lifelong.methods.run", None)
    answer = page(
        year.cast, "evaluator", f"/office/home/outcomes/plans/{plan.pk}/", file=SimpleUploadedFile("m.csv", months())
    )
    assert (
        answer.status_code == 422 and "The statistics packages are not installed here yet." in answer.content.decode()
    )


def rated(activity: Activity, n: int, speaker_id: int) -> None:
    """`n` anonymous answers to the only session: its content, its speaker, and words that name a learner."""
    form = Instrument.objects.create(
        provider=activity.provider, key=f"form{activity.pk}", kind="evaluation", title="Form", published_at=clock.now()
    )
    scale = [{"value": str(v), "label": f"{v} of 5"} for v in range(5, 0, -1)]
    relevance = Question.objects.create(
        instrument=form, position=1, key="relevance", kind="likert", text="It fits my work.", options=scale
    )
    speakers = Question.objects.create(
        instrument=form, position=2, key="speakers", kind="matrix", text="How well did each teach?", options=scale
    )
    comment = Question.objects.create(instrument=form, position=3, key="comment", kind="text", text="Else?")
    for at in range(n):
        given = [
            Given(relevance.pk, "", "5", 5.0),
            Given(speakers.pk, str(speaker_id), "4", 4.0),
            Given(comment.pk, text=f"Clear {at}, said Guest1x Example0."),
        ]
        keep_response(
            form.pk,
            given,
            subject_type="session",
            subject_id=activity.sessions.get().pk,
            activity_id=activity.pk,
            on=activity.starts_on,
        )


@pytest.mark.requirement("WASHU-35")
def test_a_speaker_reads_only_own_sessions_after_evaluation_closed_and_from_enough_answers(year: Year) -> None:
    activity = over(year)
    rated(activity, 6, year.cast.person("speaker").pk)
    shown = page(year.cast, "speaker", "/me/teaching/").content.decode()
    assert "How well did each teach?" in shown and "It fits my work" in shown and "6 comments" in shown
    assert "Example0" not in shown, "no learner is named in a comment"
    assert "Sepsis rounds" not in page(year.cast, "learner", "/me/teaching/").content.decode()
    Activity.objects.filter(pk=activity.pk).update(claim_days=3000)
    early = page(year.cast, "speaker", "/me/teaching/").content.decode()
    assert "Answers may be read from" in early and "How well did each teach?" not in early


@pytest.mark.requirement("WASHU-35")
def test_four_answers_are_not_shown_to_a_speaker(year: Year) -> None:
    activity = over(year)
    rated(activity, 4, year.cast.person("speaker").pk)
    shown = page(year.cast, "speaker", "/me/teaching/").content.decode()
    assert "Too few answered" in shown and "It fits my work" not in shown and "Clear 0" not in shown


@pytest.mark.requirement("TUFTS-02", "TUFTS-06")
@pytest.mark.parametrize(("kind", "level"), [("performance", "5"), ("patient_outcomes", "6")])
def test_an_expected_result_shows_its_measures_with_baseline_and_last_figure_on_the_dashboard(
    year: Year, kind: str, level: str
) -> None:
    (result,) = year.only("measures_moved")
    result.kind = kind
    result.save()
    year.measured(over(year), 54, 63, level=level)
    year.measured(over(year), 40, None, level="3a", key="QUIZ")
    shown = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    table = re.search(r'id="expected-0".*?</table>', shown, re.S)
    assert table is not None
    words = re.sub(r"<[^>]+>", " ", table[0])
    assert "Expected: Better by measures_moved" in words and "SEP_1" in words and "QUIZ" not in words
    assert "54" in words and "63" in words and "result, until Wed 30 Sep 2026" in words
    rows = page(year.cast, "leader", "/lead/home/dashboard.csv?year=2026").content.decode("utf-8-sig")
    assert '"last figure, until 2026-09-30",63' in rows


def test_a_measure_without_a_result_shows_its_last_figure_and_the_baseline_is_no_later_figure(year: Year) -> None:
    year.only("measures_moved")
    year.measured(over(year), 54, None)
    shown = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    assert "no later figure yet" in shown


@pytest.mark.requirement("UMASS-37")
def test_a_concordance_measure_and_the_conclusion_on_the_standard_of_care_reach_report_and_dashboard(
    year: Year,
) -> None:
    year.only("measures_moved")
    activity = over(year)
    measure = year.measured(activity, 54, 80)
    measure.is_concordance = True
    measure.save()
    said = "Two of three patients are now treated as the guideline asks."
    address = f"/office/home/outcomes/activity/{activity.pk}/"
    page(
        year.cast,
        "director",
        f"{address}close/",
        text="Eight of twelve.",
        limits="",
        next_gap="",
        standard_of_care=said,
    )
    assert "concordance with a guideline" in page(year.cast, "evaluator", address).content.decode()
    assert said in page(year.cast, "evaluator", f"{address}report/").content.decode()
    dashboard_shown = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    assert said in dashboard_shown and "concordance with a guideline" in dashboard_shown


@pytest.mark.requirement("HMS-41")
def test_the_dashboard_shows_the_competence_of_learners_and_of_teams_apart(year: Year) -> None:
    activity = over(year)
    for kind, before, now in (("evaluation", "2", "4"), ("team", "3", "5")):
        form = Instrument.objects.create(
            provider=year.cast.home, key=kind, kind=kind, title=kind, published_at=clock.now()
        )
        options = [{"value": str(step), "label": str(step)} for step in range(1, 6)]
        question = Question.objects.create(
            instrument=form, position=0, key="skill", kind="retro", text="Skill", options=options
        )
        for _ in range(5):
            given = [Given(question.pk, row, value, float(value)) for row, value in (("before", before), ("now", now))]
            keep_response(
                form.pk, given, subject_type="session", subject_id=1, activity_id=activity.pk, on=activity.starts_on
            )
    shown = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    assert "Competence of learners, by own judgement: from 2.0 to 4.0 of 5 (n 5)." in shown
    assert "Competence of teams, by own judgement: from 3.0 to 5.0 of 5 (n 5)." in shown


@pytest.mark.requirement("UMASS-08", "HMS-04")
def test_the_page_of_quality_lists_for_review_and_sets_thresholds(year: Year) -> None:
    activity = over(year)
    form = Instrument.objects.create(
        provider=year.cast.home, key="own", kind="evaluation", title="Own", published_at=clock.now()
    )
    options = [{"value": str(step), "label": str(step)} for step in range(1, 6)]
    question = Question.objects.create(
        instrument=form, position=0, key="relevance", kind="likert", text="Fits", options=options
    )
    for value in ("5", "5", "5", "2", "2", "2"):
        given = [Given(question.pk, choice=value, number=float(value))]
        keep_response(
            form.pk, given, subject_type="session", subject_id=1, activity_id=activity.pk, on=activity.starts_on
        )
    ContentReview.objects.create(
        activity=activity, reviewer=year.cast.person("reviewer"), is_valid=True, is_balanced=True, is_free_of_marketing=False, reviewed_at=clock.now()
    )  # fmt: skip
    here = "/office/home/outcomes/quality/?year=2026"
    shown = page(year.cast, "evaluator", here).content.decode()
    benchmark = shown.partition("Standards of excellence")[2]
    assert "2 of 3 checks passed" in benchmark and "5 Performance" in benchmark
    assert (
        "1 activity is below a threshold and to be reviewed." in shown
        and "19 to 81, n 6; below 70 %, perhaps by chance" in shown
    )
    assert (
        "1 activity is below a quality threshold"
        in page(year.cast, "evaluator", "/office/home/outcomes/").content.decode()
    )
    sent = {"rating": 80, "relevance": 40, "objectives": 80, "bias_free": 95}
    assert page(year.cast, "evaluator", here, **sent).status_code == 302
    assert "No activity is below a threshold." in page(year.cast, "evaluator", here).content.decode()
    assert page(year.cast, "evaluator", here, **{**sent, "relevance": 400}).status_code == 422
    assert "Set the thresholds" not in page(year.cast, "leader", here).content.decode()


def test_the_estimate_of_patients_stands_with_the_plans_and_never_among_the_measures(year: Year) -> None:
    activity = over(year)
    year.measured(activity, 54, 63)
    form = Instrument.objects.create(
        provider=year.cast.home, key="own", kind="evaluation", title="Own", published_at=clock.now()
    )
    question = Question.objects.create(
        instrument=form, position=0, key="patients_per_week", kind="number", text="Patients a week"
    )
    for number in (2.0, 4.0, 6.0, 8.0, 10.0):
        given = [Given(question.pk, number=number)]
        keep_response(
            form.pk, given, subject_type="session", subject_id=1, activity_id=activity.pk, on=activity.starts_on
        )
    shown = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report/").content.decode()
    plans, _, measures = shown.partition("What the measures show")
    assert "About 48 patients a week (range 32 to 64): an estimate from self-report" in plans
    assert "patients a week" not in measures
    facts = json.loads(
        page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report.json").content
    )
    assert (facts["patients"]["low"], facts["patients"]["high"]) == (32, 64)
