"""Surveys of needs: whom to ask, who answered inside and outside, what groups large enough said, and what gap it supports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.survey_frame import (
    choices_of,
    crumbs,
    form_page,
    lines_of,
    links,
    may_edit,
    sees_all,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Bar, BarData, bars
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.evaluation import needs_link
from lifelong.loop.needs import reads as needs
from lifelong.loop.surveys import campaign_reads as reads
from lifelong.loop.surveys import campaigns as actions
from lifelong.loop.surveys import reads as surveys
from lifelong.rules.verdict import counted

P = Permission
AUDIENCES = (
    ("all", "Inside and outside"),
    ("inside", "Inside: affiliated with us"),
    ("outside", "Outside: all others"),
)
GROUPS = (("side", "Inside and outside"), ("profession", "Profession"), ("specialty", "Specialty"))
PROFESSIONS = (
    ("physician", "Physicians"), ("nurse", "Nurses"), ("pharmacist", "Pharmacists"), ("pa", "Physician assistants"),
    ("pharmacy_technician", "Pharmacy technicians"), ("student", "Students"), ("community", "Community members"),
)  # fmt: skip
FEWEST_FOR_SHARES = 10  # below it a percent says little (outcomes, section 5)
LIST: tuple[str, str, list[Any]] = ("Surveys of needs", "office-evaluation-campaigns", [])


def _state(row: Any) -> tuple[str, str]:
    if row.launched_at is None:
        return "draft", "Not sent yet"
    return ("info", "Open") if reads.is_open(row) else ("done", "Ended")


@page(needs=P.SEE_EVALUATION)
def campaigns(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    rows = reads.campaigns(viewer, provider) if sees_all(request) else []
    table = {
        "id": "campaigns", "caption": "Surveys, newest first", "stack": True, "filters": links(request, "office-evaluation-campaigns"),
        "columns": [{"label": label, "number": label in ("Asked", "Answered")} for label in ("Survey", "State", "Asked", "Answered", "Until")],
        "rows": [{"cells": _cells(row, provider.slug)} for row in rows], "count_text": counted(len(rows), "survey", "surveys"),
        "empty": {"title": "Nobody was asked yet", "text": "Ask clinicians inside and outside what they need to learn."},
    }  # fmt: skip
    context = {"page_title": "Surveys of needs", "table": table, "breadcrumbs": crumbs(request), "answer": f"Nobody is asked more than {_times(reads.most_per_quarter(provider))} in {reads.LOAD_DAYS} days."}  # fmt: skip
    if may_edit(request):
        context["page_actions"] = [{"label": "Plan a survey", "url": reverse("office-evaluation-campaign-new", args=[provider.slug]), "main": True}]  # fmt: skip
    return render(request, "office/surveys_list.html", context)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _cells(row: Any, slug: str) -> list[dict[str, Any]]:
    kind, word = _state(row)
    total = reads.response(row)[0]
    return [
        {"head": True, "text": row.title, "url": reverse("office-evaluation-campaign", args=[slug, row.pk]), "sub": row.get_audience_display()},
        {"chip": kind, "text": word, "label": "State"},
        {"text": total.invited, "number": True, "label": "Asked"},
        {"text": f"{total.completed} ({100 * total.rate:.0f} %)" if total.rate is not None else "–", "number": True, "label": "Answered"},
        {"text": day(row.closes_on), "label": "Until"},
    ]  # fmt: skip


class CampaignForm(forms.Form):
    title = forms.CharField(max_length=200, label="What do you want to know?", help_text="The subject of the mail and the heading of the form.")  # fmt: skip
    instrument = forms.ChoiceField(label="Form")
    audience = forms.ChoiceField(label="Whom to ask", choices=AUDIENCES, widget=forms.RadioSelect, initial="all")
    professions = forms.MultipleChoiceField(required=False, label="Only these professions", choices=PROFESSIONS, widget=forms.CheckboxSelectMultiple, help_text="None chosen: every profession.")  # fmt: skip
    specialties = forms.CharField(required=False, label="Only these specialties", help_text="One a line, as in the profiles of learners.", widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    sample_size = forms.IntegerField(required=False, min_value=1, label="How many to ask", help_text="Drawn at random. Empty: everybody who may be asked.")  # fmt: skip
    closes_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "instrument").choices = choices


@page(needs=P.EDIT_EVALUATION)
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a survey. Nobody is asked before it is sent."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    known = {str(row.pk): row for row in surveys.published_forms(provider, "needs")}
    form = CampaignForm(
        [(pk, f"{row.title}, version {row.version}") for pk, row in known.items()], request.POST or None
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        said |= {"instrument": known[said["instrument"]], "specialties": lines_of(said["specialties"])}
        row = apply(form, lambda: actions.create_campaign(viewer, provider, **said))
        if row is not None:
            return redirect("office-evaluation-campaign", slug=provider.slug, campaign_id=row.pk)
    if not known:
        return _no_form(request)
    back = reverse("office-evaluation-campaigns", args=[provider.slug])
    return form_page(request, form, "Plan a survey", "Plan this survey", back, breadcrumbs=crumbs(request, LIST))


def _no_form(request: HttpRequest) -> HttpResponse:
    """A survey asks a form: without one nothing can be planned, and the page says where one begins."""
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    begin = {"label": "Begin a needs form", "url": reverse("office-evaluation-form-new", args=[provider.slug]), "main": True}  # fmt: skip
    empty = {"title": "There is no needs form in use", "text": "Begin from “Needs survey” under Forms, publish it, then plan the survey here.", "action": begin}  # fmt: skip
    context = {"page_title": "Plan a survey", "breadcrumbs": crumbs(request, LIST), "table": {"id": "forms", "caption": "Needs forms in use", "hide_caption": True, "columns": [], "rows": [], "empty": empty}}  # fmt: skip
    return render(request, "office/surveys_list.html", context)


@page(needs=P.SEE_EVALUATION)
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One survey: whom it asks, who answered and who did not, and after its end what they said."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.campaign(viewer, provider, campaign_id)
    by = request.GET.get("by", "side")
    by = by if by in reads.BY else "side"
    total, sides, professions = reads.response(row)
    kind, word = _state(row)
    context = {
        "page_title": row.title, "kicker": f"Survey, {row.get_audience_display().lower()}", "page_states": [{"kind": kind, "word": word}],
        "breadcrumbs": crumbs(request, LIST), "row": row, "ended": reads.has_ended(row), "facts": _facts(row),
        "response": _response_table(total, sides, professions) if row.launched_at else None,
        "groups": [{"label": label, "url": f"?by={key}#said", "current": key == by} for key, label in GROUPS],
        "results": [_result(one, number) for number, one in enumerate(reads.results(viewer, row, by))],
        "texts": [(question.text, reads.texts(viewer, row).get(question.key, [])) for question in surveys.form(row.instrument).questions if question.kind == "text"],
        "answer": _answer(row, total), "page_actions": _campaign_actions(request, row),
        "cite": CiteForm(needs.gaps(viewer, provider).rows) if reads.has_ended(row) and may_edit(request) else None,
    }  # fmt: skip
    return render(request, "office/surveys_campaign.html", context)


def _answer(row: Any, total: reads.Asked) -> str:
    if row.launched_at is None:
        chosen = reads.choice(row)
        return f"{len(chosen.people)} people would be asked today: {chosen.matching} match, {chosen.at_cap} of them were asked often enough lately, {chosen.not_sampled} are not in the sample."  # fmt: skip
    share = f", {100 * total.rate:.0f} %" if total.rate is not None else ""
    return f"{total.completed} of {total.invited} have answered{share}; {total.silent} have not."


def _campaign_actions(request: HttpRequest, row: Any) -> list[dict[str, Any]]:
    if not may_edit(request):
        return []
    at = [request.provider.slug, row.pk]  # type: ignore[attr-defined]
    if row.launched_at is None:
        return [{"label": "Send the invitations", "url": reverse("office-evaluation-campaign-launch", args=at), "post": True, "main": True, "confirm": "Send the invitations now?"}]  # fmt: skip
    if reads.is_open(row):
        return [{"label": "End the survey now", "url": reverse("office-evaluation-campaign-close", args=at), "post": True, "confirm": "End the survey? The links then take no more answers, and the results can be read."}]  # fmt: skip
    return []


def _facts(row: Any) -> list[dict[str, Any]]:
    found = [
        {"label": "Form", "value": f"{row.instrument.title}, version {row.instrument.version}"},
        {"label": "Professions", "value": ", ".join(row.professions).replace("_", " ") or "all"},
        {"label": "Specialties", "value": ", ".join(row.specialties) or "all"},
        {"label": "Last day", "value": day(row.closes_on)},
    ]
    if row.launched_at is not None:
        found += [
            {"label": "In the audience", "value": row.matching},
            {"label": "Left in peace", "value": row.at_cap, "note": f"asked {_times(reads.most_per_quarter(row.provider))} in {reads.LOAD_DAYS} days already"},
            {"label": "Not in the sample", "value": row.not_sampled},
        ]  # fmt: skip
    return found


def _response_table(total: reads.Asked, sides: Any, professions: Any) -> dict[str, Any]:
    def cells(line: reads.Asked, sub: str = "") -> list[dict[str, Any]]:
        numbers = (("Asked", line.invited), ("Mailed", line.delivered), ("Begun", line.started), ("Answered", line.completed), ("Silent", line.silent))  # fmt: skip
        rate = "–" if line.rate is None else f"{100 * line.rate:.0f} %"
        shown = [{"text": n, "number": True, "label": label} for label, n in numbers]
        return [
            {"head": True, "text": line.group.replace("_", " ").capitalize(), "sub": sub},
            *shown,
            {"text": rate, "number": True, "label": "Response"},
        ]

    lines = [
        cells(total),
        *(cells(line) for line in sides if line.invited),
        *(cells(line, "profession") for line in professions),
    ]
    return {
        "id": "response", "caption": "Who was asked and who answered", "hide_caption": True, "stack": True,
        "columns": [{"label": label, "number": label != "Group"} for label in ("Group", "Asked", "Mailed", "Begun", "Answered", "Silent", "Response")],
        "rows": [{"cells": line} for line in lines],
    }  # fmt: skip


def _result(one: reads.QuestionResult, number: int) -> dict[str, Any]:
    """A drawing of all, and a table by group; hidden groups say so."""
    figure = None
    apart = f"; {one.not_applicable} more said that it does not apply to them" if one.not_applicable else ""
    if one.kind == "retro":
        apart += "; self-rated, retrospective"
    if one.overall.bars:
        clear = (one.overall.n or 0) >= FEWEST_FOR_SHARES
        apart += "" if clear else f"; drawn grey, fewer than {FEWEST_FOR_SHARES} have answered"
        drawn = bars(BarData(title=one.text, bars=tuple(Bar(bar.label, 100 * bar.share, n=bar.count, highlight=clear) for bar in one.overall.bars), unit="%"))  # fmt: skip
        figure = {"id": f"question-{number}", "title": f"{one.text} {one.row}".strip(), "measure": f"Share of {one.overall.n} who answered{apart}", "chart": drawn}  # fmt: skip
    labels = [bar.label for bar in one.overall.bars]
    rows = []
    for line in one.groups:
        cells: list[dict[str, Any]] = [{"head": True, "text": line.group}]
        cells.append({"text": "too few" if line.n is None else line.n, "number": True, "label": "n"})
        cells += [{"text": "–" if line.n is None else f"{100 * bar.share:.0f} %", "number": True, "label": label} for bar, label in zip(line.bars or one.overall.bars, labels, strict=True)]  # fmt: skip
        if one.overall.mean is not None:
            cells.append({"text": "–" if line.mean is None else f"{line.mean:.1f}", "number": True, "label": "Mean"})
        rows.append({"cells": cells})
    if [line.group for line in one.groups] == [reads.NOT_SAID]:  # all groups too small to tell apart
        return {"figure": figure, "table": None, "title": f"{one.text} {one.row}".strip(), "overall": one.overall}
    columns = ["Group", "n", *labels, *(["Mean"] if one.overall.mean is not None else [])]
    table = {"id": f"groups-{number}", "caption": f"{one.text} {one.row} By group.", "columns": [{"label": label, "number": label != "Group"} for label in columns], "rows": rows, "stack": True}  # fmt: skip
    return {"figure": figure, "table": table, "title": f"{one.text} {one.row}".strip(), "overall": one.overall}


@page(needs=P.EDIT_EVALUATION)
def launch(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Draw the sample and send the invitations."""
    return _act(request, campaign_id, actions.launch_campaign, "The invitations go out now.")


