"""The further forms of an activity in the office: which it asks, tests before and after, teams, checklists, changes of systems."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.learner.survey_form import AnswerForm
from lifelong.entrypoints.web.office import polls
from lifelong.entrypoints.web.office.survey_frame import choices_of, crumbs, form_page, lines_of
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import actions, further, reads
from lifelong.loop.evaluation import further_reads as known
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.asking import FIRST_WAVE, LAST_WAVE

P = Permission
USES = (("evaluation", "Evaluation"), *((str(value), str(label)) for value, label in known.USE.choices))


class UseForm(forms.Form):
    """Which published form the activity asks, for each use."""

    def __init__(self, provider: Any, chosen: dict[str, Any], later: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "use_%s", **kwargs})
        self.known: dict[str, dict[str, Any]] = {}
        published = surveys.published_by_kind(provider)
        for use, label in USES:
            rows = {str(row.pk): row for row in published.get(use, ())}
            now = chosen.get(use)
            if now is not None:
                rows.setdefault(str(now.pk), now)
            self.known[use] = rows
            none = [] if use == "evaluation" else [("", "None")]
            self.fields[use] = forms.ChoiceField(
                label=label, required=use == "evaluation", initial=str(now.pk) if now else "",
                choices=[*none, *((pk, f"{row.title}, version {row.version}") for pk, row in rows.items())],
            )  # fmt: skip
        self.fields["later_days"] = forms.IntegerField(
            required=False, min_value=FIRST_WAVE, max_value=LAST_WAVE, initial=later, label="Ask the test once more, days after the activity",
            help_text=f"{FIRST_WAVE} to {LAST_WAVE}. Learners see the right answers only after that. Empty: it is not asked again.",
        )  # fmt: skip


def _chosen(activity: Any) -> dict[str, Any]:
    return {**known.chosen_forms(activity), "evaluation": reads.chosen_instrument(activity)}


def of_activity(request: HttpRequest, activity: Any, *, has_system_changes: bool) -> dict[str, Any]:
    """What the page of an activity shows of its further forms."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    chosen = _chosen(activity)
    edits = may(viewer, P.EDIT_EVALUATION, activity)
    test = known.test_result(viewer, provider, activity)
    days = known.later_days(activity) if "test" in chosen else None
    later = known.test_result(viewer, provider, activity, known.LATER) if days else None
    changed, system_changes = known.system_changes(viewer, provider, activity) if has_system_changes else (0, [])
    return {
        "use_form": UseForm(provider, chosen, days) if edits else None, "can_edit": edits, "can_observe": may(viewer, P.RUN_SESSION, activity),
        "chosen": chosen, "test": test, "test_table": _test_table(test) if test else None,
        "later_test": later, "later_table": _test_table(later, "later") if later else None,
        "teams": known.teams(viewer, provider, activity) if "team" in chosen else [],
        "observations": known.observations(viewer, provider, activity) if "observer" in chosen else [],
        "system_changed": changed, "system_changes": system_changes,
        "speaker_stats": [one for one in known.speaker_stats(activity) if not one.is_small] if "speaker" in chosen else [],
    }  # fmt: skip


def _test_table(test: known.TestResult, wave: str = "after") -> dict[str, Any]:
    rows = []
    for line in test.lines:
        interval = f"{line.low:+.0f} to {line.high:+.0f}" if line.low is not None and line.high is not None else "–"
        shown = (
            ("Items", line.items), ("Pairs", line.n), ("Before", _percent(line.before)), (wave.capitalize(), _percent(line.after)),
            ("Difference", "–" if line.difference is None else f"{line.difference:+.0f} points"), ("95 % interval", interval),
        )  # fmt: skip
        rows.append({"cells": [{"head": True, "text": line.label}, *({"text": text, "number": True, "label": label} for label, text in shown)]})  # fmt: skip
    columns = ("Objective", "Items", "Pairs", "Before", wave.capitalize(), "Difference", "95 % interval")
    return {"id": f"test-{wave}", "caption": f"Right answers before and {wave}, first attempts of the same learners", "hide_caption": True, "columns": [{"label": label, "number": label != "Objective"} for label in columns], "rows": rows, "stack": True}  # fmt: skip


def _percent(value: float | None) -> str:
    return "too few" if value is None else f"{value:.0f} %"


