"""Measure files: taken once, whole or not at all, withheld figures counted, windows told apart."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from cast import Cast
from lifelong.kernel import progress
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.needs import actions, reads
from lifelong.loop.needs.actions import importing
from lifelong.loop.needs.models import ImportRefusal, Measure, MeasureImport, MeasurePlace, MeasurePoint
from lifelong.loop.program.models import AccreditedProvider

HEAD = "measure_id,place,period_start,period_end,numerator,denominator\n"
OWN = (
    HEAD + "SEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\nSEP-1,Example Hospital,2026-04-01,2026-06-30,61,100\n"
)


def take(cast: Cast, text: str | bytes, name: str = "own.csv", who: str = "director", **more: str) -> MeasureImport:
    content = text if isinstance(text, bytes) else text.encode()
    return actions.import_measures(cast.actor(who), cast.home, file=io.BytesIO(content), filename=name, **more)


def panel(*rows: str) -> str:
    return "report_date,PROVIDER_ID,SEP_1,SEP_1_DEN\n" + "\n".join(rows) + "\n"


def test_the_same_bytes_are_taken_once(cast: Cast) -> None:
    first = take(cast, OWN)
    assert take(cast, OWN).pk == first.pk
    assert MeasurePoint.objects.count() == first.points_kept == 2
    assert AuditEvent.objects.filter(verb="measures.imported").count() == 1


def test_the_same_figures_in_another_file_are_counted_not_doubled(cast: Cast) -> None:
    take(cast, OWN)
    again = take(cast, OWN + "SEP-1,Example Hospital,2026-07-01,2026-09-30,70,100\n", "later.csv")
    assert (again.points_kept, again.points_same, again.refused) == (1, 2, 0)


def test_another_value_for_the_same_release_is_refused_not_overwritten(cast: Cast) -> None:
    take(cast, OWN)
    again = take(cast, OWN.replace("54,100", "55,100"), "changed.csv")
    assert (again.points_kept, again.points_same, again.refused) == (0, 1, 1)
    assert "already says 54, the file says 55" in ImportRefusal.objects.get().reason
    assert MeasurePoint.objects.get(release="20260101-20260331").value == 54


def test_a_line_twice_in_one_file_is_kept_once(cast: Cast) -> None:
    line = "SEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\n"
    taken = take(cast, HEAD + line + line)
    assert (taken.points_kept, taken.points_same) == (1, 1)


def test_refused_lines_are_listed_with_line_and_reason(cast: Cast) -> None:
    taken = take(cast, OWN + "SEP-1,Example Hospital,2026-07-01,2026-09-30,many,100\n")
    refusal = ImportRefusal.objects.get(measure_import=taken)
    assert (taken.refused, refusal.line, bool(refusal.next_step)) == (1, 4, True)


@pytest.mark.requirement("TUFTS-22", "TUFTS-23")
@pytest.mark.parametrize("column", ["MRN", "patient_name", "Date of birth", "SSN"])
def test_a_column_of_patients_refuses_the_whole_file(cast: Cast, column: str) -> None:
    with pytest.raises(Problem) as refusal:
        take(cast, OWN.replace("measure_id", f"{column},measure_id", 1))
    assert refusal.value.code == "cms.patient_identity"
    assert not MeasureImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"\x89PNG....", "a.png", "needs.file_refused"),
        (b"", "a.csv", "needs.layout_unknown"),
        (b"a,b,c\n1,2,3\n", "a.csv", "needs.layout_unknown"),
        (gzip.compress(OWN.encode())[:-12], "a.csv.gz", "needs.file_refused"),
        (panel("2023-01-01,220071,0.5,100").replace("report_date,", "").replace("2023-01-01,", "").encode(), "a.csv", "needs.layout_unknown"),
        (HEAD.encode() + b"SEP-1,,x,y,1,2\n", "a.csv", "needs.file_empty"),
    ],
)  # fmt: skip
def test_what_is_no_measure_file_is_refused_whole_with_a_next_step(
    cast: Cast, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(Problem) as refusal:
        take(cast, content, name)
    assert refusal.value.code == code
    assert refusal.value.reasons[0].next_step
    assert not MeasureImport.objects.exists()
    assert not Measure.objects.exists()


def test_a_crash_in_the_middle_changes_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(importing._Keeper, "mark_overlaps", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        take(cast, OWN)
    monkeypatch.undo()
    assert not MeasurePoint.objects.exists()
    assert not MeasureImport.objects.exists()
    assert take(cast, OWN).points_kept == 2


def test_windows_that_overlap_or_stand_still_are_told_also_across_imports(cast: Cast) -> None:
    take(cast, panel("2022-01-01,220071,0.50,100", "2022-04-01,220071,0.50,100"), "panel.csv")
    take(cast, panel("2022-07-01,220071,0.55,110", "2023-10-01,220071,0.60,120"), "panel2.csv")
    flags = (
        MeasurePoint.objects.filter(measure__key="SEP_1")
        .order_by("release")
        .values_list("overlaps_previous", "is_frozen")
    )
    assert list(flags) == [(False, False), (True, True), (True, False), (False, False)]


def test_an_older_release_imported_later_finds_its_place(cast: Cast) -> None:
    take(cast, panel("2022-04-01,220071,0.50,100"), "later.csv")
    take(cast, panel("2022-01-01,220071,0.50,100"), "earlier.csv")
    flags = MeasurePoint.objects.order_by("release").values_list("overlaps_previous", "is_frozen")
    assert list(flags) == [(False, False), (True, True)]


def test_progress_is_told_and_ends_with_a_sentence(cast: Cast) -> None:
    job = progress.begin("measure_import", "own.csv", provider_id=cast.home.pk, person_id=None)
    actions.import_measures(
        cast.actor("director"), cast.home, file=io.BytesIO(OWN.encode()), filename="own.csv", meter=progress.Meter(job)
    )
    job.refresh_from_db()
    assert (job.state, job.sentence) == ("done", "2 figures kept.")


@pytest.mark.parametrize("who", ["learner", "accreditor", "series_coordinator", "other_director", "stranger"])
def test_without_the_role_nothing_is_read(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        take(cast, OWN, who=who)
    assert not MeasureImport.objects.exists()


def test_queries_do_not_grow_with_the_rows_of_a_batch(cast: Cast, django_assert_max_num_queries: object) -> None:
    rows = "".join(f"SEP-1,Hospital {n},2026-01-01,2026-03-31,{n % 100},100\n" for n in range(1500))
    with django_assert_max_num_queries(90):
        take(cast, HEAD + rows)
    assert MeasurePoint.objects.count() == 1500


@pytest.mark.slow
@pytest.mark.requirement("TUFTS-24", "WASHU-33")
def test_published_files_make_a_series_against_state_and_nation(cast: Cast, shared: Path) -> None:
    """Over a second: reads the published files of a release."""
    folder = shared / "data/cms/release_2024-07"
    if not folder.is_dir():
        pytest.fail("the published files are not beside the checkout")
    director = cast.actor("director")
    for name in ("Timely_and_Effective_Care-State.csv", "Timely_and_Effective_Care-National.csv"):
        with (folder / name).open("rb") as file:
            taken = actions.import_measures(director, cast.home, file=file, filename=f"release_2024-07/{name}")
        assert taken.points_kept > 10
        assert taken.suppressed >= 0
    take(cast, panel("2024-07-01,220071,0.54,312"), "panel.csv")
    measure = Measure.objects.get(key="SEP_1", provider=cast.home)
    place = MeasurePlace.objects.get(code="220071")
    assert (measure.higher_is_better, measure.steward != "", measure.is_outcome) == (True, True, False)
    hospitals = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Telephone Number,Hospital Type,Hospital Ownership,Emergency Services,Hospital overall rating\n"
    take(
        cast,
        hospitals
        + "220071,EXAMPLE GENERAL HOSPITAL,1 Street,BOSTON,MA,02114,SUFFOLK,555,Acute Care Hospitals,Voluntary,Yes,4\n",
        "Hospital_General_Information.csv",
    )
    series = reads.series(director, cast.home, measure.pk, place.pk)
    assert series.place.name == "EXAMPLE GENERAL HOSPITAL"
    assert series.last is not None
    assert (series.last.value, series.last.n) == (54.0, 312.0)
    assert [line.label for line in series.comparisons] == ["MA", "United States"]


def test_without_a_published_state_the_places_here_are_compared_by_their_cases(cast: Cast, writing: None) -> None:
    take(cast, panel("2023-01-01,220071,0.50,100", "2023-01-01,220073,0.80,300"), "panel.csv")
    MeasurePlace.objects.update(state="MA")
    measure, place = Measure.objects.get(), MeasurePlace.objects.get(code="220071")
    (state,) = reads.series(cast.actor("director"), cast.home, measure.pk, place.pk).comparisons
    assert (state.computed_from, state.points[0].value, state.points[0].n) == (2, pytest.approx(72.5), 400)


def test_another_program_keeps_its_own_measures(cast: Cast) -> None:
    take(cast, OWN)
    actions.import_measures(
        cast.actor("other_director"), cast.elsewhere, file=io.BytesIO(OWN.encode()), filename="own.csv"
    )
    assert Measure.objects.filter(key="SEP_1").count() == 2
    with pytest.raises(Problem):
        reads.measure(cast.actor("other_director"), cast.elsewhere, Measure.objects.get(provider=cast.home).pk)
    assert AccreditedProvider.objects.count() == 2
