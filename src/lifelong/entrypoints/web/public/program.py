"""A program as visitors meet it: mission, about, contact, policies; and its director's hand on those texts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.formats.profile.words import TAGS
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Actor, Permission, may
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.improvement import reads as improvement
from lifelong.loop.planning import reads as planning
from lifelong.loop.program import actions, reads

P = Permission
#: page -> (title, parts) for programs whose profile does not name the page
USUAL = {
    "mission": ("Mission", "institutional_mission vision mission_sections goals objectives expected_results"),
    "about": ("About this program", "institutional_mission vision accreditation audiences formats contact"),
    "contact": ("Contact", "contact hours"),
}
TAG_WORDS = {
    "needs_source": "Needs",
    "activity_type": "Types of activities",
    "content_area": "Content",
    "expected_result": "Expected results",
}
LISTED = 200  # activities of one objective
SPAN = re.compile(r"\s*(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})\s*")


@page(anyone=True)
def program(request: HttpRequest) -> HttpResponse:
    """What the program is, in its own words, and what comes next."""
    provider = request.provider  # type: ignore[attr-defined]
    statements = reads.statements_by_tag(reads.mission_in_force(provider))
    context = {
        "page_title": provider.name,
        "kicker": provider.office_name,
        "purpose": next(iter(statements.get("purpose", [])), None),
        "soon": planning.catalogue(viewer_of(request), provider, limit=6).rows,
        "today": clock.today(provider.time_zone),
        "pages": [one for one in reads.pages(provider).values() if one.key not in ("catalogue", "contact")],
        "hours": reads.office_hours(provider, clock.now()),
        "brand_home": True,
    }
    return render(request, "public/program.html", context)


@page(anyone=True)
def text_page(request: HttpRequest, key: str) -> HttpResponse:
    """One page of the profile, with its own title and its parts in its own order."""
    provider = request.provider  # type: ignore[attr-defined]
    own = reads.pages(provider).get(key)
    if own is None and key not in USUAL:
        raise NotFound
    title, parts = (own.title, own.parts.split()) if own else (USUAL[key][0], USUAL[key][1].split())
    context = _facts(viewer_of(request), provider, parts) | {
        "page_title": title,
        "key": key,
        "parts": parts,
        "may_edit": may(viewer_of(request), P.MANAGE_PROGRAM, provider),
    }
    if key in ("community", "emergency"):
        context["today"] = clock.today(provider.time_zone)
        context["events"] = planning.catalogue(viewer_of(request), provider, format="community_event", limit=24).rows
    return render(request, "public/text_page.html", context)


def _facts(viewer: Actor, provider: Any, parts: list[str]) -> dict[str, Any]:
    """What the parts of a page show; only what is asked for is read."""
    wanted = set(parts)
    found: dict[str, Any] = {}
    if wanted & {"mission_sections", "expected_results"}:
        found["mission"] = reads.mission_in_force(provider)
        found["results"] = list(reads.expected_results(provider))
        found["attained"] = _attained(provider)
    if wanted & {"vision", "goals", "objectives"}:
        served = {one: [link.expected_result_id for link in one.goal_results.all()] for one in reads.goals(provider)}
        counts = planning.serving_counts(
            viewer, provider, {one.pk: results for one, results in served.items() if results}
        )
        found["goals"] = [{"goal": one, "activities": counts.get(one.pk)} for one in served]
    if wanted & {"contact", "hours"}:
        found |= {"contact": reads.contact(provider), "hours": reads.office_hours(provider, clock.now())}
    if "accreditation" in wanted:
        found["accreditations"] = list(reads.accreditations(provider))
    if "policies" in wanted:
        found["policies"] = list(reads.policies(provider))
    lists = {
        "competencies": "competency",
        "needs_sources": "needs_source",
        "formats": "format",
        "audiences": "audience",
        "registers": "register",
    }
    found["lists"] = {part: list(reads.terms(provider, taxonomy)) for part, taxonomy in lists.items() if part in wanted}
    return found


def _attained(provider: Any) -> dict[int, Any]:
    """Result id -> its kept number of this year, or of the year before while this one has none. Small groups stay hidden."""
    year = clock.today(provider.time_zone).year
    for asked in (year, year - 1):
        lines = {line.result.pk: line for line in improvement.attainment(SYSTEM, provider, asked)}
        if any(line.value is not None for line in lines.values()):
            return lines
    return {}


@page(anyone=True)
def goal(request: HttpRequest, goal_id: int) -> HttpResponse:
    """One objective, goal or vision, the results it serves, and the activities that work for it (WASHU-30)."""
    provider = request.provider  # type: ignore[attr-defined]
    one = reads.goal(provider, goal_id)
    results = {link.expected_result_id: link.expected_result.label for link in one.goal_results.all()}
    found = planning.serving(viewer_of(request), provider, results, LISTED) if results else []
    rows = [
        {
            "activity": row,
            "through": [
                results[link.expected_result_id]
                for link in row.activity_results.all()
                if link.expected_result_id in results
            ],
        }
        for row in found
    ]
    context = {
        "page_title": one.title or one.text,
        "kicker": one.kind.capitalize(),
        "answer": one.text if one.title else "",
        "breadcrumbs": [
            {"label": "Mission", "url": reverse("public-page", args=[provider.slug, _mission_page(provider)])}
        ],
        "results": list(results.values()),
        "rows": rows,
        "many": len(rows) == LISTED,
    }
    return render(request, "public/goal.html", context)


def _mission_page(provider: Any) -> str:
    own = reads.pages(provider)
    return next((key for key in ("mission", "objectives", "about") if key in own), "mission")


# --- search ---------------------------------------------------------------------------------------------------------------


@page(anyone=True)
def search(request: HttpRequest) -> HttpResponse:
    """Activities and pages of the program that hold the words (UMASS-40)."""
    provider = request.provider  # type: ignore[attr-defined]
    text = " ".join(request.GET.get("q", "").split())[:80]
    found = planning.catalogue(viewer_of(request), provider, search=text, limit=24).rows if text else []
    pages = reads.pages_with(provider, text) if text else []
    many = len(found) + len(pages)
    context = {
        "page_title": f"Search: {text}" if text else "Search",
        "answer": ("Nothing found. Try fewer or other words." if not many else "")
        if text
        else "Type a topic, such as sepsis.",
        "text": text,
        "today": clock.today(provider.time_zone),
        "activities": found,
        "pages": pages,
    }
    return render(request, "public/search.html", context)


# --- the director's hand --------------------------------------------------------------------------------------------------


class ContactForm(forms.Form):
    address = forms.CharField(label="Postal address", widget=forms.Textarea(attrs={"rows": 4}))
    phone = forms.CharField(max_length=40, label="Phone")
    fax = forms.CharField(max_length=40, required=False, label="Fax")
    email = forms.EmailField(label="E-mail")
    out_of_hours = forms.CharField(max_length=300, required=False, label="What to do outside the hours")
    notice = forms.CharField(
        max_length=300, required=False, label="Notice", help_text="Shown at the top of the contact page."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(reads.WEEKDAYS):
            help_text = "Such as 09:00-12:00, 13:00-17:00. Empty when closed." if not number else ""
            self.fields[f"day{number}"] = forms.CharField(
                required=False, label=name, help_text=help_text, max_length=80
            )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        hours: list[tuple[int, dt.time, dt.time]] = []
        for number in range(7):
            for part in filter(None, (one.strip() for one in str(said.get(f"day{number}") or "").split(","))):
                span = SPAN.fullmatch(part)
                try:
                    opens, closes = (
                        (dt.time.fromisoformat(one.zfill(5)) for one in span.groups()) if span else (None, None)
                    )
                except ValueError:
                    opens = closes = None
                if opens is None or closes is None or closes <= opens:
                    self.add_error(f"day{number}", f"“{part}” is not a span of time. Write it as 09:00-17:00.")
                else:
                    hours.append((number, opens, closes))
        return said | {"hours": hours}


class HolidayForm(forms.Form):
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    label = forms.CharField(max_length=100, label="Why the office is closed")


@page(needs=P.MANAGE_PROGRAM)
def edit_contact(request: HttpRequest) -> HttpResponse:
    """Address, numbers and hours of the office (TUFTS-66 to 68)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    form = ContactForm(request.POST or None, initial=_contact_now(provider))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        names = ("address", "phone", "fax", "email", "out_of_hours", "notice")

        def save() -> bool:
            actions.set_contact(viewer, provider, **{name: said[name] for name in names})
            actions.set_hours(viewer, provider, hours=said["hours"])
            return True

        if apply(form, save):
            messages.success(request, "Visitors read the new details now.")
            return redirect("public-page", slug=provider.slug, key="contact")
    context = {
        "page_title": "Contact and hours",
        "form": form,
        "holiday_form": HolidayForm(),
        "holidays": reads.office_hours(provider, clock.now()).holidays,
    }
    return render(request, "public/contact_edit.html", context, status=422 if form.errors else 200)


