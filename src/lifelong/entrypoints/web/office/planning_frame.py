"""What the pages of Planning have in common: the activity of the address, its forms, its crumbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from lifelong.entrypoints.web.page import viewer_of
from lifelong.kernel.access import Permission, may
from lifelong.loop.planning import reads

P = Permission


def one_activity(request: HttpRequest, activity_id: int, needs: Permission = P.SEE_PLANNING) -> Any:
    """The activity of the address, for somebody whose roles reach it with `needs`; else not found."""
    return reads.activity(viewer_of(request), request.provider, activity_id, needs)  # type: ignore[attr-defined]


def may_edit(request: HttpRequest, activity: Any, needs: Permission = P.EDIT_PLANNING) -> bool:
    return may(viewer_of(request), needs, activity)


def crumb(request: HttpRequest, name: str, label: str, **kwargs: Any) -> dict[str, str]:
    return {"label": label, "url": reverse(name, kwargs={"slug": request.provider.slug, **kwargs})}  # type: ignore[attr-defined]


def form_page(
    request: HttpRequest, form: forms.Form, title: str, label: str, activity: Any = None, **more: Any
) -> HttpResponse:
    """One form on one calm page; refused forms come back whole, with status 422."""
    crumbs = [crumb(request, "office-planning", "Planning")]
    back = crumbs[0]["url"]
    if activity is not None:
        crumbs.append(crumb(request, "office-planning-activity", activity.title, activity_id=activity.pk))
        back = crumbs[1]["url"]
    context = {"page_title": title, "form": form, "label": label, "cancel_url": back, "breadcrumbs": crumbs, **more}
    return render(request, "office/planning_form.html", context, status=422 if form.errors else 200)


def tick_choices(choices: dict[str, list[tuple[Any, str]]], activity: Any) -> dict[str, list[tuple[Any, str]]]:
    """The choices with what the activity has already, also where it is closed or retired by now."""
    gaps = dict(choices["gaps"]) | {link.gap_id: link.gap.title for link in activity.activity_gaps.all()}
    return choices | {"gaps": list(gaps.items())}
