"""The office's own figure of a public measure stands beside the publisher's line, marked, and never under the publisher's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from cast import Cast
from lifelong.entrypoints.web.office.needs_frame import figure_of
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.needs import reads
from lifelong.loop.needs.models import OWN_TABLE, Measure, MeasureImport, MeasurePlace, MeasurePoint
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.outcomes.windows import notes
from loop.improvement.a_year import Year


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def points(cast: Cast, layout: str, values: dict[str, float], steward: str = "CMS") -> list[MeasurePoint]:
    home = cast.home
    source = MeasureImport.objects.create(
        provider=home, sha256=layout[0] * 64, filename=f"{layout}.csv", layout=layout, imported_at=clock.now()
    )
    measure, _ = Measure.objects.get_or_create(
        provider=home,
        key="SEP_1",
        defaults={"title": "Sepsis bundle", "unit": "percent", "higher_is_better": True, "steward": steward},
    )
    place, _ = MeasurePlace.objects.get_or_create(
        provider=home, kind="hospital", code="220001", defaults={"name": "Example Hospital", "state": "MA"}
    )
    return [
        MeasurePoint.objects.create(
            provider=home, measure=measure, place=place, release=release, value=value, denominator=100, source=source,
            period_start=dt.date.fromisoformat(f"{release}-01"), period_end=dt.date.fromisoformat(f"{release}-28"),
        )
        for release, value in values.items()
    ]  # fmt: skip


def drawn(cast: Cast, point: MeasurePoint) -> tuple[reads.Series, dict[str, object]]:
    series = reads.series(cast.actor("director"), cast.home, point.measure_id, point.place_id)
    return series, figure_of(SimpleNamespace(provider=cast.home), series)  # type: ignore[arg-type]  # only its provider is asked


def test_own_figures_are_marked_beside_the_publishers_line_and_do_not_carry_its_name(year: Year) -> None:
    published = points(year.cast, "Timely care", {"2025-03": 50, "2025-06": 54, "2025-09": 55})
    points(year.cast, OWN_TABLE, {"2026-03": 71})
    series, figure = drawn(year.cast, published[0])
    assert [point.value for point in series.own.points] == [50, 54, 55]
    assert [(line.kind, [point.value for point in line.points]) for line in series.comparisons] == [("office", [71])]
    assert figure["source"] == "CMS; open dots are our own figures and not those of CMS"
    svg = figure["chart"].svg  # type: ignore[attr-defined]  # a chart
    assert svg.count('class="c-dot-open"') == 1 and svg.count('class="c-dot"') == 3
    assert "our own figures" in svg and str(figure["title"]).startswith("55 percent at Example Hospital")


def test_a_measure_with_own_figures_only_is_the_offices_whoever_invented_the_measure(year: Year) -> None:
    (first, *_) = points(year.cast, OWN_TABLE, {"2026-03": 60, "2026-06": 71})
    series, figure = drawn(year.cast, first)
    assert not series.is_published and figure["source"] == "own figures"


def test_a_result_of_another_hand_than_its_baseline_says_so(year: Year) -> None:
    (before,) = points(year.cast, "Timely care", {"2025-03": 50})
    (after,) = points(year.cast, OWN_TABLE, {"2026-06": 71})
    one = OutcomeMeasure.objects.create(
        activity=year.activity(), measure=before.measure, place=before.place, label="Bundle", moore_level="5", is_objective=True,
        baseline=before, result=after, added_at=clock.now(),
    )  # fmt: skip
    assert (
        "The baseline is the publisher's figure and the later one our own: they may be counted differently."
        in notes(one)
    )