def _contact_now(provider: Any) -> dict[str, Any]:
    kept = reads.contact(provider)
    names = ("address", "phone", "fax", "email", "out_of_hours", "notice")
    found: dict[str, Any] = {name: getattr(kept, name) for name in names} if kept else {}
    for name, times in reads.office_hours(provider, clock.now()).week:
        found[f"day{reads.WEEKDAYS.index(name)}"] = times.replace(" to ", "-").replace(" and ", ", ")
    return found


@page(needs=P.MANAGE_PROGRAM)
def holiday(request: HttpRequest) -> HttpResponse:
    """Add or remove a day on which the office is closed (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    form = HolidayForm(request.POST or None)
    gone = request.POST.get("remove", "")
    try:
        if request.method == "POST" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", gone):
            actions.remove_holiday(viewer, provider, on=dt.date.fromisoformat(gone))
        elif request.method == "POST" and form.is_valid():
            actions.add_holiday(viewer, provider, **form.cleaned_data)
        elif request.method == "POST":
            messages.error(request, "The day or its reason is missing.")
    except (Problem, ValueError) as refusal:
        messages.error(request, str(refusal))
    return redirect("public-contact-edit", slug=provider.slug)


class MissionForm(forms.Form):
    version = forms.CharField(max_length=40, label="Name of the new version", help_text="Such as 2027.")
    title = forms.CharField(max_length=200, label="Title")
    effective_from = forms.DateField(label="In force from", widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(
        label="Text",
        help_text="One statement a line. A line that begins with # is a heading; headings are free.",
        widget=forms.Textarea(attrs={"rows": 18}),
    )


@page(needs=P.MANAGE_PROGRAM)
def edit_mission(request: HttpRequest) -> HttpResponse:
    """A new version of the mission, typed or pasted; the one before is kept (UMASS-39)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    now = reads.mission_in_force(provider)
    initial = {"title": now.title, "text": _as_text(now)} if now else {}
    form = MissionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        passages = _passages(said.pop("text"))
        made = apply(form, lambda: actions.publish_mission(viewer, provider, passages=passages, **said))
        if made is not None:
            messages.success(request, "The new version is in force. Say what its new statements are about.")
            return redirect("public-mission-tags", slug=provider.slug)
    context = {
        "page_title": "A new version of the mission",
        "form": form,
        "versions": reads.mission_versions(provider)[:20],
    }
    return render(request, "public/mission_edit.html", context, status=422 if form.errors else 200)


