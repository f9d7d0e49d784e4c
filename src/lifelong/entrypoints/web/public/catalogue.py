"""The catalogue, and one activity as a busy clinician judges it in five seconds: when, how long, what credit for me, who speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.problems import NotFound
from lifelong.loop.designation import reads as designation
from lifelong.loop.designation.credit import SYSTEMS
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.people import reads as people
from lifelong.loop.planning import reads as planning
from lifelong.loop.program import reads as program

PROFESSIONS = (
    ("physician", "Physicians"),
    ("nurse", "Nurses"),
    ("pharmacist", "Pharmacists"),
    ("pharmacy_technician", "Pharmacy technicians"),
    ("pa", "PAs"),
)
#: the program's own lists; those all programs share bring their heading along
OWN_FACETS = (("theme", "Theme"), ("content_area", "Content"), ("audience", "Audience"), ("competency", "Competency"))
#: what an activity says of itself to who wonders whether to come
TOLD = (("level", "Level"), ("career_level", "Career"), ("learner_purpose", "You come to"), ("population", "Patients"),
        ("interactivity", "How you learn"), ("content_for", "Content for"))  # fmt: skip
KEPT = ("q", "format", "term", "for", "after")


@page(anyone=True)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Published activities that are not over, by their next session; facets live in the address."""
    provider = request.provider  # type: ignore[attr-defined]
    asked = {name: request.GET.get(name, "")[:80] for name in KEPT if request.GET.get(name)}
    term_ids = tuple(int(one) for one in request.GET.getlist("term") if one.isdecimal() and len(one) < 12)[:5]
    profession = _profession(request)
    found = planning.catalogue(
        viewer_of(request),
        provider,
        search=asked.get("q", ""),
        term_ids=term_ids,
        format=asked.get("format", ""),
        after=asked.get("after", ""),
    )
    facets = _facets(request, asked, term_ids)
    cards = _cards(found.rows, profession, program.format_words(provider))
    context = {
        "page_title": program.words(provider).get("catalogue", "Catalogue"),
        "answer": _answer(cards, asked, term_ids),
        "cards": cards,
        "facets": [group for group in facets if not group["is_shared"]],
        "more_facets": [group for group in facets if group["is_shared"]],
        "narrowed_more": any(one["current"] for group in facets if group["is_shared"] for one in group["filters"]),
        "today": clock.today(provider.time_zone),
        "search_words": asked.get("q", ""),
        "kept": {name: value for name, value in asked.items() if name not in ("q", "after", "term")},
        "term_ids": term_ids,
        "professions": _choices(asked, term_ids, "for", PROFESSIONS, profession),
        "profession": profession,
        "next_url": _address(asked, term_ids, after=found.next_after) if found.next_after else "",
        "noindex": bool(asked or term_ids),
        "narrowed": bool(asked.get("format") or term_ids),
    }
    return render(request, "public/catalogue.html", context)


def _profession(request: HttpRequest) -> str:
    """Whose credit is shown: the one asked for, else the viewer's own."""
    chosen = request.GET.get("for", "")
    if chosen in dict(PROFESSIONS):
        return chosen
    viewer = viewer_of(request)
    return str(people.profile_facts(people.own(viewer))["profession"]) if viewer.person_id else ""


def _answer(cards: Sequence[object], asked: Mapping[str, str], term_ids: tuple[int, ...]) -> str:
    if cards:
        return ""
    if asked or term_ids:
        return "Nothing fits. Take away a filter or use other words."
    return "Nothing is open at the moment. Look again soon."


def _cards(rows: Sequence[Any], profession: str, formats: Mapping[str, str]) -> list[dict[str, Any]]:
    activities = list(rows)
    prefetch_related_objects(activities, "designations", "planning_roles__person")  # two queries for the whole page
    return [
        {
            "activity": one,
            "format": formats[one.format],
            "credit": _credit_lines(one.designations.all(), profession),
            "is_community": one.track == "community",
            "speakers": _speakers(one.planning_roles.all()),
        }
        for one in activities
    ]


def _speakers(roles: Iterable[Any]) -> list[str]:
    named: dict[int, str] = {}
    for role in roles:
        if role.kind in ("faculty", "moderator", "director") and role.ended_at is None:
            named.setdefault(role.person_id, role.person.full_name)
    return list(named.values())[:4]


def _credit_lines(designations: Iterable[Any], profession: str) -> list[dict[str, Any]]:
    """What one may be awarded: with a profession, their own; without, one line per system."""
    found = []
    for one in designations:
        if one.withdrawn_at is not None or (profession and one.profession not in ("", profession)):
            continue
        system = SYSTEMS.get(one.credit_system)
        found.append(
            {
                "maximum": one.maximum,
                "label": system.label if system else one.credit_system,
                "profession": one.profession.replace("_", " "),
                "per": "a session" if one.is_per_session else "",
                "uan": one.uan,
            }
        )
    found.sort(key=lambda line: (not line["profession"], str(line["label"])))  # what is open to everybody comes last
    return found