@page(needs=P.EDIT_EVALUATION)
def close(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _act(request, campaign_id, actions.close_campaign, "The survey has ended; its results can be read.")


def _act(request: HttpRequest, campaign_id: int, act: Any, done: str) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.campaign(viewer, provider, campaign_id)
    try:
        if request.method == "POST":
            act(viewer, row)
            messages.success(request, done)
    except Problem as refusal:
        for reason in refusal.reasons:
            messages.error(request, f"{reason.sentence} {reason.next_step}")
    return redirect("office-evaluation-campaign", slug=provider.slug, campaign_id=row.pk)


class CiteForm(forms.Form):
    gap = forms.ChoiceField(required=False, label="Gap that it supports")

    def __init__(self, gaps: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "gap").choices = [
            ("", "None yet: keep it as a source"),
            *((str(row.pk), row.title) for row in gaps),
        ]


@page(needs=P.EDIT_EVALUATION)
def cite(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Keep the result as a needs source, and cite it in a gap."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.campaign(viewer, provider, campaign_id)
    if request.method != "POST":
        return redirect("office-evaluation-campaign", slug=provider.slug, campaign_id=row.pk)
    wanted = request.POST.get("gap", "")
    gap = needs.gap(viewer, provider, int(wanted)) if wanted.isdecimal() else None
    link = request.build_absolute_uri(reverse("office-evaluation-campaign", args=[provider.slug, row.pk]))
    try:
        needs_link.cite_campaign(viewer, provider, campaign=row, gap=gap, link=link)
    except Problem as refusal:
        for reason in refusal.reasons:
            messages.error(request, f"{reason.sentence} {reason.next_step}")
    else:
        messages.success(request, f"Cited in the gap “{gap.title}”." if gap else "Kept among the sources of Needs.")
    return redirect("office-evaluation-campaign", slug=provider.slug, campaign_id=row.pk)


ONE = "campaigns/<int:campaign_id>/"
urlpatterns = [
    path("campaigns/", campaigns, name="office-evaluation-campaigns"),
    path("campaigns/new/", plan, name="office-evaluation-campaign-new"),
    path(ONE, campaign, name="office-evaluation-campaign"),
    path(ONE + "launch/", launch, name="office-evaluation-campaign-launch"),
    path(ONE + "close/", close, name="office-evaluation-campaign-close"),
    path(ONE + "cite/", cite, name="office-evaluation-campaign-cite"),
]
