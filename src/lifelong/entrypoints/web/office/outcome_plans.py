"""One analysis plan: its data go in, its result comes out as a chart, a sentence and the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import (
    Change,
    Chart,
    Estimate,
    ForestData,
    ItsData,
    Moment,
    SlopeData,
    SpcData,
    Subgroup,
    forest,
    its,
    slope,
    spc,
)
from lifelong.kernel.access import Permission, may
from lifelong.loop.outcomes import actions, reads, registers

P = Permission
Rows = Sequence[Mapping[str, Any]]
MOST_ESTIMATES = 12


class DataForm(forms.Form):
    file = forms.FileField(
        label="Data of the plan", error_messages={"required": "Choose the file with the data first.", "empty": "This file is empty. Choose the one with the data."}, help_text="A CSV, TSV or Parquet file with the columns the plan names, up to 20 MB. It is kept with the result."
    )  # fmt: skip


@page(needs=P.SEE_OUTCOMES)
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan as it was fixed, its results, and a form for the data."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.plan(viewer, provider, plan_id)
    edits = may(viewer, P.EDIT_OUTCOMES, provider)
    form = DataForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST" and edits and form.is_valid():
        file = form.cleaned_data["file"]
        if apply(form, lambda: actions.run_on(viewer, row, content=file.read(), name=file.name)) is not None:
            messages.success(request, "The plan was run on these data.")
            return redirect("office-outcomes-plan", provider.slug, plan_id)
    context = {
        "page_title": row.title, "kicker": "Analysis plan", "plan": row, "form": form if edits else None, "label": "Run the plan",
        "answer": f"Fixed here on {day(row.fixed_at.date())}; its data come after.",
        "breadcrumbs": [
            {"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])},
            {"label": "Analysis plans", "url": reverse("office-outcomes-plans", args=[provider.slug])},
        ],
        "results": [_shown(one, provider.slug) for one in registers.results(row)],
    }  # fmt: skip
    return render(request, "office/outcome_plan.html", context, status=422 if form.errors else 200)


@page(needs=P.SEE_OUTCOMES)
def plan_json(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A result as JSON, as it was kept; `data` names it by the hash of its data, else the last."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.plan(viewer, provider, plan_id)
    wanted = request.GET.get("data", "")
    found = next((one for one in registers.results(row) if one.data_hash.startswith(wanted)), None)
    if found is None:
        return redirect("office-outcomes-plan", provider.slug, plan_id)
    response = HttpResponse(json.dumps(found.result, indent=2, ensure_ascii=False), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="analysis-{plan_id}-{found.data_hash[:12]}.json"'
    return response


def _shown(one: Any, slug: str) -> dict[str, Any]:
    answer = one.result
    result = answer.get("result", {})
    url = reverse("office-outcomes-plan-json", args=[slug, one.plan_id])
    return {
        "ran_at": one.ran_at, "data_hash": one.data_hash, "statement": answer.get("statement", ""),
        "verb": result.get("verb", ""), "methods": answer.get("methods_paragraph", ""),
        "warnings": result.get("warnings", []), "overridden": result.get("overridden", []),
        "assumptions": result.get("assumptions", []),
        "figures": figures_of(answer, one.pk), "json_url": f"{url}?data={one.data_hash[:16]}",
        "data_name": one.data_file.name if one.data_file else "",
    }  # fmt: skip


def figures_of(answer: Mapping[str, Any], key: int) -> list[dict[str, Any]]:
    """The charts that fit the method: series with counterfactual, control chart, two groups, and every estimate with its interval."""
    result = answer.get("result", {})
    tables = result.get("tables", {})
    title = str(answer.get("title", "Result"))
    drawn: list[tuple[str, Chart]] = []
    if result.get("method") == "interrupted_time_series" and (
        chart := _series(title, tables.get("series", []), answer)
    ):
        drawn.append(
            ("dots are what was seen; dotted is what would have been without the change, with its interval", chart)
        )
    if result.get("method") == "control_chart" and tables.get("points"):
        drawn.append(
            (str(result.get("details", {}).get("caption", "control chart")), _control(title, tables["points"]))
        )
    if result.get("method") == "difference_in_differences" and (chart := _groups(title, tables.get("cells", []))):
        drawn.append(("means of each group before and after", chart))
    if chart := _estimates(result.get("estimates", []), str((answer.get("primary") or {}).get("unit", ""))):
        drawn.append(("estimates with their intervals", chart))
    return [
        {"id": f"result-{key}-{at}", "title": title if at == 0 else "Estimates", "measure": words, "chart": chart}
        for at, (words, chart) in enumerate(drawn)
    ]


def _series(title: str, rows: Rows, answer: Mapping[str, Any]) -> Chart | None:
    treated = [row for row in rows if row.get("series", "treated") == "treated"]
    change = next((at for at, row in enumerate(treated) if row.get("counterfactual") is not None), 0)
    if not 0 < change < len(treated):
        return None
    moments = tuple(
        Moment(
            str(row["period"]),
            row.get("observed"),
            row.get("fitted"),
            row.get("counterfactual"),
            row.get("low"),
            row.get("high"),
        )
        for row in treated
    )
    words = str(answer.get("statement", ""))
    return its(
        ItsData(title=title, moments=moments, change_at=change, change_name="Change", effect_words=words, decimals=1)
    )


def _control(title: str, rows: Rows) -> Chart:
    points = tuple(
        Subgroup(
            str(row["period"]), row["y"], row["centre"], row.get("low"), row.get("high"), signal=str(row.get("why", ""))
        )
        for row in rows
    )
    return spc(SpcData(title=title, points=points, decimals=2))


def _groups(title: str, rows: Rows) -> Chart | None:
    means = {(row["group"], row["time"]): row["mean"] for row in rows}
    n = {row["group"]: row["n"] for row in rows}
    if len(means) != 4 or any(mean is None for mean in means.values()):
        return None
    changes = tuple(
        Change(name, means[name, "before"], means[name, "after"], n[name], highlight=name == "treated")
        for name in ("treated", "comparison")
    )
    return slope(SlopeData(title=title, changes=changes, decimals=2))


def _estimates(rows: Rows, unit: str) -> Chart | None:
    """Those on the scale of the primary estimate; others would not stand on one axis."""
    known = [
        row
        for row in rows
        if row.get("unit", "") == unit
        and row.get("value") is not None
        and row.get("low") is not None
        and row.get("high") is not None
    ]
    if not known:
        return None
    estimates = tuple(
        Estimate(str(row["name"]).replace("_", " "), row["value"], row["low"], row["high"])
        for row in known[:MOST_ESTIMATES]
    )
    return forest(ForestData(title="Estimates", estimates=estimates))


urlpatterns = [
    path("plans/<int:plan_id>/", plan, name="office-outcomes-plan"),
    path("plans/<int:plan_id>/result.json", plan_json, name="office-outcomes-plan-json"),
]