def _as_text(mission: Any) -> str:
    blocks = []
    for section in mission.sections.all():
        lines = [f"# {section.heading}"] if section.heading else []
        blocks.append("\n".join([*lines, *(" ".join(one.text.split()) for one in section.statements.all())]))
    return "\n\n".join(blocks)


def _passages(text: str) -> list[actions.Passage]:
    found: list[tuple[str, list[str]]] = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("#"):
            found.append((line.lstrip("# ")[:200], []))
        elif line:
            if not found:
                found.append(("", []))
            found[-1][1].append(line)
    return [actions.Passage(heading, tuple(lines)) for heading, lines in found]


@page(needs=P.MANAGE_PROGRAM)
def tags(request: HttpRequest) -> HttpResponse:
    """Say what each statement is about, and read the mission by what it says (UMASS-39)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    if request.method == "POST":
        number = request.POST.get("statement", "")
        one = reads.statement(provider, int(number) if number.isdecimal() else 0)
        try:
            actions.tag_statement(viewer, one, tags=request.POST.getlist("tags"))
            messages.success(request, "Kept.")
        except Problem as refusal:
            messages.error(request, str(refusal))
        return redirect("public-mission-tags", slug=provider.slug)
    mission = reads.mission_in_force(provider)
    by_tag = reads.statements_by_tag(mission)
    context = {
        "page_title": "What the mission speaks of",
        "mission": mission,
        "all_tags": [(tag, _tag_words(tag)) for tag in sorted(TAGS)],
        "summary": [(_tag_words(tag), by_tag[tag]) for tag in sorted(by_tag)],
    }
    return render(request, "public/mission_tags.html", context)


def _tag_words(tag: str) -> str:
    return TAG_WORDS.get(tag, tag.replace("_", " ").capitalize())


urlpatterns = [
    path("p/<slug:slug>/", program, name="public-program"),
    path("p/<slug:slug>/search/", search, name="public-search"),
    path("p/<slug:slug>/contact/edit/", edit_contact, name="public-contact-edit"),
    path("p/<slug:slug>/contact/holiday/", holiday, name="public-holiday"),
    path("p/<slug:slug>/objectives/<int:goal_id>/", goal, name="public-goal"),
    path("p/<slug:slug>/mission/edit/", edit_mission, name="public-mission-edit"),
    path("p/<slug:slug>/mission/tags/", tags, name="public-mission-tags"),
    path("p/<slug:slug>/<str:key>/", text_page, name="public-page"),
]
