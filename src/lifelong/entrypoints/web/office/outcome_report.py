"""The outcome report of an activity: page, files, closing, and whom it was sent to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats import outcome_report as paper
from lifelong.formats.tabular import write as write_table
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import NotFound, Problem, problem
from lifelong.loop.outcomes import actions, reads, sharing
from lifelong.loop.outcomes.closing import missing_to_close
from lifelong.loop.outcomes.report import outcome_report

P = Permission
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: dict[str, tuple[str, Callable[[paper.OutcomeReport], bytes]]] = {
    "pdf": ("application/pdf", paper.render_pdf),
    "csv": ("text/csv; charset=utf-8", paper.to_csv),
    "json": ("application/json", paper.to_json),
    "docx": (DOCX, paper.render_docx),
}
READERS = {"planner": "Planner", "leader": "Leader", "faculty": "Faculty"}


class SummaryForm(forms.Form):
    text = forms.CharField(
        label="What changed, and how do you know?",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text="The impact summary: two or three sentences a dean understands.",
    )
    limits = forms.CharField(
        label="What could be otherwise", widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False,
        help_text="One limit a line.",
    )  # fmt: skip
    standard_of_care = forms.CharField(
        label="Is care here nearer to the standard of care?", widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False,
        help_text="Name the guideline or standard, and the measure of concordance if there is one.",
    )  # fmt: skip
    next_gap = forms.CharField(
        label="What remains to be done", widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False
    )


class ShareForm(forms.Form):
    person = forms.TypedChoiceField(label="Reader", coerce=int)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]  # a choice field


def paper_context(report: paper.OutcomeReport, files: Callable[[str], str]) -> dict[str, Any]:
    """What `outcome_report_body.html` shows. `files` gives the address of a file by its kind."""
    drawn = paper.figures(report)
    return {
        "report": report,
        "answer": f"{report.level_words}. {report.reach_words}",
        "stats": _steps(report),
        "facts": _facts(report),
        "parts": [
            {
                "key": key, "title": title,
                "figures": [_figure(one, f"{files('csv')}?figure={one.key}") for one in drawn if one.part == key],
                "tables": paper.tables_of(key, report),
                "notes": paper.notes(key, report) if key in ("test", "self-rating", "team") else [],
            }
            for key, title in paper.PARTS
        ],
        "response_tables": paper.response_tables(report.nonresponse, report.smallest_group),
        "item_tables": paper.item_tables(report.scores),
        "measured": [(paper.measure_sentence(one), one) for one in report.measures],
        "professions": groups_told(report.professions),
        "places_told": groups_told(report.places),
        "quotes": paper.quotes_of(report),
        "files": [(kind.upper(), files(kind)) for kind in KINDS],
    }  # fmt: skip


LATER = ("Answered later", "Changed practice")


def _steps(report: paper.OutcomeReport) -> list[dict[str, str]]:
    """The figures of the head. Nobody asked is not nobody changed: those steps are not in the report, and the page says why."""
    here = {step.name for step in report.funnel}
    waiting = [{"label": name, "value": "–", "basis": "nobody was asked yet"} for name in LATER if name not in here]
    return [_step(step, report) for step in report.funnel] + waiting


def _step(step: paper.Step, report: paper.OutcomeReport) -> dict[str, str]:
    return {"label": step.name, "value": told(step.n, report), "basis": step.of if step.of != "credit" else "people"}


def told(n: int | None, report: paper.OutcomeReport) -> str:
    return f"under {report.smallest_group}" if n is None else f"{n:,}"


def groups_told(pairs: tuple[tuple[str, int | None], ...]) -> list[tuple[str, str]]:
    """Groups with their numbers; the hidden ones in one line."""
    known = [(name, f"{n:,}") for name, n in pairs if n is not None]
    hidden = sum(n is None for _, n in pairs)
    return known + ([(f"{hidden} smaller group{'' if hidden == 1 else 's'}", "not shown")] if hidden else [])


def _figure(one: paper.Figure, csv_url: str) -> dict[str, Any]:
    return {"id": one.key, "title": one.title, "measure": one.measure, "chart": one.chart, "csv_url": csv_url}


def _facts(report: paper.OutcomeReport) -> list[dict[str, str]]:
    objective = f"Level {report.level_objective}" if report.level_objective else "None: everything rests on own report"
    return [
        {"label": "When", "value": report.dates or "No day yet"},
        {"label": "Format", "value": report.format},
        {"label": "Audience", "value": ", ".join(report.audience) or "Not said"},
        {"label": "Reach", "value": report.reach_words},
        {"label": "Highest level at all", "value": f"Level {report.level_any}" if report.level_any else "No data yet"},
        {"label": "Highest level measured", "value": objective},
        {"label": "Commercial support", "value": ", ".join(report.supporters) or "None on record"},
    ]


@page(needs=P.SEE_OUTCOMES)
def report(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The report as a page: one page first, then the detail."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)

    def files(kind: str) -> str:
        return reverse("office-outcomes-report-file", args=[provider.slug, activity_id, kind])

    facts = outcome_report(row, with_words=may(viewer, P.SEE_EVALUATION, row))
    edits = may(viewer, P.EDIT_OUTCOMES, row)
    closes = row.closed_at is None and (edits or may(viewer, P.PASS_GATE, row))
    context = {
        **paper_context(facts, files),
        "page_title": row.title,
        "kicker": "Outcome report",
        "page_states": [{"kind": "done", "word": "Closed"}] if row.closed_at else [{"kind": "wait", "word": "Not closed"}],
        "breadcrumbs": _crumbs(provider.slug, row),
        "page_actions": [
            *([{"label": "Close the activity", "url": reverse("office-outcomes-close", args=[provider.slug, activity_id]), "main": True}] if closes else []),
            {"label": "Get the PDF", "url": files("pdf"), "icon": "download"},
        ],
        "shared": _shared(row, provider.slug, edits) if edits or may(viewer, P.SEE_EVALUATION, row) else None,
        "share_url": reverse("office-outcomes-share", args=[provider.slug, activity_id]) if edits else "",
    }  # fmt: skip
    return render(request, "office/outcome_report.html", context)


def _crumbs(slug: str, row: Any) -> list[dict[str, str]]:
    return [
        {"label": "Outcomes", "url": reverse("office-outcomes", args=[slug])},
        {"label": row.title, "url": reverse("office-outcomes-activity", args=[slug, row.pk])},
    ]


def _shared(row: Any, slug: str, edits: bool) -> dict[str, Any]:
    """Who got the report, and the day they opened it."""
    rows = []
    for one in sharing.shared_with(row):
        state = (
            {"chip": "none", "text": "Taken back"} if one.revoked_at
            else {"chip": "done", "text": f"Opened {day(one.opened_on)}"} if one.opened_on
            else {"chip": "wait", "text": "Not opened yet" if one.sent_at else "On its way"}
        )  # fmt: skip
        take_back = {
            "label": "Take back", "about": one.person.full_name, "post": True, "confirm": "The link will open nothing any more. Take it back?",
            "url": reverse("office-outcomes-revoke", args=[slug, row.pk]), "fields": {"shared": one.pk},
        }  # fmt: skip
        rows.append(
            {"cells": [
                {"head": True, "text": one.person.full_name},
                {"text": READERS.get(one.reader, one.reader), "label": "Reads as"},
                {"text": day(one.shared_at.date()), "label": "Sent"},
                {**state, "label": "Opened"},
                {"text": "", **({"action": take_back} if edits and not one.revoked_at else {})},
            ]}
        )  # fmt: skip
    return {
        "id": "shared", "caption": "Who was sent the report", "stack": True, "rows": rows,
        "columns": [{"label": "Reader"}, {"label": "Reads as"}, {"label": "Sent"}, {"label": "Opened"}, {"label": ""}],
        "empty": {"title": "Nobody was sent the report yet", "text": "When the activity is closed, its planners and the program's leaders get a link."},
    }  # fmt: skip


@page(needs=P.SEE_OUTCOMES)
def report_file(request: HttpRequest, activity_id: int, kind: str) -> HttpResponse:
    """The report as PDF, CSV, JSON or Word."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    return file_of(row, kind, with_words=may(viewer, P.SEE_EVALUATION, row), figure=request.GET.get("figure", ""))


