"""A learner's own plan: what to learn next, and what of the catalogue fits it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import own_plan as known


class GoalForm(forms.Form):
    text = forms.CharField(max_length=300, label="What do you want to learn?", help_text="In your own words. Only you read it.", widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip

    def __init__(self, providers: list[tuple[str, str]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        if len(providers) > 1:
            self.fields["provider"] = forms.ChoiceField(label="Look for activities of", choices=providers)


@page(signed_in=True)
def plan(request: HttpRequest) -> HttpResponse:
    """Goals with what fits them; a new one is suggested something at once."""
    viewer = viewer_of(request)
    providers = {str(one.pk): one for one in known.own_providers(viewer)}
    form = GoalForm([(pk, one.short_name) for pk, one in providers.items()], request.POST or None)
    if request.method == "POST" and not providers:
        form.add_error(None, "No program knows you yet. Register for an activity first.")
    elif request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        provider = providers[said.get("provider") or next(iter(providers))]
        made = apply(form, lambda: known.write_goal(viewer, provider, person_id=viewer.person_id or 0, text=said["text"]))  # fmt: skip
        if made is not None:
            messages.success(request, "It is in your plan.")
            return redirect("learner-own-plan")
    goals, reached = known.own_plan(viewer)
    context = {
        "page_title": "What you want to learn", "answer": "Your own plan. Nobody else reads it.", "form": form,
        "goals": goals, "reached": reached,
    }  # fmt: skip
    return render(request, "learner/own_plan.html", context, status=422 if form.errors else 200)


@page(signed_in=True)
def change(request: HttpRequest, own_goal_id: int) -> HttpResponse:
    """Choose an activity for a goal or drop it, say that it is reached, or take it out of the plan."""
    viewer = viewer_of(request)
    goal = known.own_goal(viewer, own_goal_id)
    if request.method == "POST":
        do, chosen = request.POST.get("do", ""), request.POST.get("activity", "")
        try:
            if do == "reached":
                known.finish_goal(viewer, goal)
            elif do == "remove":
                known.remove_goal(viewer, goal)
            else:
                known.choose_activity(viewer, goal, activity_id=int(chosen) if chosen.isdecimal() else None)
        except NotFound:
            messages.error(request, "This activity is no longer offered. Choose another.")
        except Problem as refusal:
            messages.error(request, f"{refusal.reasons[0].sentence} {refusal.reasons[0].next_step}")
    return redirect("learner-own-plan")


urlpatterns = [
    path("plan/", plan, name="learner-own-plan"),
    path("plan/<int:own_goal_id>/", change, name="learner-own-goal"),
]
