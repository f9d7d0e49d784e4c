"""Coverage in the browser's words: what activities say of themselves, down to the activities and out as CSV."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.loop.people.models import LearnerProfile
from lifelong.loop.planning.models import ActivityTerm, ContentReference
from lifelong.loop.program.models import Term
from loop.improvement.a_year import YEAR, Year
from loop.planning.lists import with_lists

HOME = "/office/home/improvement/"


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        with_lists(cast.home)
        yield Year(cast)


def read(year: Year, address: str, who: str = "evaluator", status: int = 200) -> str:
    client = Client()
    client.force_login(year.cast.person(who))
    answer = client.get(f"{HOME}{address}{'&' if '?' in address else '?'}year={YEAR}")
    assert answer.status_code == status, address
    return answer.content.decode("utf-8-sig")


def carries(year: Year, title: str, **terms: str) -> None:
    activity = year.activity(title, intended_change_text="Begin within the hour.")
    for taxonomy, key in terms.items():
        term, _ = Term.objects.get_or_create(
            provider=year.cast.home, taxonomy=taxonomy, key=key, defaults={"label": key}
        )
        ActivityTerm.objects.create(activity=activity, term=term)
    ContentReference.objects.create(activity=activity, citation="A trial, 2025", kind="clinical_study")


@pytest.mark.requirement("HMS-27", "UMASS-35", "UMASS-25", "WASHU-17", "UCONN-34")
def test_what_activities_say_of_themselves_is_one_page_with_shares_and_holes(year: Year) -> None:
    said = {
        "interactivity": "cases",
        "population": "complex",
        "ce_purpose": "professional_relationships",
        "beneficiary": "public",
    }
    carries(year, "Sepsis in the very ill", **said, level="advanced", content_for="allied_health")
    year.activity("Rounds")
    page = read(year, "coverage/?part=told")
    shares = page.partition("Shares of the year's activities")[2].partition("</dl>")[0].replace("&#x27;", "'")
    shares = shares or page.partition("Shares of the year&#x27;s activities")[2].partition("</dl>")[0]
    assert shares.count("50 %") == 5 and "1 of 2 activities; 1 do not say" in shares
    for text in (
        "Level: 2 of 3 are empty",
        "Who is served by it: 2 of 3 are empty",
        "Evidence cited: 1 activity cites a clinical study",
        "Introductory",
    ):
        assert text in page, text
    for key in (
        "mark/interactive",
        "mark/complex",
        "mark/relationships",
        "mark/primary_research",
        "reference/clinical_study",
        "level/advanced",
    ):
        down = read(year, f"coverage/{key}/")
        assert "Sepsis in the very ill" in down and "Rounds" not in down.partition("<main")[2], key
        assert read(year, f"coverage/{key}.csv").splitlines()[1].startswith("1,Sepsis in the very ill,"), key
    assert "Advanced,1" in read(year, "coverage/level.csv")
    for address in ("coverage/mark/nothing/", "coverage/reference/hearsay/", "coverage/mark/nothing.csv"):
        read(year, address, status=404)
    read(year, "coverage/mark/complex.csv", who="other_evaluator", status=404)


@pytest.mark.requirement("WASHU-31")
def test_the_report_of_translation_names_study_and_change(year: Year) -> None:
    carries(year, "Statins after stroke", theme="research_translation")
    page = read(year, "coverage/mark/translation/")
    assert "A trial, 2025" in page and "Begin within the hour." in page and "Source study" in page
    sheet = read(year, "coverage/mark/translation.csv").splitlines()
    assert sheet[0] == "Number,Activity,Begins,Source study,Change in practice"
    assert sheet[1].endswith('"A trial, 2025",Begin within the hour.')


@pytest.mark.requirement("UMASS-15")
def test_variety_is_a_chart_and_a_table(year: Year) -> None:
    carries(year, "Advanced airway", level="advanced")
    page = read(year, "coverage/")
    assert 'id="variety"' in page and "Level (1 of 3)" in page
    assert "Level,1,3" in read(year, "coverage/variety.csv")


def test_specialties_by_professions_are_a_map(year: Year) -> None:
    carries(year, "Skin in the theatre", audience="physicians", specialty="dermatology")
    assert "Specialties by professions: 1 of 30 specialties is named" in read(year, "coverage/?part=told")
    assert "Dermatology,1,1" in read(year, "coverage/specialty_profession.csv")


@pytest.mark.requirement("UMASS-12")
def test_states_of_practice_and_of_licence_are_two_tables(year: Year) -> None:
    people = year.people(6)
    LearnerProfile.objects.filter(person__in=people).update(state="NH", licence_state="MA")
    year.attended(year.activity(), people)
    page = read(year, "reach/")
    assert "Learners in the United States by state of practice" in page and "Learners by state of licence" in page
    sheet = read(year, "reach/learners.csv")
    assert "State of practice,NH,,6" in sheet and "State of licence,MA,,6" in sheet
