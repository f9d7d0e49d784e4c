"""The dashboard for a director and a dean: education beside quality, teaching and systems. Read only, every number as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.leadership.mission import year_of
from lifelong.entrypoints.web.office.kept_figures import standing
from lifelong.entrypoints.web.office.outcome_report import groups_told
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Bar, BarData, Change, Flow, SankeyData, SlopeData, Stage, bars, sankey, slope
from lifelong.formats.countries import name_of
from lifelong.kernel.access import Permission
from lifelong.loop.improvement.kept_reads import DASHBOARD, dashboard
from lifelong.loop.outcomes.attained import Attached, Expected
from lifelong.loop.outcomes.dashboard import Competence, Dashboard, Named, QualityTie
from lifelong.loop.outcomes.levels import NAMES

P = Permission
SHOWN = 25
MOST_SLOPES = 8
NAMED = 4  # activities named beside a figure; all are in the CSV


@page(needs=P.SEE_MISSION_RESULTS)
def board(request: HttpRequest) -> HttpResponse:
    """One page: did education reach people, how far up the levels, and what is it tied to?"""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    seen = dashboard(viewer, provider, year_of(request))
    figures = _once(seen.quality)
    improved = sum(one.improved is True for one in figures)
    told = sum(one.improved is not None for one in figures)
    people = _told(seen.people)
    said, actions = standing(request, seen.year, "dashboard", [DASHBOARD.name])
    context = {
        "kicker": said,
        "page_actions": actions,
        "page_title": f"Education and its effect in {seen.year}",
        "answer": f"{improved} of {told} figures that were read again moved as wanted; each report says whether chance could do the same."
        if told else "No measure was read again yet; what was planned and reported stands below.",
        "seen": seen,
        "stats": [
            {"label": "Activities held", "value": seen.activities},
            {"label": "People who came", "value": people, "basis": "each counted once"},
            {"label": "Reached besides", "value": f"{seen.reached_elsewhere:,}", "basis": "without checking in"},
            {"label": "Tied to quality", "value": len({one.activity_id for one in seen.quality}), "basis": "activities with a measure or project"},
        ],
        "figures": _figures(seen),
        "expected": [_expected_table(at, one) for at, one in enumerate(seen.expected)],
        "competence": [_competence_words(one) for one in seen.competence],
        "quality": _quality_table(seen.quality),
        "quality_figure": _quality_figure(seen.quality),
        "projects": _projects_table(seen),
        "teaching": _named_table("teaching", "Activities for people who teach", seen.teaching),
        "systems": _named_table("systems", "Activities meant to change the system of care", seen.systems),
        "system_made": _told(seen.system_made),
        "groups": [("Profession", groups_told(seen.professions)), ("Country", groups_told(_named_countries(seen)))],
        "csv_url": f"{reverse('lead-dashboard-csv', args=[provider.slug])}?year={seen.year}",
        "years": [{"label": str(one), "url": f"?year={one}", "current": one == seen.year} for one in (seen.year - 2, seen.year - 1, seen.year)],
    }  # fmt: skip
    return render(request, "leadership/dashboard.html", context)


def _told(n: int | None) -> str:
    return "too few to tell" if n is None else f"{n:,}"


def _figures(seen: Dashboard) -> list[dict[str, Any]]:
    found = []
    if seen.flow.held:
        found.append(_flow_figure(seen))
        title = "How far activities can be followed"
        rows = []
        for level, at_all, measured in seen.by_level:
            if at_all or measured:
                rows.append(Bar(f"{level} {NAMES[level]}: at all", at_all, highlight=False))
                rows.append(Bar(f"{level} {NAMES[level]}: measured", measured))
        if rows:
            chart = bars(BarData(title=title, bars=tuple(rows)))
            measure = "activities by the highest level they have data for; in colour with objective data"
            found.append({"id": "levels", "title": title, "measure": measure, "chart": chart})
    return found


def _flow_figure(seen: Dashboard) -> dict[str, Any]:
    flow = seen.flow
    steps = (
        ("activities held", flow.held), ("from a gap", flow.with_gap), ("with objectives", flow.with_objective), ("evaluated", flow.evaluated),
        ("practice followed", flow.followed), ("measured", flow.measured),
    )  # fmt: skip
    stages = [Stage(f"s{at}", name, at) for at, (name, _) in enumerate(steps)]
    flows = []
    for at, ((_, before), (name, after)) in enumerate(zip(steps, steps[1:], strict=False)):
        flows.append(Flow(f"s{at}", f"s{at + 1}", after))
        if before > after:
            stages.append(Stage(f"lost{at}", f"not {name}", at + 1, lost=True))
            flows.append(Flow(f"s{at}", f"lost{at}", before - after))
    title = f"From gap to outcome: {flow.measured} of {flow.held} activities were followed to a measure of practice or health"
    chart = sankey(SankeyData(title=title, stages=tuple(stages), flows=tuple(flows), width=860))
    return {
        "id": "gap-to-outcome",
        "title": title,
        "measure": "activities; each step counts those that took all before it",
        "chart": chart,
    }


def _quality_figure(ties: tuple[QualityTie, ...]) -> dict[str, Any] | None:
    """Percentages before and after, one scale, the widest moves first; figures in other units stay in the table."""
    both = [one for one in _once(ties) if one.unit == "percent" and one.before is not None and one.after is not None]
    if not both:
        return None
    both.sort(key=lambda one: -abs((one.after or 0) - (one.before or 0)))
    changes = tuple(
        Change(_short(one.measure), one.before or 0, one.after or 0, highlight=one.improved is True)
        for one in both[:MOST_SLOPES]
    )
    told = [one for one in both if one.improved is not None]
    title = f"{sum(one.improved is True for one in told)} of {len(told)} figures in percent moved as wanted"
    measure = "figure of the gap, and the later figure; in colour where it moved as wanted"
    chart = slope(SlopeData(title=title, changes=changes, unit="%", decimals=1, width=760))
    return {"id": "quality-slope", "title": title, "measure": measure, "chart": chart}


def _once(ties: tuple[QualityTie, ...]) -> list[QualityTie]:
    """Figures, each once: several activities may rest on one; the one whose window lets it be told speaks for it."""
    found: dict[tuple[str, float | None, float | None], QualityTie] = {}
    for one in sorted(ties, key=lambda tie: tie.improved is None):
        if one.measure:
            found.setdefault((one.measure, one.before, one.after), one)
    return list(found.values())


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33].rstrip()}…"


def _named_countries(seen: Dashboard) -> tuple[tuple[str, int | None], ...]:
    return tuple((name_of(code), n) for code, n in seen.countries)


def _quality_table(ties: tuple[QualityTie, ...]) -> dict[str, Any]:
    """One row a figure with the activities that follow it; then those tied by a project alone."""
    words = {True: ("done", "As wanted"), False: ("warn", "Not as wanted"), None: ("wait", "Not told yet")}
    followed: dict[tuple[str, float | None, float | None], list[str]] = {}
    for one in ties:
        if one.measure:
            followed.setdefault((one.measure, one.before, one.after), []).append(one.title)
    alone = [one for one in ties if not one.measure]

    def cells(one: QualityTie) -> list[dict[str, Any]]:
        chip, text = words[one.improved]
        titles = followed[one.measure, one.before, one.after]
        return [
            {"head": True, "text": one.measure, "sub": _titles(titles)},
            {"number": True, "text": len(titles), "label": "Activities"},
            {"number": True, "text": _figure(one.before), "label": "Before"},
            {"number": True, "text": _figure(one.after), "label": "After"},
            {"text": one.unit, "label": "Unit"},
            {"chip": chip, "text": text, "label": "Moved"},
        ]

    rows = [{"cells": cells(one)} for one in _once(ties)[:SHOWN]]
    if alone:
        nothing = [{"text": "–", "label": label} for label in ("Before", "After", "Unit", "Moved")]
        head = {
            "head": True,
            "text": "Tied by a quality project, without a figure of their own",
            "sub": _titles([one.title for one in alone]),
        }
        rows.append({"cells": [head, {"number": True, "text": len(alone), "label": "Activities"}, *nothing]})  # fmt: skip
    return {
        "id": "quality", "caption": "Quality figures and the activities that follow them", "stack": True,
        "columns": [
            {"label": "Figure"}, {"label": "Activities", "number": True}, {"label": "Before", "number": True}, {"label": "After", "number": True},
            {"label": "Unit"}, {"label": "Moved"},
        ],
        "rows": rows,
        "empty": {"title": "No activity is tied to quality yet", "text": "It is when a measure is attached to it, or it joins a quality project."},
    }  # fmt: skip


def _titles(titles: list[str]) -> str:
    """The first of them; how many more there are."""
    more = len(titles) - NAMED
    return ", ".join(titles[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _expected_table(at: int, one: Expected) -> dict[str, Any]:
    """The measures behind one expected result: baseline and last figure, the newest first."""

    figures = _with_activities(one.measures)

    def cells(row: Attached, titles: list[str]) -> list[dict[str, Any]]:
        when = day(row.last_on) if row.last_on else row.release
        marks = [row.level_words, *(["concordance with a guideline"] if row.is_concordance else [])]
        return [
            {"head": True, "text": row.label, "sub": f"{', '.join(titles)}. {'; '.join(marks)}"},
            {"number": True, "text": _figure(row.baseline), "sub": row.unit, "label": "Baseline"},
            {"number": True, "text": _figure(row.last), "sub": f"{'result, ' if row.is_result else ''}until {when}" if row.last is not None else "no later figure yet",
             "label": "Last figure"},
        ]  # fmt: skip

    return {
        "id": f"expected-{at}", "caption": f"Expected: {one.label}", "stack": True,
        "columns": [{"label": "Measure"}, {"label": "Baseline", "number": True}, {"label": "Last figure", "number": True}],
        "rows": [{"cells": cells(row, titles)} for row, titles in figures[:SHOWN]],
        "count_text": f"{min(len(figures), SHOWN)} of {len(figures)}" if len(figures) > SHOWN else "",
        "empty": {"title": f"No measure yet: {one.label}", "text": "A measure at this level, attached to an activity, stands here with its baseline and last figure."},
    }  # fmt: skip


def _with_activities(rows: tuple[Attached, ...]) -> list[tuple[Attached, list[str]]]:
    """Each figure once, with the activities that rest on it."""
    found: dict[tuple[str, float | None, float | None], tuple[Attached, list[str]]] = {}
    for row in rows:
        found.setdefault((row.label, row.baseline, row.last), (row, []))[1].append(row.activity)
    return list(found.values())


def _competence_words(one: Competence) -> str:
    if one.before is None or one.now is None:
        return f"Competence of {one.who}: {'nobody was asked yet' if one.n == 0 else 'too few to tell'}."
    return f"Competence of {one.who}, by own judgement: from {one.before:.1f} to {one.now:.1f} of 5 (n {one.n:,})."


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _projects_table(seen: Dashboard) -> dict[str, Any] | None:
    if not seen.projects:
        return None
    rows = [
        {"cells": [
            {"head": True, "text": title}, {"text": owner or "–", "label": "Owner"}, {"number": True, "text": tied, "label": "Activities"},
            {"text": f"Stages {stages}" if stages else "No stage finished", "label": "Stages"},
        ]}
        for title, owner, tied, stages in seen.projects[:SHOWN]
    ]  # fmt: skip
    columns = [{"label": "Project"}, {"label": "Owner"}, {"label": "Activities", "number": True}, {"label": "Stages"}]
    return {"id": "projects", "caption": "Quality projects", "stack": True, "columns": columns, "rows": rows}


def _named_table(key: str, caption: str, rows: tuple[Named, ...]) -> dict[str, Any]:
    return {
        "id": key, "caption": caption, "stack": True,
        "columns": [{"label": "Activity"}, {"label": "People who came", "number": True}],
        "rows": [
            {"cells": [{"head": True, "text": one.title}, {"number": True, "text": _told(one.came), "label": "People who came"}]}
            for one in rows[:SHOWN]
        ],
        "count_text": f"{min(len(rows), SHOWN)} of {len(rows)}" if len(rows) > SHOWN else "",
        "empty": {"title": "None this year", "text": "Activities count here by their audience, competency or the setting of their gap."},
    }  # fmt: skip


@page(needs=P.SEE_MISSION_RESULTS)
def board_csv(request: HttpRequest) -> HttpResponse:
    """Every number of the dashboard; `hidden` where too few people stand behind it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    seen = dashboard(viewer, provider, year_of(request))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("section", "item", "quantity", "value"))
    writer.writerows([_inert(cell) for cell in row] for row in _rows(seen))
    response = HttpResponse(b"\xef\xbb\xbf" + out.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="dashboard-{provider.slug}-{seen.year}.csv"'
    return response


def _rows(seen: Dashboard) -> list[tuple[str, str, str, str]]:
    rows = [
        ("reach", "activities held", "count", str(seen.activities)),
        ("reach", "people who came", "count", _number(seen.people)),
    ]
    rows.append(("reach", "without checking in", "count", str(seen.reached_elsewhere)))
    rows += [("profession", name, "people", _number(n)) for name, n in seen.professions]
    rows += [("country", name, "people", _number(n)) for name, n in _named_countries(seen)]
    for level, at_all, measured in seen.by_level:
        rows.append(("level", f"{level} {NAMES[level]}", "highest at all", str(at_all)))
        rows.append(("level", f"{level} {NAMES[level]}", "highest with objective data", str(measured)))
    rows += [("designed for", name, "activities", str(n)) for name, n in seen.by_change]
    for one in seen.quality:
        rows.append(("quality", one.title, f"{one.measure} before ({one.unit})", _figure(one.before)))
        rows.append(("quality", one.title, f"{one.measure} after ({one.unit})", _figure(one.after)))
    for result in seen.expected:
        for each in result.measures:
            rows.append(
                (
                    f"expected: {result.label}",
                    f"{each.activity}: {each.label}",
                    f"baseline ({each.unit})",
                    _figure(each.baseline),
                )
            )
            rows.append(
                (
                    f"expected: {result.label}",
                    f"{each.activity}: {each.label}",
                    f"last figure, until {each.last_on or each.release or '?'}",
                    _figure(each.last),
                )
            )
    for part in seen.competence:
        for name, mean in (("mean before", part.before), ("mean now", part.now)):
            rows.append(("competence", part.who, f"{name} (of 5)", "hidden" if mean is None else f"{mean:.2f}"))
    rows += [("project", title, f"activities; owner {owner}", str(tied)) for title, owner, tied, _ in seen.projects]
    rows += [("faculty development", one.title, "people", _number(one.came)) for one in seen.teaching]
    rows += [("system redesign", one.title, "people", _number(one.came)) for one in seen.systems]
    rows.append(("system redesign", "changes planned", "plans", str(seen.system_plans)))
    rows.append(("system redesign", "changes of the system made", "answers", _number(seen.system_made)))
    flow = seen.flow
    steps = (flow.held, flow.with_gap, flow.with_objective, flow.evaluated, flow.followed, flow.measured)
    names = ("held", "from a gap", "with objectives", "evaluated", "practice followed", "measured")
    return rows + [("gap to outcome", name, "activities", str(n)) for name, n in zip(names, steps, strict=True)]


def _number(n: int | None) -> str:
    return "hidden" if n is None else str(n)


def _inert(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


urlpatterns = [
    path("dashboard/", board, name="lead-dashboard"),
    path("dashboard.csv", board_csv, name="lead-dashboard-csv"),
]