@page(needs=P.EDIT_EVALUATION)
def choose(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Choose what the activity asks from now on."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    chosen = _chosen(activity)
    later = known.later_days(activity)
    form = UseForm(provider, chosen, later, request.POST)
    if request.method != "POST":
        return redirect("office-evaluation-activity", slug=provider.slug, activity_id=activity.pk)
    if form.is_valid():
        try:
            _choose_all(viewer, activity, form, chosen, later)
            messages.success(request, "The activity asks these forms from now on.")
        except Problem as refusal:
            for reason in refusal.reasons:
                messages.error(request, f"{reason.sentence} {reason.next_step}")
    else:
        messages.error(request, "These forms were not chosen. Choose each from its list, then send it again.")
    return redirect("office-evaluation-activity", slug=provider.slug, activity_id=activity.pk)


def _choose_all(viewer: Any, activity: Any, form: UseForm, chosen: dict[str, Any], later: int | None) -> None:
    said = form.cleaned_data["later_days"]
    for use, _ in USES:
        row = form.known[use].get(form.cleaned_data[use])
        if row == chosen.get(use) and not (use == "test" and row is not None and said != later):
            continue
        if use == "evaluation" and row is not None:
            actions.choose_instrument(viewer, activity, instrument=row)
        else:
            further.choose_form(
                viewer, activity, use=use, instrument=row, later_days=said if use == "test" and row else None
            )


class TeamForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name of the team")
    emails = forms.CharField(label="E-mail addresses of its members", help_text="One a line, each registered for the activity. The first is asked to answer for all.", widget=forms.Textarea(attrs={"rows": 5}))  # fmt: skip


@page(needs=P.EDIT_EVALUATION)
def team(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Put people into a team."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = apply(form, lambda: further.make_team(viewer, activity, name=said["name"], emails=lines_of(said["emails"])))  # fmt: skip
        if made is not None:
            messages.success(request, f"{said['name']} is a team. It is asked as soon as a team form is chosen.")
            return redirect("office-evaluation-activity", slug=provider.slug, activity_id=activity.pk)
    back = reverse("office-evaluation-activity", args=[provider.slug, activity.pk])
    return form_page(request, form, "Make a team", "Make this team", back, kicker=activity.title, breadcrumbs=_crumbs(request, activity))  # fmt: skip


def _crumbs(request: HttpRequest, activity: Any) -> list[dict[str, str]]:
    return crumbs(request, (activity.title, "office-evaluation-activity", [activity.pk]))


class ObserveForm(forms.Form):
    person_id = forms.ChoiceField(label="Learner")
    observed_on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    feedback = forms.CharField(max_length=4000, label="Words that help the learner", help_text="What was good, and what to try next. The learner reads this.", widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip


@page(needs=P.SEE_EVALUATION)
def observe(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Fill the skills checklist about one learner."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    survey = known.form_for(activity, known.USE.OBSERVER)
    if survey is None or not may(viewer, P.RUN_SESSION, activity):
        messages.info(request, "You can fill a checklist where the activity asks one and your role runs its sessions.")
        return redirect("office-evaluation-activity", slug=provider.slug, activity_id=activity.pk)
    data = request.POST if request.method == "POST" else None
    form = ObserveForm(data, initial={"observed_on": clock.today(activity.time_zone)})
    choices_of(form, "person_id").choices = [(str(one.pk), one.full_name) for one in known.people_of(activity)]
    ticks = AnswerForm(survey, data)
    if data is not None and all([form.is_valid(), ticks.is_valid()]):
        said = {**form.cleaned_data, "person_id": int(form.cleaned_data["person_id"])}
        done = apply(form, lambda: further.record_observation(viewer, activity, answers=ticks.answers(), **said))
        if done is not None:
            messages.success(request, "The checklist is kept; the learner can read it now.")
            return redirect("office-evaluation-activity", slug=provider.slug, activity_id=activity.pk)
    back = reverse("office-evaluation-activity", args=[provider.slug, activity.pk])
    context = {"page_title": survey.title, "kicker": activity.title, "survey": survey, "form": form, "ticks": ticks, "back": back, "breadcrumbs": _crumbs(request, activity)}  # fmt: skip
    return render(request, "office/surveys_observe.html", context, status=422 if data is not None else 200)


@page(needs=P.SEE_EVALUATION)
def observation(request: HttpRequest, activity_id: int, observation_id: int) -> HttpResponse:
    """One checklist as the learner reads it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    found = next((one for one in known.observations(viewer, provider, activity) if one.pk == observation_id), None)
    if found is None:
        raise NotFound("checklist")
    context = {"page_title": found.person.full_name, "kicker": activity.title, "seen": [(found, known.observed(found))], "layout": "base/office.html", "breadcrumbs": _crumbs(request, activity)}  # fmt: skip
    return render(request, "office/surveys_observed.html", context)


ONE = "activity/<int:activity_id>/"
urlpatterns = [
    *polls.urlpatterns,
    path(ONE + "forms/", choose, name="office-evaluation-choose"),
    path(ONE + "teams/new/", team, name="office-evaluation-team-new"),
    path(ONE + "observe/", observe, name="office-evaluation-observe"),
    path(ONE + "observed/<int:observation_id>/", observation, name="office-evaluation-observation"),
]
