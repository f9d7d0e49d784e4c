"""What the pages of Planning have in common: the activity of the address, its forms, its crumbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from lifelong.entrypoints.web.page import viewer_of
from lifelong.entrypoints.web.shell import reachable
from lifelong.kernel.access import Permission, may
from lifelong.loop.planning import reads

P = Permission
#: page of the activity -> who may work there, and the findings mended there: their field, then the input when it has another name
MENDED_AT: dict[str, tuple[Permission, dict[str, str]]] = {
    "office-planning-edit": (P.EDIT_PLANNING, {
        "gap_text": "gaps", "gap_type": "gaps", "needs": "gaps", "sources": "gaps", "need_professions": "gaps",
        "changes": "intended_change", "outcome_plan": "", "format_rationale": "", "partners": "joint_provider_id",
    }),
    "office-planning-terms": (P.EDIT_PLANNING, {"audience": "", "target_professions": "audience", "competencies": "competency"}),
    "office-planning-objectives": (P.EDIT_PLANNING, {"objectives": "text_1"}),
    "office-planning-role": (P.EDIT_PLANNING, {"planners": "email", "faculty": "email", "planner_professions": "email"}),
    "office-planning-reference": (P.EDIT_PLANNING, {"references": "citation"}),
    "office-planning-review": (P.REVIEW_CONTENT, {
        "content": "session_id", "validity": "valid", "balanced": "", "marketing": "free_of_marketing", "deidentified": "valid",
    }),
    "office-planning-designate": (P.DESIGNATE_CREDIT, {"designations": "credit", "credit_statements": "credit"}),
}  # fmt: skip


def one_activity(request: HttpRequest, activity_id: int, needs: Permission = P.SEE_PLANNING) -> Any:
    """The activity of the address, for somebody whose roles reach it with `needs`; else not found."""
    return reads.activity(viewer_of(request), request.provider, activity_id, needs)  # type: ignore[attr-defined]


def may_edit(request: HttpRequest, activity: Any, needs: Permission = P.EDIT_PLANNING) -> bool:
    return may(viewer_of(request), needs, activity)


def crumb(request: HttpRequest, name: str, label: str, **kwargs: Any) -> dict[str, str]:
    return {"label": label, "url": reverse(name, kwargs={"slug": request.provider.slug, **kwargs})}  # type: ignore[attr-defined]


def form_page(
    request: HttpRequest, form: forms.Form, title: str, label: str, activity: Any = None,
    template: str = "office/planning_form.html", **more: Any,
) -> HttpResponse:  # fmt: skip
    """One form on one calm page; refused forms come back whole, with status 422."""
    crumbs = [crumb(request, "office-planning", "Planning")]
    back = crumbs[0]["url"]
    if activity is not None:
        crumbs.append(crumb(request, "office-planning-activity", activity.title, activity_id=activity.pk))
        back = crumbs[1]["url"]
    context = {"page_title": title, "form": form, "label": label, "cancel_url": back, "breadcrumbs": crumbs, **more}
    return render(request, template, context, status=422 if form.errors else 200)


def tick_choices(choices: dict[str, list[tuple[Any, str]]], activity: Any) -> dict[str, list[tuple[Any, str]]]:
    """The choices with what the activity has already, also where it is closed or retired by now."""
    gaps = dict(choices["gaps"]) | {link.gap_id: link.gap.title for link in activity.activity_gaps.all()}
    return choices | {"gaps": list(gaps.items())}


def mended_at(request: HttpRequest, activity: Any) -> dict[str, str]:
    """Field of a finding -> the input where this person mends it. What only time or other people can mend has no address."""
    slug = activity.provider.slug
    found = {
        field: f"{reverse(name, args=[slug, activity.pk])}#id_{input_name or field}"
        for name, (needs, fields) in MENDED_AT.items()
        if may_edit(request, activity, needs)
        for field, input_name in fields.items()
    }
    elsewhere = {"disclosure": reverse("office-independence", args=[slug])}
    if reads.has_begun(activity):
        close = reverse("office-outcomes-close", args=[slug, activity.pk])
        elsewhere |= {
            "attendance": reverse("office-delivery", args=[slug]), "claims": reverse("office-credit", args=[slug]),
            "reports": reverse("office-reporting", args=[slug]), "changes": close, "summary": close,
        }  # fmt: skip
    return found | {field: reachable(viewer_of(request), activity, url) for field, url in elsewhere.items()}