def _facets(request: HttpRequest, asked: Mapping[str, str], term_ids: tuple[int, ...]) -> list[dict[str, Any]]:
    """What one may narrow by: only what something in the catalogue carries, and what is chosen already."""
    provider = request.provider  # type: ignore[attr-defined]
    formats, carried = planning.on_offer(viewer_of(request), provider)
    lists = program.terms_by_list(provider)
    chosen = asked.get("format", "")
    offered = [(term.key, term.label) for term in lists.get("format", []) if term.key in {*formats, chosen}]
    groups: list[dict[str, Any]] = [
        {"label": "Format", "filters": _choices(asked, term_ids, "format", offered, chosen), "is_shared": False}
    ]
    shared = {one.key: one.facet for one in program.shared_lists() if one.facet}
    for taxonomy, label in (dict(OWN_FACETS) | shared).items():
        filters = []
        for term in lists.get(taxonomy, []):
            current = term.pk in term_ids
            if not current and term.pk not in carried:
                continue
            others = tuple(one for one in term_ids if one != term.pk)
            url = _address(asked, others if current else (*others, term.pk))
            filters.append({"label": term.label, "url": url, "current": current})
        groups.append({"label": label, "filters": filters, "is_shared": taxonomy in shared})
    return [group for group in groups if group["filters"]]


def _choices(
    asked: Mapping[str, str], term_ids: tuple[int, ...], name: str, options: Sequence[tuple[str, str]], chosen: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": _address(asked, term_ids, **{name: "" if key == chosen else key}),
            "current": key == chosen,
        }
        for key, label in options
    ]


def _address(asked: Mapping[str, str], term_ids: tuple[int, ...], **changes: str) -> str:
    kept = {name: value for name, value in asked.items() if name not in ("after", "term")} | changes
    pairs = [(name, value) for name, value in kept.items() if value] + [("term", str(one)) for one in term_ids]
    return f"?{urlencode(pairs)}"


# --- one activity ---------------------------------------------------------------------------------------------------------


@page(anyone=True)
def activity(request: HttpRequest, activity_id: int) -> HttpResponse:
    """A published activity. What is not published does not exist for visitors."""
    provider = request.provider  # type: ignore[attr-defined]
    one = planning.activity(SYSTEM, provider, activity_id)  # shown to anybody, but only once it is published
    if one.published_at is None or not planning.is_open_to(viewer_of(request), one):
        raise NotFound("activity")
    profession = _profession(request)
    sessions = [s for s in planning.sessions(one).rows if s.cancelled_at is None]
    coming = [s for s in sessions if s.ends_at >= clock.now()]
    shown = integrity.shown_disclosure(one)
    context = {
        "page_title": one.title,
        "kicker": program.format_words(provider).get(one.format, ""),
        "breadcrumbs": [{"label": "Catalogue", "url": reverse("public-catalogue", args=[provider.slug])}],
        "activity": one,
        "is_community": one.track == "community",
        "credit": _credit_lines(designation.designations(one), profession),
        "profession": profession,
        "professions": _choices({}, (), "for", PROFESSIONS, profession),
        "sessions": sessions,
        "coming": coming[:30],
        "more_sessions": max(0, len(coming) - 30),
        "minutes": sum((s.ends_at - s.starts_at).seconds // 60 - s.break_minutes for s in sessions)
        if len(sessions) == 1
        else 0,
        "people": _people(one.planning_roles.all()),
        "mix": _mix(provider, one),
        "disclosure": shown.text if shown else integrity.learner_disclosure(one),
        "statements": [s for s in designation.statements(one) if s.is_frozen],
        "contact": program.contact(provider),
        "gaps": [link.gap for link in one.activity_gaps.all()],
        "audience": _audience(one),
        "told": [(label, found) for key, label in TOLD if (found := _labels(one, key))],
        "may_register": bool(one.registration_required and one.closed_at is None),
    }
    return render(request, "public/activity.html", context)


def _audience(one: Any) -> list[tuple[str, list[str]]]:
    """Each profession with the specialties it is meant in; an empty list is every specialty."""
    matrix = planning.audience(one)
    return [
        (row.label, [column.label for column in matrix.specialties if (row, column) in matrix.cells])
        for row in matrix.professions
    ]


def _labels(one: Any, taxonomy: str) -> list[str]:
    return [link.term.label for link in one.activity_terms.all() if link.term.taxonomy == taxonomy]


def _people(roles: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {"name": role.person.full_name, "role": role.get_kind_display(), "topic": role.topic}
        for role in roles
        if role.ended_at is None and role.kind != "reviewer"
    ]


def _mix(provider: Any, one: Any) -> list[tuple[str, int]]:
    """How many of the speakers are affiliated, regional, national, international (TUFTS-15)."""
    ids = {role.person_id for role in one.planning_roles.all() if role.kind in ("faculty", "moderator")}
    return people.reach_mix(provider, ids)


urlpatterns = [
    path("p/<slug:slug>/catalogue/", catalogue, name="public-catalogue"),
    path("p/<slug:slug>/activity/<int:activity_id>/", activity, name="public-activity"),
]
