"""The pages of Needs: from a file to a figure to a gap, and who may open them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cast import Cast
from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import StoredFile
from lifelong.loop.needs import actions
from lifelong.loop.needs.models import MeasurePoint, MeasureUpload, NeedsSource, PracticeGap
from planned import a_gap

HOME = "/office/home/needs/"
OWN = b"measure_id,place,period_start,period_end,numerator,denominator\nSEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\nSEP-1,Example Hospital,2026-04-01,2026-06-30,61,100\nSEP-1,Example Hospital,2026-07-01,2026-09-30,x,100\n"


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("login"):
        client.force_login(cast.person(who))
    return client


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, run_effects: Callable[[], int]) -> Callable[[], int]:
    """The upload's effect as the office registers it."""
    monkeypatch.setitem(FOLLOWS, "measures.uploaded", ("run_measure_import",))
    monkeypatch.setitem(HANDLERS, "run_measure_import", actions.run_measure_import)
    return run_effects


def hand_in(client: Client, content: bytes, name: str = "own.csv") -> object:
    return client.post(f"{HOME}import/", {"file": SimpleUploadedFile(name, content), "release": ""})


@pytest.mark.requirement("TUFTS-22")
def test_a_file_becomes_figures_and_a_figure_becomes_a_gap(cast: Cast, worker: Callable[[], int]) -> None:
    client = signed_in(cast, "coordinator")
    answer = hand_in(client, OWN)
    upload = MeasureUpload.objects.get()
    assert answer.url == f"{HOME}import/{upload.pk}/"
    assert "is being read" in client.get(answer.url).content.decode()
    worker()
    result = client.get(answer.url, follow=True)
    text = result.content.decode()
    assert "2 figures kept; 1 line was refused." in text
    assert "this is not a figure" in text
    point = MeasurePoint.objects.order_by("-release").first()
    measure_page = client.get(f"{HOME}measures/{point.measure_id}/").content.decode()
    assert "61 percent at Example Hospital" in measure_page
    assert f"?point={point.pk}" in measure_page
    assert "<svg" in measure_page
    said = {
        "title": "Sepsis bundle", "description": "Six of ten receive the bundle in time.", "kind": "quality", "owner": "team", "setting": "clinical",
        "competence": "Triage does not recognise early sepsis.", "priority": "1", "priority_reason": "Mortality", "education_can_close": "on",
    }  # fmt: skip
    made = client.post(f"{HOME}gaps/new/?point={point.pk}", said)
    gap = PracticeGap.objects.get()
    assert made.url == f"{HOME}gaps/{gap.pk}/"
    page = client.get(made.url).content.decode()
    assert gap.baseline_id == point.pk
    assert "Sepsis bundle" in page
    assert page.count("thread__stop") >= 8


@pytest.mark.requirement("TUFTS-22")
def test_a_table_with_patients_is_refused_before_a_byte_is_stored(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    answer = hand_in(
        client, b"mrn,measure_id,place,period_start,period_end,value\n123,SEP-1,Example,2026-01-01,2026-03-31,1\n"
    )
    assert answer.status_code == 422
    assert "patient identity" in answer.content.decode()
    assert not StoredFile.objects.exists()
    assert not MeasureUpload.objects.exists()


def test_a_file_refused_by_the_worker_changes_nothing_and_says_why(cast: Cast, worker: Callable[[], int]) -> None:
    client = signed_in(cast, "coordinator")
    address = hand_in(client, b"measure_id,place,period_start,period_end,value\nSEP-1,Example,x,y,1\n").url
    worker()
    page = client.get(address).content.decode()
    assert "The file was refused" in page
    assert "No line of own.csv could be taken" in page
    assert not MeasurePoint.objects.exists()


def test_the_meter_alone_is_sent_when_the_page_asks_again(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    address = hand_in(client, OWN).url
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="progress"')


def test_the_figures_leave_as_csv(cast: Cast) -> None:
    import io

    actions.import_measures(cast.actor("director"), cast.home, file=io.BytesIO(OWN), filename="own.csv")
    point = MeasurePoint.objects.first()
    answer = signed_in(cast, "evaluator").get(f"{HOME}measures/{point.measure_id}/figures.csv?place={point.place_id}")
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("whose,release,from,until,value")
    assert len(lines) == 3


@pytest.mark.requirement("TUFTS-18", "TUFTS-20")
def test_a_source_is_added_and_listed(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    refused = client.post(f"{HOME}sources/new/", {"kind": "guideline", "title": "Guideline"})
    assert refused.status_code == 422
    assert "Nobody else could find this source." in refused.content.decode()
    client.post(f"{HOME}sources/new/", {"kind": "guideline", "title": "Guideline", "citation": "Example Society, 2026"})
    assert NeedsSource.objects.count() == 1
    assert "Example Society, 2026" in client.get(f"{HOME}sources/").content.decode()


def test_gaps_are_listed_by_priority_and_closed_with_a_word(cast: Cast) -> None:
    first = a_gap(cast)
    a_gap(cast, title="Later gap", priority=4)
    client = signed_in(cast, "coordinator")
    page = client.get(f"{HOME}gaps/").content.decode()
    assert page.index("Sepsis bundle") < page.index("Later gap")
    client.post(f"{HOME}gaps/{first.pk}/close/", {"note": "Reached: 95 percent."})
    assert "Sepsis bundle" not in client.get(f"{HOME}gaps/").content.decode()
    assert "Reached: 95 percent." in client.get(f"{HOME}gaps/{first.pk}/").content.decode()


@pytest.mark.requirement("HMS-29")
def test_a_gap_without_a_need_or_source_comes_back_whole(cast: Cast) -> None:
    said = {
        "title": "Gap",
        "description": "Care differs.",
        "kind": "quality",
        "owner": "team",
        "setting": "clinical",
        "priority": "2",
        "priority_reason": "x",
    }
    answer = signed_in(cast, "coordinator").post(f"{HOME}gaps/new/", said)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "The gap has no underlying need." in text
    assert "Care differs." in text


@pytest.mark.parametrize("who", ["stranger", "other_director", "learner", "finance", "leader"])
@pytest.mark.parametrize("address", ["", "gaps/", "sources/", "import/", "gaps/1/"])
def test_strangers_learn_nothing(cast: Cast, who: str, address: str) -> None:
    assert signed_in(cast, who).get(HOME + address).status_code == 404


@pytest.mark.parametrize("who", ["accreditor", "applicant", "series_coordinator"])
def test_readers_read_and_do_not_write(cast: Cast, who: str) -> None:
    client = signed_in(cast, who)
    assert client.get(HOME).status_code == 200
    assert client.get(f"{HOME}gaps/new/").status_code == 404
    answer = hand_in(client, OWN)
    assert answer.status_code in (403, 422)
    assert not MeasureUpload.objects.exists()


def test_a_department_sees_its_own_gaps_only(cast: Cast) -> None:
    gap = a_gap(cast, organisation_id=cast.department.pk)
    assert signed_in(cast, "series_coordinator").get(f"{HOME}gaps/{gap.pk}/").status_code == 200
    assert signed_in(cast, "neighbour_series_coordinator").get(f"{HOME}gaps/{gap.pk}/").status_code == 404
