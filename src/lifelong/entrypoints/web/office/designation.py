"""Designation, inside Planning: credit with its arithmetic, content review, publication."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.planning_frame import form_page, one_activity
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.designation import actions, reads
from lifelong.loop.designation.credit import SYSTEMS, arithmetic
from lifelong.loop.designation.gates import pass_gate
from lifelong.loop.planning import reads as planning
from lifelong.rules.books import load_book

P = Permission
PROFESSIONS = {"": "every profession"}
ANSWERED = ("team_outcome", "interprofessional_competency", "learning_together", "evaluates_team")


class DesignationForm(forms.Form):
    credit = forms.ChoiceField(label="Credit")
    maximum = forms.DecimalField(label="At most, for one learner", max_digits=6, decimal_places=2, min_value=0)
    uan = forms.CharField(
        required=False,
        max_length=40,
        label="Universal activity number",
        help_text="Pharmacy only: as ACPE issued it, ending in -P or -T.",
    )
    acpe_type = forms.ChoiceField(
        required=False, label="Type of pharmacy activity",
        choices=[("", "Not pharmacy"), ("K", "Knowledge"), ("A", "Application"), ("P", "Practice")],
    )  # fmt: skip
    conditions = forms.MultipleChoiceField(
        required=False, label="Interprofessional credit: what holds", widget=forms.CheckboxSelectMultiple,
        help_text="Who plans it is read from the roles; these four are yours to answer.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit"].choices = [  # type: ignore[attr-defined]
            (f"{one.key}:{who}", f"{one.label}, {PROFESSIONS.get(who, who.replace('_', ' ') + 's')}")
            for one in SYSTEMS.values()
            for who in one.professions
        ]
        words = load_book("ja").table("ipce.conditions")
        self.fields["conditions"].choices = [(key, str(words[key]).capitalize()) for key in ANSWERED]  # type: ignore[attr-defined]


@page(needs=P.DESIGNATE_CREDIT)
def designate(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Promise credit; the agenda's arithmetic stands above the form."""
    row = one_activity(request, activity_id, P.DESIGNATE_CREDIT)
    counted = arithmetic(row, "ama", per_session=row.is_series)
    form = DesignationForm(
        request.POST if request.method == "POST" else None, initial={"maximum": counted.worth if counted else None}
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        system, _, profession = said.pop("credit").partition(":")
        done = apply(
            form,
            lambda: actions.designate(viewer_of(request), row, credit_system=system, profession=profession, **said),
        )
        if done is not None:
            messages.success(
                request, f"Designated: {done.maximum} {done.unit}{' a session' if done.is_per_session else ''}."
            )
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Designate credit", "Designate the credit", row, counted=counted)


@page(needs=P.DESIGNATE_CREDIT)
def withdraw(request: HttpRequest, activity_id: int, designation_id: int) -> HttpResponse:
    """Take a designation back (POST)."""
    row = one_activity(request, activity_id, P.DESIGNATE_CREDIT)
    found = reads.designation(row, designation_id)
    if found is None:
        raise NotFound("designation")
    if request.method == "POST":
        try:
            actions.withdraw(viewer_of(request), found)
            messages.success(request, "The designation is withdrawn.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{one.sentence} {one.next_step}" for one in refusal.reasons))
    return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)


class ReviewForm(forms.Form):
    session_id = forms.ChoiceField(required=False, label="What was reviewed")
    valid = forms.BooleanField(
        required=False, label="It is valid, rests on the evidence named, and shows no patient's identity"
    )
    balanced = forms.BooleanField(required=False, label="It is balanced")
    free_of_marketing = forms.BooleanField(required=False, label="It is free of logos and marketing")
    evolving_topic = forms.BooleanField(required=False, label="It is about an evolving topic, and learners are told so")
    note = forms.CharField(required=False, label="Note", widget=forms.Textarea)

    def __init__(self, sessions: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session_id"].choices = [("", "The whole activity"), *((one.pk, one.title) for one in sessions)]  # type: ignore[attr-defined]


@page(needs=P.REVIEW_CONTENT)
def review_content(request: HttpRequest, activity_id: int) -> HttpResponse:
    """A reviewer's word on the content."""
    row = one_activity(request, activity_id, P.REVIEW_CONTENT)
    sessions = list(planning.sessions(row, limit=400).rows)
    form = ReviewForm(sessions, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        session = next((one for one in sessions if str(one.pk) == said["session_id"]), None)
        review = {
            "is_valid": said["valid"], "is_balanced": said["balanced"], "is_free_of_marketing": said["free_of_marketing"],
            "evolving_topic": said["evolving_topic"], "note": said["note"],
        }  # fmt: skip
        if apply(form, lambda: actions.review_content(viewer_of(request), row, session=session, **review)) is not None:
            messages.success(request, "The review is kept.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Review the content", "Keep the review", row)


@page(needs=P.PUBLISH)
def publish(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Open the activity to learners (POST); a refusal names every rule."""
    row = one_activity(request, activity_id, P.PUBLISH)
    if request.method == "POST":
        try:
            actions.publish(viewer_of(request), row)
            messages.success(request, "The activity is published. Its statements and disclosure are frozen as shown.")
        except Problem as refusal:
            for one in refusal.reasons[:10]:
                messages.error(request, f"{one.rule}: {one.sentence} {one.next_step}")
    return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)


urlpatterns = [
    path("<int:activity_id>/credit/", designate, name="office-planning-designate"),
    path("<int:activity_id>/credit/<int:designation_id>/withdraw/", withdraw, name="office-planning-withdraw"),
    path("<int:activity_id>/review/", review_content, name="office-planning-review"),
    path("<int:activity_id>/publish/", publish, name="office-planning-publish"),
]

__all__ = ["pass_gate", "urlpatterns"]