def file_of(row: Any, kind: str, *, with_words: bool, figure: str = "") -> HttpResponse:
    """The bytes with their name; `figure` of a CSV gives the numbers behind this drawing alone. Raises NotFound for another kind; says plainly when Word files cannot be made here."""
    if kind not in KINDS:
        raise NotFound("report")
    media, write = KINDS[kind]
    if figure and kind == "csv":
        return _figure_csv(row, figure, with_words)
    try:
        content = write(outcome_report(row, with_words=with_words))
    except ImportError:
        raise problem(
            "report.word", "Word files cannot be made here: the package python-docx is not installed.",
            "Use the PDF or the CSV, or ask whoever hosts the system for the extra `analysis`.",
        ) from None  # fmt: skip
    response = HttpResponse(content, content_type=media)
    name = re.sub(r"[^a-z0-9]+", "-", row.title.lower()).strip("-")[:60] or "activity"
    response["Content-Disposition"] = f'attachment; filename="outcome-report-{row.number}-{name}.{kind}"'
    return response


def _figure_csv(row: Any, key: str, with_words: bool) -> HttpResponse:
    """The rows that the page shows as the numbers of one drawing."""
    drawn = paper.figures(outcome_report(row, with_words=with_words))
    chart = next((one.chart for one in drawn if one.key == key), None)
    if chart is None:
        raise NotFound("figure")
    response = HttpResponse(write_table(chart.header, chart.rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="outcome-report-{row.number}-{key}.csv"'
    return response


@page(needs=P.SEE_OUTCOMES)
def close(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Write the impact summary and close the activity; everything that is missing is named at once."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    here = reverse("office-outcomes-report", args=[provider.slug, activity_id])
    edits, passes = may(viewer, P.EDIT_OUTCOMES, row), may(viewer, P.PASS_GATE, row)
    if row.closed_at is not None or not (edits or passes):
        return redirect(here)
    written = reads.summary(row)
    names = ("text", "limits", "standard_of_care", "next_gap")
    initial = {name: getattr(written, name) for name in names} if written else {}
    form = SummaryForm(request.POST if request.method == "POST" and edits else None, initial=initial)
    if request.method == "POST" and (form.is_valid() or not edits):
        closes = "close" in request.POST
        if (
            apply(form, lambda: _written_and_closed(viewer, row, form.cleaned_data if edits else None, closes))
            is not None
        ):
            messages.success(
                request,
                "The activity is closed; planners and leaders get the report." if closes else "The summary is kept.",
            )
            return redirect(here)
    missing = missing_to_close(row, summary=str(form["text"].value() or ""))
    context = {
        "page_title": f"Close {row.title}", "form": form, "missing": _mendable(viewer, row, missing), "edits": edits, "passes": passes, "written": written,
        "breadcrumbs": _crumbs(provider.slug, row), "cancel_url": here,
        "answer": "Nothing is missing but the decision." if not missing else "What is missing stands below; the summary can be kept meanwhile.",
    }  # fmt: skip
    return render(request, "office/outcome_close.html", context, status=422 if form.errors else 200)


def _mendable(viewer: Any, row: Any, missing: Sequence[Any]) -> list[dict[str, Any]]:
    """What is missing, each with the page where it is mended, if the viewer may see that page."""
    slug = row.provider.slug
    places = {
        "reports": (P.SEE_REPORTING, f"{reverse('office-reporting', args=[slug])}?year={row.starts_on.year if row.starts_on else ''}"),
        "claims": (P.SEE_CREDIT, reverse("office-credit", args=[slug])),
        "follow_ups": (P.SEE_EVALUATION, reverse("office-evaluation-activity", args=[slug, row.pk])),
        "changes": (P.SEE_PLANNING, reverse("office-planning-activity", args=[slug, row.pk])),
        "gate": (P.SEE_PLANNING, reverse("office-planning-activity", args=[slug, row.pk])),
        "measures": (P.SEE_OUTCOMES, reverse("office-outcomes-activity", args=[slug, row.pk])),
        "summary": (P.EDIT_OUTCOMES, "#id_text"),
    }  # fmt: skip
    return [
        {
            "severity": one.severity, "sentence": one.sentence, "next_step": one.next_step,
            "url": places[one.field][1] if one.field in places and may(viewer, places[one.field][0], row) else "",
        }
        for one in missing
    ]  # fmt: skip


def _written_and_closed(viewer: Any, row: Any, data: dict[str, str] | None, closes: bool) -> Any:
    done = actions.write_summary(viewer, row, **data) if data is not None else row
    return actions.close_activity(viewer, row) if closes else done


@page(needs=P.EDIT_OUTCOMES)
def share(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Send the report to one of those it concerns, by hand."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    if not may(viewer, P.EDIT_OUTCOMES, row):
        raise NotFound("activity")
    readers = {person.pk: (person, reader) for person, reader in sharing.readers_of(row)}
    have = {one.person_id for one in sharing.shared_with(row) if one.revoked_at is None}
    people = [
        (pk, f"{person.full_name} ({READERS[reader].lower()})")
        for pk, (person, reader) in readers.items()
        if pk not in have
    ]
    form = ShareForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        person, reader = readers[form.cleaned_data["person"]]
        if apply(form, lambda: actions.share_report(viewer, row, person=person, reader=reader)) is not None:
            messages.success(request, f"{person.full_name} gets a link by mail.")
            return redirect("office-outcomes-report", provider.slug, activity_id)
    context = {
        "page_title": f"Send the report of {row.title}", "form": form if people else None, "label": "Send the link",
        "breadcrumbs": _crumbs(provider.slug, row), "cancel_url": reverse("office-outcomes-report", args=[provider.slug, activity_id]),
        "empty": {"title": "Everybody it concerns has it", "text": "Planners in charge of the activity and leaders of the program can be sent the report."},
    }  # fmt: skip
    return render(request, "office/outcome_share.html", context, status=422 if form.errors else 200)


@page(needs=P.EDIT_OUTCOMES)
def revoke(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Take a link back (POST, `shared` names it)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    if request.method == "POST":
        wanted = request.POST.get("shared", "")
        one = next((one for one in sharing.shared_with(row) if str(one.pk) == wanted), None)
        if one is None:
            raise NotFound("report")
        try:
            actions.revoke_report(viewer, one)
            messages.success(request, "The link opens nothing any more.")
        except Problem as refused:
            messages.error(request, str(refused))
    return redirect("office-outcomes-report", provider.slug, activity_id)


urlpatterns = [
    path("activity/<int:activity_id>/report/", report, name="office-outcomes-report"),
    path("activity/<int:activity_id>/report.<str:kind>", report_file, name="office-outcomes-report-file"),
    path("activity/<int:activity_id>/close/", close, name="office-outcomes-close"),
    path("activity/<int:activity_id>/share/", share, name="office-outcomes-share"),
    path("activity/<int:activity_id>/revoke/", revoke, name="office-outcomes-revoke"),
]
